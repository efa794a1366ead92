package handler_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/params"
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
		`{"session_id":"s","message_id":"m","user_id":"u","score":0.25,"text":"é\u2028😀","tags":["a","b c"]}`, `{"session_id":"s","score":1,"tags":["too slow","other"]}`, `{"session_id":"s","score":1,"tags":["other","Other"]}`,
		`{"sessionId":"s","messageId":"m","score":1}`, `{"session_id":"s","score":null,"tags":null}`, `{"session_id":"s","score":1.0000000000000000000001}`,
		`{"session_id":"s","score":-1e-400}`, `{"session_id":"s","score":10e-1}`, `{"session_id":"\ud83d\ude00","score":5e-324}`, `null`, `[]`, ``, `{"a":{"b":[1,{}]}}`,
		`{"session_id":"s","score":0,"metadata":{"trace_id":"t","model":"x \u00e9","a.B-9":":"},"correction":"b\nc"}`, `{"session_id":"s","score":0,"metadata":{},"correction":""}`,
		`{"session_id":"s","score":0,"metadata":null,"correction":null}`, `{"session_id":"s","score":0,"metadata":{"a":null}}`, `{"session_id":"s","score":0,"metadata":{"a":"1","a":"2"}}`, `{"session_id":"s","score":0,"metadata":{"":""}}`,
		`{"session_id":"s","score":0,"metadata":["a"]}`, `{"session_id":"s","session_id":"t","score":1}`, "{\"session_id\":\"\x00\",\"score\":1}", `{"session_id":"\u0000","score":1}`, "\xef\xbb\xbf{}",
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
			SessionID  string            `json:"session_id"`
			MessageID  string            `json:"message_id"`
			UserID     string            `json:"user_id"`
			Text       string            `json:"text"`
			Tags       []string          `json:"tags"`
			Score      float64           `json:"score"`
			Metadata   map[string]string `json:"metadata"`
			Correction string            `json:"correction"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.SessionID == "" || got.Score < 0 || got.Score > 1 {
			t.Fatalf("%q was answered %s: %v", body, w.Body, err)
		}
		vote := "/v1/Assistants/aia_asst_1/Sessions/" + url.PathEscape(got.SessionID)
		if got.MessageID != "" {
			vote += "/Messages/" + url.PathEscape(got.MessageID)
		}
		fuzzVote(t, h, vote+"/Feedback", body, r.Header, w.Body.Bytes())
		fuzzVisitor(t, handler.Visitor{Assistant: "aia_asst_1", Session: got.SessionID, User: got.UserID, MayPost: true}, body, r.Header, len(got.Metadata) > 0 || slices.ContainsFunc(got.Tags, isNoReason))
		if fuzzAgents[int(agent)%len(fuzzAgents)] != "" { // a library's names may have come in
			return
		}
		if err := json.Unmarshal(body, &sent); err != nil || sent.SessionID != got.SessionID || sent.MessageID != got.MessageID || sent.UserID != got.UserID ||
			sent.Text != got.Text || !slices.Equal(sent.Tags, got.Tags) || !maps.Equal(sent.Metadata, got.Metadata) || sent.Correction != got.Correction || sent.Score != got.Score {
			t.Fatalf("%q came back as %s: %v", body, w.Body, err)
		}
	})
}

func isNoReason(tag string) bool { return !slices.Contains(handler.Reasons(), tag) }

// fuzzVisitor posts a body that the account may post as a visitor: what is not a
// visitor's to say is refused, and metadata never answered.
func fuzzVisitor(t *testing.T, v handler.Visitor, body []byte, header http.Header, refused bool) {
	t.Helper()
	h := handler.New(memory.New(), &handler.Options{Authenticate: func(*http.Request) (handler.Principal, error) { return handler.Principal{Visitor: &v}, nil }})
	r := httptest.NewRequest("POST", feedbacks, bytes.NewReader(body))
	r.Header = header
	w := ask(t, h, r, map[bool]int{true: 403, false: 201}[refused])
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got["metadata"] != nil {
		t.Fatalf("%q as a visitor was answered %s", body, w.Body)
	}
}

// fuzzVote puts a body that POST took as a vote, and asserts that it comes back as
// it did from POST, and is gone when it is taken back.
func fuzzVote(t *testing.T, h http.Handler, path string, body []byte, header http.Header, posted []byte) {
	t.Helper()
	do := func(method, path string, status int) map[string]any {
		r := httptest.NewRequest(method, "/", bytes.NewReader(body))
		var err error
		if r.URL, err = url.ParseRequestURI(path); err != nil {
			t.Fatal(err)
		}
		r.Header = header
		var f map[string]any
		if w := ask(t, h, r, status); w.Body.Len() > 0 {
			if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil {
				t.Fatal(err)
			}
		}
		return f
	}
	vote := do("PUT", path, 201)
	user := vote["user_id"].(string)
	if user != "" {
		path += "?UserId=" + url.QueryEscape(user)
	}
	if got := do("GET", path, 200); fmt.Sprint(got) != fmt.Sprint(vote) {
		t.Fatalf("%q was put as %v and is %v", body, vote, got)
	}
	if again := do("PUT", path, 200); again["id"] != vote["id"] {
		t.Fatalf("%q put again made %v of %v", body, again, vote)
	}
	do("DELETE", path, 204)
	do("GET", path, 404)
	var record map[string]any
	if err := json.Unmarshal(posted, &record); err != nil {
		t.Fatal(err)
	}
	for name, want := range record {
		switch name {
		case "id", "created_at", "updated_at", "date_created", "date_updated":
			continue
		}
		if fmt.Sprint(vote[name]) != fmt.Sprint(want) {
			t.Fatalf("%q was put as %v and posted as %v", body, vote, record)
		}
	}
	if vote["vote"] != true || len(vote) != len(record)+1 {
		t.Fatalf("%q was put as %v", body, vote)
	}
}

var fuzzAgents = []string{"", goAgent, nodeAgent, pythonAgent}

func FuzzQuery(f *testing.F) {
	for _, q := range []string{"", "PageSize=5", "PageSize=2&Page=1", "SessionId=demo&Order=asc", "MinScore=0.5&MaxScore=1&HasText=true", "Tag=a%20b", "PageToken=1.n.1.x.y",
		"DateCreatedAfter=2026-11-22&DateCreatedBefore=2026-11-23T00:00:00%2B01:00", "SessionId=&x=%zz", "a;b", "UserId=%ff", "MinScore=1e-400", "PageSize=+1", "=", "&&", "Order=desc&Order=asc",
		"Interval=day", "Interval=week&Tag=a&DateCreatedAfter=2026-11-22", "DateCreatedAfter=0001-01-02&DateCreatedBefore=0001-01-09&Interval=week", "UserId=", "MinScore=%201", "HasText=false"} {
		f.Add(q, false)
		f.Add(q, true)
	}
	samples := map[params.Kind]string{params.ID: "demo", params.Tag: "a", params.Score: "0.5", params.Bool: "true", params.Time: "2026-11-22", params.Words: "a", params.Pair: "model:x-1", params.Integer: "1", params.Token: "x", params.Zone: "Asia/Kolkata"}
	for _, p := range slices.Concat(params.Filters, params.Order, params.Format, params.Review, params.Interval, params.Compare, params.Paging) {
		sample := samples[p.Kind]
		if p.Kind == params.Choice {
			sample = p.Choices[0]
		}
		if sample == "" {
			f.Fatalf("no seed for %s, of the kind %s", p.Name, p.Kind)
		}
		f.Add(p.Name+"="+url.QueryEscape(sample), false)
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
		selected := fuzzSets(t, query)
		if w.Code != 200 {
			return
		}
		if w.Header().Get("Content-Type") != "application/json" { // an export
			if n := strings.Count(w.Body.String(), "\n"); n > len(fs)+1 {
				t.Fatalf("?%q: %d lines of %d records", query, n, len(fs))
			}
			return
		}
		if w.Body.Bytes()[0] == '[' {
			var list []idOnly
			if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list) > len(fs) || selected >= 0 && len(list) != selected {
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

// fuzzSets holds a summary of 7 records against their erasure, and returns how
// many the query selects: -1 when it is not one for both.
func fuzzSets(t *testing.T, query string) int {
	st := memory.New()
	fs := fill(t, st, 7)
	opts := quiet()
	opts.Authenticate = func(*http.Request) (handler.Principal, error) { return handler.Principal{Account: accountA}, nil }
	h := handler.New(st, opts)
	do := func(method, path, query string, statuses ...int) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		r.URL.RawQuery = query
		return ask(t, h, r, statuses...)
	}
	var sum struct {
		Count     int
		Histogram []int
		Series    []struct{ Start time.Time }
	}
	summary := do("GET", feedbacks+"/Summary", query, 200, 400)
	if summary.Code == 200 {
		if err := json.Unmarshal(summary.Body.Bytes(), &sum); err != nil || len(sum.Histogram) != 10 || len(sum.Series) > 1000 {
			t.Fatalf("?%q: %s: %v", query, summary.Body, err)
		}
	}
	erased := do("DELETE", feedbacks, query, 200, 400)
	left := strings.Count(do("GET", feedbacks, "", 200).Body.String(), `"id"`)
	if erased.Code == 400 {
		if left != len(fs) {
			t.Fatalf("?%q: %d records are left after %s", query, left, erased.Body)
		}
		return -1
	}
	if want := fmt.Sprintf(`{"deleted":%d}`, sum.Count); summary.Code != 200 || erased.Body.String() != want || left != len(fs)-sum.Count {
		t.Fatalf("?%q: %s, then %s, which left %d records", query, summary.Body, erased.Body, left)
	}
	return sum.Count
}

func FuzzPath(f *testing.F) {
	for _, path := range []string{feedbacks, "/api" + feedbacks, feedbacks + "/aia_fdbk_019cecf5-a147-7e5b-9c6d-261769c1a6a3", "/v1/Assistants/a%2Fb/Feedbacks", "/v1/Assistants//Feedbacks",
		"/v1/Assistants/%00/Feedbacks", "/v1/Assistants/../Feedbacks", "//v1/Assistants/a/Feedbacks", "/v1/Assistants/%ff/Feedbacks", "/", "", "/v1/Assistants/a/Feedbacks/", "/v1/Assistants/%7B%7D/Feedbacks",
		"/v1/openapi.json", "/v1/Assistants/a/Feedbacks/x", feedbacks + "/Summary", onMessage, "/api" + onMessage, "/v1/Assistants/a%2Fb/Sessions/s/Feedback", "/v1/Assistants/a/Sessions/x%2Fy/Messages/%20/Feedback",
		"/v1/Assistants/a/Sessions//Feedback", "/v1/Assistants/a/Sessions/Messages/Messages/Messages/Feedback", "/v1/Assistants/a/Sessions/%ff/Feedback", "/v1/Assistants/a/Sessions/../Messages/./Feedback"} {
		for method := range fuzzMethods {
			f.Add(path, uint8(method))
		}
	}
	f.Fuzz(func(t *testing.T, path string, method uint8) {
		u, err := url.ParseRequestURI(path) // what the server refuses by itself
		if err != nil || strings.ContainsAny(path, "?#") || u.Host != "" || u.Opaque != "" {
			return
		}
		prefix := ""
		if strings.HasPrefix(path, "/api/") {
			prefix = "/api"
		}
		h := handler.New(memory.New(), &handler.Options{Prefix: prefix, Logger: quiet().Logger})
		do := func(method string) *httptest.ResponseRecorder {
			body := `{"session_id":"s","score":1}`
			if method == "PUT" {
				body = `{"score":1}`
			}
			r := httptest.NewRequest(method, "/", strings.NewReader(body))
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
			Session   string `json:"session_id"`
			Message   string `json:"message_id"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		same, names := "["+w.Body.String()+"]", []string{got.Assistant, "Feedbacks"}
		if fuzzMethods[int(method)%len(fuzzMethods)] == "PUT" {
			same, names = w.Body.String(), []string{got.Assistant, "Sessions", got.Session, "Feedback"}
			if got.Message != "" {
				names = slices.Insert(names, 3, "Messages", got.Message)
			}
		}
		segments := strings.Split(u.EscapedPath(), "/")
		if before := strings.Join(segments[:len(segments)-len(names)], "/"); before != prefix+"/v1/Assistants" {
			t.Fatalf("%q is served, with Prefix %q", path, prefix)
		}
		session := ""
		if names[1] == "Sessions" {
			session = got.Session
		}
		if assistant, s, message := handler.Target(&http.Request{URL: u}); assistant != got.Assistant || s != session || message != got.Message {
			t.Fatalf("%q made %s, and its target is %q, %q, %q", path, w.Body, assistant, s, message)
		}
		for i := range names {
			if segment, err := url.PathUnescape(segments[len(segments)-len(names)+i]); err != nil || segment != names[i] {
				t.Fatalf("%q made %s, want %q", path, w.Body, names)
			}
		}
		if got := do("GET"); got.Body.String() != same {
			t.Fatalf("%q was answered %s and is %s", path, w.Body, got.Body)
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
