package handler_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// ask sends a request without a server around it and holds the answer to what
// every answer promises.
func ask(t *testing.T, h http.Handler, r *http.Request, statuses ...int) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if !slices.Contains(statuses, w.Code) {
		t.Fatalf("%s %q: %d %s, want one of %v", r.Method, r.URL, w.Code, w.Body, statuses)
	}
	if w.Code >= 400 && r.Method != http.MethodHead {
		var e struct {
			Code, Status int
			Message      string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Status != w.Code || e.Code < 20001 || e.Message == "" || !utf8.ValidString(w.Body.String()) {
			t.Fatalf("%s %q: %d %q is no error in Twilio's shape: %v", r.Method, r.URL, w.Code, w.Body, err)
		}
	}
	return w
}

func FuzzBody(f *testing.F) {
	for _, body := range []string{
		`{"session_id":"demo", "score": 1, "text": "problem resolved" }`,
		`{"session_id":"s","message_id":"m","user_id":"u","score":0.25,"text":"é\u2028😀","tags":["a","b c"]}`,
		`{"sessionId":"s","messageId":"m","score":1}`, `{"session_id":"s","score":null,"tags":null}`, `{"session_id":"s","score":1.0000000000000000000001}`,
		`{"session_id":"s","score":-1e-400}`, `{"session_id":"s","score":10e-1}`, `{"session_id":"\ud83d\ude00","score":5e-324}`, `null`, `[]`, ``, `{"a":{"b":[1,{}]}}`,
		`{"session_id":"s","session_id":"t","score":1}`, "{\"session_id\":\"\x00\",\"score\":1}", `{"session_id":"\u0000","score":1}`, "\xef\xbb\xbf{}",
	} {
		for agent := range fuzzAgents {
			f.Add([]byte(body), uint8(agent))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, agent uint8) {
		h := handler.New(memory.New(), nil)
		r := httptest.NewRequest("POST", feedbacks, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("User-Agent", fuzzAgents[int(agent)%len(fuzzAgents)])
		w := ask(t, h, r, 201, 400, 413)
		list := ask(t, h, httptest.NewRequest("GET", feedbacks, nil), 200).Body.String()
		if w.Code != 201 {
			if list != "[]" {
				t.Fatalf("%q was refused and stored: %s", body, list)
			}
			return
		}
		if list != "["+w.Body.String()+"]" {
			t.Fatalf("%q was answered %s and listed %s", body, w.Body, list)
		}
		if !json.Valid(body) || !utf8.Valid(body) {
			t.Fatalf("%q was accepted", body)
		}
		var sent, got struct {
			SessionID string   `json:"session_id"`
			MessageID string   `json:"message_id"`
			UserID    string   `json:"user_id"`
			Text      string   `json:"text"`
			Tags      []string `json:"tags"`
			Score     float64  `json:"score"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.SessionID == "" || got.Score < 0 || got.Score > 1 {
			t.Fatalf("%q was answered %s: %v", body, w.Body, err)
		}
		if fuzzAgents[int(agent)%len(fuzzAgents)] != "" { // a library's names may have come in
			return
		}
		if err := json.Unmarshal(body, &sent); err != nil || sent.SessionID != got.SessionID || sent.MessageID != got.MessageID || sent.UserID != got.UserID ||
			sent.Text != got.Text || !slices.Equal(sent.Tags, got.Tags) || sent.Score != got.Score {
			t.Fatalf("%q came back as %s: %v", body, w.Body, err)
		}
	})
}

var fuzzAgents = []string{"", goAgent, nodeAgent, pythonAgent}

func FuzzQuery(f *testing.F) {
	for _, q := range []string{"", "PageSize=5", "PageSize=2&Page=1", "SessionId=demo&Order=asc", "MinScore=0.5&MaxScore=1&HasText=true", "Tag=a%20b", "PageToken=1.n.1.x.y",
		"DateCreatedAfter=2026-11-22&DateCreatedBefore=2026-11-23T00:00:00%2B01:00", "SessionId=&x=%zz", "a;b", "UserId=%ff", "MinScore=1e-400", "PageSize=+1", "=", "&&", "Order=desc&Order=asc"} {
		f.Add(q, false)
		f.Add(q, true)
	}
	st := memory.New()
	fs := fill(f, st, 7)
	opts := quiet()
	opts.Authenticate = func(*http.Request) (handler.Principal, error) { return handler.Principal{Account: accountA}, nil }
	h := handler.New(st, opts)
	f.Fuzz(func(t *testing.T, query string, library bool) {
		r := httptest.NewRequest("GET", feedbacks, nil)
		r.URL.RawQuery = query
		if library {
			r.Header.Set("User-Agent", pythonAgent)
		}
		w := ask(t, h, r, 200, 400)
		if w.Code != 200 {
			return
		}
		if w.Body.Bytes()[0] == '[' {
			var list []idOnly
			if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list) > len(fs) {
				t.Fatalf("?%q: %s: %v", query, w.Body, err)
			}
			return
		}
		for n, next := 0, w; ; n++ { // to the end, following the links
			var p page
			if err := json.Unmarshal(next.Body.Bytes(), &p); err != nil || n > len(fs) {
				t.Fatalf("?%q: page %d is %s: %v", query, n, next.Body, err)
			}
			if p.Meta.Next == "" {
				break
			}
			next = ask(t, h, httptest.NewRequest("GET", p.Meta.Next, nil), 200)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, path := range []string{feedbacks, "/api" + feedbacks, feedbacks + "/aia_fdbk_019cecf5-a147-7e5b-9c6d-261769c1a6a3", "/v1/Assistants/a%2Fb/Feedbacks", "/v1/Assistants//Feedbacks",
		"/v1/Assistants/%00/Feedbacks", "/v1/Assistants/../Feedbacks", "//v1/Assistants/a/Feedbacks", "/v1/Assistants/%ff/Feedbacks", "/", "", "/v1/Assistants/a/Feedbacks/", "/v1/Assistants/%7B%7D/Feedbacks",
		"/v1/openapi.json", "/v1/Assistants/a/Feedbacks/x"} {
		for method := range fuzzMethods {
			f.Add(path, uint8(method))
		}
	}
	f.Fuzz(func(t *testing.T, path string, method uint8) {
		u, err := url.ParseRequestURI(path) // what the server refuses by itself
		if err != nil || strings.ContainsAny(path, "?#") || u.Host != "" || u.Opaque != "" {
			return
		}
		h := handler.New(memory.New(), nil)
		do := func(method string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, "/", strings.NewReader(`{"session_id":"s","score":1}`))
			r.URL, r.RequestURI = u, path
			r.Header.Set("Content-Type", "application/json")
			return ask(t, h, r, 200, 201, 204, 400, 404, 405)
		}
		w := do(fuzzMethods[int(method)%len(fuzzMethods)])
		if w.Code != 201 {
			return
		}
		var got struct {
			Assistant string `json:"assistant_id"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		segments := strings.Split(u.EscapedPath(), "/")
		if want, err := url.PathUnescape(segments[len(segments)-2]); err != nil || got.Assistant != want {
			t.Fatalf("POST %q went to assistant %q, want %q", path, got.Assistant, want)
		}
		if list := do("GET"); list.Body.String() != "["+w.Body.String()+"]" {
			t.Fatalf("POST %q was answered %s and listed %s", path, w.Body, list.Body)
		}
		location, err := url.Parse(w.Header().Get("Location"))
		if err != nil {
			t.Fatalf("POST %q: Location %q: %v", path, w.Header().Get("Location"), err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.URL, r.RequestURI = location, location.RequestURI()
		if one := ask(t, h, r, 200); one.Body.String() != w.Body.String() {
			t.Fatalf("POST %q: Location has %s", path, one.Body)
		}
	})
}

var fuzzMethods = []string{"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "x"}
