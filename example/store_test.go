package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/testserver"
)

func TestPostgresThatIsStillStarting(t *testing.T) {
	server := testserver.StartPostgres(t)
	server.Stop()
	r := launch(t, map[string]string{"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret"}, "-store", server.URL)
	r.await(r.stderr, regexp.MustCompile("waiting for PostgreSQL"))
	server.StartNoWait()
	r.await(r.stdout, curlLine)
	r.url, r.user, r.password = curlLine.FindStringSubmatch(r.stdout.String())[3], "AC1", "secret"
	root, _, _ := strings.Cut(r.url, "/v1/")
	is := func(when string, method, url string, want int) {
		t.Helper()
		if status, body := r.do(method, url, strings.NewReader(`{"session_id":"s","score":1}`)); status != want {
			t.Errorf("%s: %s %s: %d %s, want %d", when, method, url, status, body, want)
		}
	}
	is("at first", "GET", root+"/readyz", 200)
	is("at first", "POST", r.url, 201)
	server.Kill()
	is("during an outage", "GET", root+"/readyz", 503)
	is("during an outage", "GET", root+"/healthz", 200)
	is("during an outage", "POST", r.url, 503)
	server.Start()
	is("afterwards", "GET", root+"/readyz", 200)
	is("afterwards", "POST", r.url, 201)
	if _, list := r.do("GET", r.url, nil); strings.Count(list, `"id"`) != 2 {
		t.Errorf("%s, want two records", list)
	}
}

func TestPostgresThatRefusesIsStatus1AtOnce(t *testing.T) {
	server := testserver.StartPostgres(t)
	url := strings.Replace(server.URL, "/postgres?", "/nowhere?", 1)
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"-store", url}, func(string) string { return "" }, io.Discard, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), `database "nowhere" does not exist`) {
		t.Errorf("status %d, %q", code, stderr.String())
	}
}
