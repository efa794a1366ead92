package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/testserver"
)

// After a restart the same curl works, browsers' tokens are good, and the records are
// there.
func TestARestartKeepsWhatThereWas(t *testing.T) {
	path := testserver.File(t)
	r := start(t, nil, "-store", "sqlite:"+path)
	body := curlLine.FindStringSubmatch(r.stdout.String())[4]
	status, made := r.do("POST", r.url, strings.NewReader(body))
	if status != 201 {
		t.Fatalf("%d %s", status, made)
	}
	root, _, _ := strings.Cut(r.url, "/v1/")
	status, token := r.do("POST", root+"/v1/Assistants/a/FeedbackTokens", strings.NewReader(`{"session_id":"s","user_id":"ann"}`))
	if status != 201 {
		t.Fatalf("%d %s", status, token)
	}
	r.stop()
	<-r.exited
	info, err := os.Stat(path + ".secrets")
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the secrets have mode %v", info.Mode())
	}

	again := start(t, nil, "-store", "sqlite:"+path)
	if again.user != r.user || again.password != r.password {
		t.Errorf("%s:%s were printed, and then %s:%s", r.user, r.password, again.user, again.password)
	}
	if status, list := again.do("GET", again.url, nil); status != 200 || list != "["+made+"]" {
		t.Errorf("%d %s, want %s", status, list, made)
	}
	again.user, again.password = "", strings.Split(token, `"`)[3]
	root, _, _ = strings.Cut(again.url, "/v1/")
	if status := again.bearer("GET", root+"/v1/Assistants/a/Sessions/s/Feedbacks"); status != 200 {
		t.Errorf("with the token of before: %d, want 200", status)
	}
}

// Own credentials are not written down, and own keys neither.
func TestOwnCredentialsAreNotRemembered(t *testing.T) {
	path := testserver.File(t)
	env := map[string]string{"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret", "FEEDBACKS_TOKEN_KEYS": "1:" + strings.Repeat("QUFB", 16)}
	start(t, env, "-store", "sqlite:"+path)
	if _, err := os.Stat(path + ".secrets"); err == nil {
		t.Error("there is a file of secrets")
	}
}

func TestSecretsOfSomethingElse(t *testing.T) {
	path := testserver.File(t)
	if err := os.WriteFile(path+".secrets", []byte(`{"account":"AC1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"-store", "sqlite:" + path}, func(string) string { return "" }, &stderr, &stderr)
	if code != 2 || !strings.Contains(stderr.String(), "does not hold") {
		t.Errorf("status %d, %s", code, stderr.String())
	}
}

func TestBackup(t *testing.T) {
	path := testserver.File(t)
	env := func(name string) string { return map[string]string{"FEEDBACKS_STORE": "sqlite:" + path}[name] }
	to := filepath.Join(t.TempDir(), "copy.db")
	backup := func(want int, args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"backup"}, args...), env, &stdout, &stderr); code != want {
			t.Errorf("backup %q: status %d, want %d: %s", args, code, want, stderr.String())
		}
		return stdout.String() + stderr.String()
	}
	backup(1, to)
	fillOdd(t, opened(t, "sqlite:"+path), 10) // which is open still
	if told := backup(0, to); told != "copied to "+to+"\n" {
		t.Error(told)
	}
	backup(1, to)
	backup(2)
	backup(2, "-store", "memory", to)
	if usage := backup(0, "-h"); !strings.Contains(usage, "-store") {
		t.Error(usage)
	}
	before, _ := did(t, 0, "", "export", "-store", "sqlite:"+path)
	after, _ := did(t, 0, "", "export", "-store", "sqlite:"+to)
	if before != after || strings.Count(after, "\n") != 40 {
		t.Errorf("there was\n%s\nand is\n%s", before, after)
	}
}

// One grows out of a file by a pipe.
func TestFromAFileToPostgres(t *testing.T) {
	from, to := "sqlite:"+testserver.File(t), testserver.StartPostgres(t).URL
	fillOdd(t, opened(t, from), 10)
	all, _ := did(t, 0, "", "export", "-store", from)
	if _, told := did(t, 0, all, "import", "-store", to); told != "40 added, 0 there already, 0 failed\n" {
		t.Error(told)
	}
	if again, _ := did(t, 0, "", "export", "-store", to); again != all {
		t.Errorf("there was\n%s\nand is\n%s", all, again)
	}
}
