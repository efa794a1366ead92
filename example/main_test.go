package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A running is the example, started as its main does.
type running struct {
	t              *testing.T
	url            string
	user, password string
	stdout, stderr *output
	stop           context.CancelFunc
	exited         chan int
}

// An output is what a running example has written so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

var curlLine = regexp.MustCompile(`curl -X POST -H '(.+?):(.+?)' (http://\S+) -d '(.+?)' -u (\S+?):(\S+)`)

// start runs the example and waits until it has printed its curl line.
func start(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	r := launch(t, env, args...)
	r.await(r.stdout, curlLine)
	m := curlLine.FindStringSubmatch(r.stdout.String())
	r.url, r.user, r.password = m[3], m[5], m[6]
	return r
}

// launch runs the example.
func launch(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{t: t, stdout: &output{}, stderr: &output{}, stop: stop, exited: make(chan int, 1)}
	go func() {
		r.exited <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), func(name string) string {
			if name == "FEEDBACKS_STORE" { // no file in this folder
				return cmp.Or(env[name], "memory")
			}
			return env[name]
		}, r.stdout, r.stderr)
	}()
	t.Cleanup(stop)
	return r
}

// await waits until the example has written what matches.
func (r *running) await(o *output, what *regexp.Regexp) {
	r.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !what.MatchString(o.String()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("no %s in %q; %s", what, r.stdout, r.stderr)
		}
	}
}

func (r *running) do(method, url string, body io.Reader) (int, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		r.t.Fatal(err)
	}
	req.SetBasicAuth(r.user, r.password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestThePrintedCurlWorks(t *testing.T) {
	r := start(t, nil)
	body := curlLine.FindStringSubmatch(r.stdout.String())[4]
	if !regexp.MustCompile(`^[0-9A-Za-z]+$`).MatchString(r.user + r.password) {
		t.Errorf("the credentials %s:%s are not alphanumeric", r.user, r.password)
	}
	status, answer := r.do("POST", r.url, strings.NewReader(body))
	if status != 201 || !strings.Contains(answer, `"text":"problem resolved"`) || !strings.Contains(answer, `"account_sid":"`+r.user+`"`) {
		t.Errorf("%d %s, want the record", status, answer)
	}
	if status, list := r.do("GET", r.url, nil); status != 200 || list != "["+answer+"]" {
		t.Errorf("%d %s, want the record in a list", status, list)
	}
	root, _, _ := strings.Cut(r.url, "/v1/")
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 200, "/nope": 404, "/v1/Assistants/a%2Fb/Feedbacks": 200, "/v1/Assistants//Feedbacks": 404} {
		if status, body := r.do("GET", root+path, nil); status != want {
			t.Errorf("GET %s: %d %s, want %d", path, status, body, want)
		}
	}
	r.do("GET", r.url+"?UserId=private", nil)
	r.stop()
	if code := <-r.exited; code != 0 {
		t.Errorf("exit status %d, want 0", code)
	}
	log := r.stderr.String()
	if !strings.Contains(log, "method=POST route=/v1/Assistants/{assistant_id}/Feedbacks status=201") {
		t.Errorf("the log lacks the request: %s", log)
	}
	for _, secret := range []string{r.password, "problem resolved", "private", "aia_asst_demo", "nope"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q: %s", secret, log)
		}
	}
}

func TestCredentialsFromTheEnvironment(t *testing.T) {
	r := start(t, map[string]string{"TWILIO_ACCOUNT_SID": "ACmine", "TWILIO_AUTH_TOKEN": "secret", "FEEDBACKS_BASE_URL": "https://api.example.com/x"})
	if strings.Contains(r.stdout.String(), "secret") || r.user != "$TWILIO_ACCOUNT_SID" {
		t.Errorf("the greeting shows %s", r.stdout)
	}
	if status, _ := r.do("GET", r.url, nil); status != 401 {
		t.Errorf("with wrong credentials: %d, want 401", status)
	}
	r.user, r.password = "ACmine", "secret"
	if status, page := r.do("GET", r.url+"?PageSize=1", nil); status != 200 || !strings.Contains(page, `"first_page_url":"https://api.example.com/x/v1/`) {
		t.Errorf("%d %s, want links below the base URL", status, page)
	}
}

func TestRequestsUnderWayEndBeforeTheServerDoes(t *testing.T) {
	r := start(t, nil)
	u, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	const body = `{"session_id":"s","score":1}`
	req, _ := http.NewRequest("POST", r.url, nil)
	req.SetBasicAuth(r.user, r.password)
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		u.Path, req.Header.Get("Authorization"), len(body))
	answers := bufio.NewReader(conn)
	if line, _, err := answers.ReadLine(); string(line) != "HTTP/1.1 100 Continue" { // the handler is reading the body
		t.Fatalf("%s, %v", line, err)
	}
	answers.ReadLine()
	r.stop()
	for !strings.Contains(r.stderr.String(), "stopping") {
		time.Sleep(time.Millisecond)
	}
	fmt.Fprint(conn, body)
	if line, _, err := answers.ReadLine(); string(line) != "HTTP/1.1 201 Created" {
		t.Errorf("the request under way was answered %q, %v; want 201", line, err)
	}
	if code := <-r.exited; code != 0 {
		t.Errorf("exit status %d, want 0", code)
	}
}

func TestMistakesGetOneLineAndStatus2(t *testing.T) {
	for _, c := range []struct {
		args []string
		env  map[string]string
		want string
	}{
		{[]string{"-nope"}, nil, "flag provided but not defined: -nope"},
		{[]string{"serve"}, nil, `unexpected argument "serve"`},
		{nil, map[string]string{"FEEDBACKS_LOG": "xml"}, `FEEDBACKS_LOG must be text, json or off, got "xml"`},
		{nil, map[string]string{"TWILIO_SECONDARY_AUTH_TOKEN": "secret"}, "TWILIO_SECONDARY_AUTH_TOKEN is set, but TWILIO_AUTH_TOKEN is not"},
		{[]string{"-addr", "8080"}, nil, `-addr must be like 127.0.0.1:8080, got "8080"`},
		{[]string{"-store", "mysql://u:secret@x/db"}, nil, `-store must be sqlite:FILE, memory, postgres://user:password@host:port/database or redis://host:port, got "mysql://x/db"`},
		{[]string{"-store", "redis://u:secret@x/db"}, nil, "-store redis://x/db: redis: invalid database number"},
		{[]string{"-store", "redis://u:secret@x/0?nope=1"}, nil, "unexpected option: nope"},
		{[]string{"-store", "redis://u:secret@x?addr=y:1&nope=1"}, nil, "unexpected option: nope"},
		{[]string{"-store", "redis://u:secret@x?master_name=m&nope=1"}, nil, "unexpected option: nope"},
		{[]string{"-store", "postgres://u:secret@x:port/db"}, nil, "-store is no URL: invalid port"},
		{[]string{"-store", "postgres://u:secret@x/db?sslmode=no"}, nil, "sslmode is invalid"},
		{[]string{"-store", "postgres://x/db?password=secret&sslmode=no"}, nil, "-store postgres://x/db: "},
		{[]string{"-store", "host=x password=secret"}, nil, `got "host"`},
		{[]string{"-retention", "90"}, nil, `-retention must be days like 90d or a duration like 36h, got "90"`},
		{[]string{"-retention", "0d"}, nil, "-retention must be"},
		{nil, map[string]string{"FEEDBACKS_RETENTION": "soon"}, `got "soon"`},
		{[]string{"-base-url", "example.com"}, nil, "-base-url must be like"},
		{nil, map[string]string{"TWILIO_ACCOUNT_SID": "AC"}, "TWILIO_AUTH_TOKEN is not"},
		{nil, map[string]string{"FEEDBACKS_TOKEN_KEYS": "a:c2VjcmV0"}, "FEEDBACKS_TOKEN_KEYS must be like id:base64,id2:base64: key 1 has 6 bytes"},
		{[]string{"-assistant-model", "m"}, nil, "-assistant-model needs an -assistant-url"},
		{[]string{"-assistant-url", "http://x/v1"}, nil, "-assistant-url needs an -assistant-model"},
		{[]string{"-assistant-url", "http://u:secret@x/v1", "-assistant-model", "m"}, nil, "-assistant-url must be like"},
		{nil, map[string]string{"TWILIO_AUTH_TOKEN": "x"}, "TWILIO_ACCOUNT_SID is not"},
		{[]string{"-assistant-url", "https://x/v1", "-assistant-model", "m"}, own, "-assistant-url is for the Simulator, which needs -simulator"},
		{[]string{"-simulator=maybe"}, nil, `invalid boolean value "maybe" for -simulator`},
		{nil, map[string]string{"FEEDBACKS_STORE": "nope"}, `-store must be sqlite:FILE, memory, postgres://user:password@host:port/database or redis://host:port, got "nope"`},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), c.args, func(name string) string { return c.env[name] }, &stdout, &stderr)
		if code != 2 || !strings.Contains(stderr.String(), c.want) || strings.Count(stderr.String(), "\n") != 1 || strings.Contains(stderr.String(), "secret") {
			t.Errorf("%v %v: status %d, %q; want 2 and one line with %q", c.args, c.env, code, stderr.String(), c.want)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, func(string) string { return "" }, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "-base-url") {
		t.Errorf("-h: status %d, %q", code, stdout.String())
	}
}

func TestATakenPortIsStatus1(t *testing.T) {
	r := start(t, nil)
	addr := strings.TrimPrefix(strings.Split(r.url, "/v1/")[0], "http://")
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"-addr", addr, "-store", "memory"}, func(string) string { return "" }, io.Discard, &stderr); code != 1 || !strings.Contains(stderr.String(), "address already in use") {
		t.Errorf("status %d, %q; want 1", code, stderr.String())
	}
}

// bearer makes a request with the password as a browser's token.
func (r *running) bearer(method, url string) int {
	r.t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
