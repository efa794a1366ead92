package main

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/store/memory"
)

// own are credentials that somebody chose.
var own = map[string]string{"TWILIO_ACCOUNT_SID": "ACmine", "TWILIO_AUTH_TOKEN": "secret"}

// asks are what the page asks for: itself, a file, and what it posts.
var asks = []struct{ method, path, body string }{
	{"GET", "/", ""}, {"GET", "/simulator/simulator.js", ""}, {"POST", "/simulator/session", "{}"},
	{"POST", "/simulator/token", `{"session_id":"aia_sess_01234567-0123-4123-8123-0123456789ab","user_id":"user:ann"}`},
	{"POST", "/simulator/chat", `{"session_id":"aia_sess_01234567-0123-4123-8123-0123456789ab","message":"hi"}`},
}

func TestWithoutASimulator(t *testing.T) {
	for name, r := range map[string]*running{
		"turned off":          start(t, nil, "-simulator=false", "-allow-delete"),
		"credentials of ours": start(t, own, "-allow-delete"),
	} {
		if strings.Contains(r.stdout.String(), "Simulator") || !strings.Contains(r.stdout.String(), "/console/\n") {
			t.Errorf("%s: the greeting is %s", name, r.stdout)
		}
		for _, ask := range asks {
			if resp, _ := r.page(ask.method, ask.path, ask.body); resp.StatusCode != 404 {
				t.Errorf("%s: %s %s: %d, want 404", name, ask.method, ask.path, resp.StatusCode)
			}
		}
		if resp, _ := r.page("GET", "/console/feedback-buttons.js", ""); resp.StatusCode != 200 {
			t.Errorf("%s: the element: %d, want 200", name, resp.StatusCode)
		}
		if r.user == "$TWILIO_ACCOUNT_SID" {
			r.user, r.password = own["TWILIO_ACCOUNT_SID"], own["TWILIO_AUTH_TOKEN"]
		}
		if status, _ := r.do("GET", r.root()+"/console/erase?Assistant=a&UserId=u", nil); status != 200 {
			t.Errorf("%s: erase with -allow-delete: %d, want 200", name, status)
		}
	}
}

// handlerOf returns what the example serves, with what it has printed.
func handlerOf(t *testing.T, env map[string]string, args ...string) http.Handler {
	t.Helper()
	cfg, err := configure(args, func(name string) string { return env[name] }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return newServer(cfg, memory.New(), slog.New(slog.DiscardHandler)).Handler
}

// ask sends a request as the page at a host would, from a peer, with headers, of which
// "" removes one.
func ask(h http.Handler, method, path, body, host, peer string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = host, peer
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheSimulatorIsForThisMachine(t *testing.T) {
	h := handlerOf(t, nil)
	const here, there = "127.0.0.1:50000", "192.168.0.7:50000"
	for _, c := range []struct {
		host, peer string
		headers    []string
		ok         bool
	}{
		{"127.0.0.1:8080", here, nil, true},
		{"localhost:8080", "[::1]:50000", nil, true},
		{"LocalHost", "[::ffff:127.0.0.1]:50000", nil, true},
		{"[::1]:8080", here, []string{"Origin", "http://[::1]:8080"}, true},
		{"127.1.2.3", here, []string{"Origin", "http://127.1.2.3"}, true},

		{"127.0.0.1:8080", there, nil, false}, // a name is easily said
		{"localhost:8080", "", nil, false},
		{"feedback.example.com", here, nil, false},
		{"192.168.0.2:8080", here, nil, false},
		{"0.0.0.0:8080", here, nil, false},
		{"127.0.0.1.example.com", here, nil, false},
		{"localhost.example.com:8080", here, nil, false},
		{"", here, nil, false},
		{"127.0.0.1:8080", here, []string{"X-Forwarded-For", "127.0.0.1"}, false},
		{"127.0.0.1:8080", here, []string{"x-forwarded-host", "localhost"}, false},
		{"127.0.0.1:8080", here, []string{"X-Forwarded-Proto", "https"}, false},
		{"127.0.0.1:8080", here, []string{"X-Real-IP", "127.0.0.1"}, false},
		{"127.0.0.1:8080", here, []string{"Forwarded", "for=127.0.0.1"}, false},
		{"127.0.0.1:8080", here, []string{"Via", "1.1 proxy"}, false},
		{"127.0.0.1:8080", here, []string{"Origin", "https://feedback.example.com"}, false}, // a proxy that says nothing else
		{"127.0.0.1:8080", here, []string{"Origin", "null"}, false},
	} {
		for _, a := range asks {
			w := ask(h, a.method, a.path, a.body, c.host, c.peer, c.headers...)
			if ok := w.Code < 300; ok != c.ok || !ok && (w.Code != 403 || w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%s %s at %q from %s with %q: %d %s", a.method, a.path, c.host, c.peer, c.headers, w.Code, w.Body)
			}
		}
		if w := ask(h, "GET", "/healthz", "", c.host, c.peer, c.headers...); w.Code != 200 {
			t.Errorf("all else is kept from %q, %s too: %d", c.host, c.peer, w.Code)
		}
	}
}

// A proxy that says nothing at all mostly speaks HTTP/1.0, and no browser does.
func TestTheSimulatorIsForNoProxyOfHTTP10(t *testing.T) {
	h := handlerOf(t, nil)
	r := httptest.NewRequest("POST", "/simulator/session", nil)
	r.Host, r.RemoteAddr = "127.0.0.1:8080", "127.0.0.1:50000"
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Proto, r.ProtoMinor = "HTTP/1.0", 0
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 403 {
		t.Errorf("a request of HTTP/1.0: %d %s", w.Code, w.Body)
	}
}

func TestTheSimulatorIsForThoseWhoSignIn(t *testing.T) {
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	h := handlerOf(t, own, "-simulator", "-base-url", "https://feedback.example.com/x")
	proxied := []string{"X-Forwarded-For", "10.1.2.3", "Origin", "https://feedback.example.com"}
	for _, a := range asks {
		for _, authorization := range []string{"", basic("ACmine", "wrong"), basic("ACother", "secret"), "Bearer x"} {
			w := ask(h, a.method, a.path, a.body, "127.0.0.1:8080", "127.0.0.1:50000", slices.Concat(proxied, []string{"Authorization", authorization})...)
			if w.Code != 401 || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("%s %s with %q: %d %s", a.method, a.path, authorization, w.Code, w.Header())
			}
			w = ask(h, a.method, a.path, a.body, "127.0.0.1:8080", "127.0.0.1:50000", slices.Concat(proxied, []string{"Authorization", authorization, "Sec-Fetch-Dest", "empty"})...)
			if w.Code != 401 || w.Header().Get("WWW-Authenticate") != "" {
				t.Errorf("a script's %s %s with %q: %d %s, want no prompt", a.method, a.path, authorization, w.Code, w.Header())
			}
		}
		signedIn := slices.Concat(proxied, []string{"Authorization", basic("ACmine", "secret")})
		for _, at := range [][2]string{{"127.0.0.1:8080", "127.0.0.1:50000"}, {"feedback.example.com", "10.1.2.3:50000"}} {
			if w := ask(h, a.method, a.path, a.body, at[0], at[1], signedIn...); w.Code >= 300 {
				t.Errorf("%s %s at %s, signed in: %d %s", a.method, a.path, at[0], w.Code, w.Body)
			}
		}
		if a.method == "GET" {
			continue
		}
		for _, not := range [][]string{{"Sec-Fetch-Site", "", "Origin", ""}, {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "", "Origin", "http://feedback.example.com"}} {
			if w := ask(h, a.method, a.path, a.body, "127.0.0.1:8080", "127.0.0.1:50000", slices.Concat(signedIn, not)...); w.Code != 403 {
				t.Errorf("%s with %q: %d, want 403", a.path, not, w.Code)
			}
		}
	}
}

func TestTheGreetingSaysWhereTheSimulatorIs(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		args []string
		want string
	}{
		{nil, nil, "  Simulator: http://127.0.0.1:"},
		{nil, []string{"-simulator"}, "sign in to both with AC"},
		{own, []string{"-simulator"}, "sign in to both with $TWILIO_ACCOUNT_SID"},
		{nil, []string{"-addr", "[::]:0"}, "  Simulator: http://127.0.0.1:"},
	} {
		r := start(t, c.env, c.args...)
		if got := r.stdout.String(); !strings.Contains(got, c.want) || !strings.Contains(got, "Simulator: ") {
			t.Errorf("%v: the greeting is %s", c.args, got)
		}
	}
}
