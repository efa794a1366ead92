package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"
)

// root is the running example's address.
func (r *running) root() string {
	root, _, _ := strings.Cut(r.url, "/v1/")
	return root
}

// page sends what the Simulator's page would: without credentials, but with
// headers, of which "" removes one, and JSON for POST.
func (r *running) page(method, path, body string, headers ...string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.root()+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(headers); i += 2 {
		switch {
		case headers[i] == "Host":
			req.Host = headers[i+1]
		case headers[i+1] == "":
			req.Header.Del(headers[i])
		default:
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // follows no redirects
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(b)
}

// post returns a string of the JSON that answers a POST with 201.
func (r *running) post(path, body, field string) string {
	r.t.Helper()
	resp, answer := r.page("POST", path, body)
	var fields map[string]string
	if err := json.Unmarshal([]byte(answer), &fields); err != nil || resp.StatusCode != 201 || fields[field] == "" {
		r.t.Fatalf("POST %s: %d %s, want 201 and %s", path, resp.StatusCode, answer, field)
	}
	return fields[field]
}

func TestThePageAndItsFiles(t *testing.T) {
	r := start(t, nil)
	resp, html := r.page("GET", "/", "")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("/: %d %s", resp.StatusCode, resp.Header)
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, want) || strings.Contains(csp, "unsafe") {
			t.Errorf("the policy %q lacks %s", csp, want)
		}
	}
	if regexp.MustCompile(`(?i)<style|<script[^>]*>[^<]|\son\w+=|\sstyle=|//`).MatchString(strings.Replace(html, "<!doctype html>", "", 1)) {
		t.Error("the page has inline code or another host's")
	}
	var files []string
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"#]+\.\w+)"`).FindAllStringSubmatch(html, -1) {
		files = append(files, m[1])
	}
	for seen := map[string]bool{}; len(files) > 0; files = files[1:] {
		if seen[files[0]] {
			continue
		}
		seen[files[0]] = true
		resp, body := r.page("GET", "/"+files[0], "")
		file, _, _ := strings.Cut(files[0], "?")
		want := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}[path.Ext(file)]
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != want || resp.Header.Get("ETag") == "" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %s", files[0], resp.StatusCode, resp.Header)
		}
		if strings.Contains(body, r.password) || strings.Contains(body, r.user) {
			t.Errorf("%s has the account's credentials", files[0])
		}
		for _, m := range regexp.MustCompile(`(?m)^import .*"(\.\.?/.+)";$`).FindAllStringSubmatch(body, -1) {
			files = append(files, path.Join(path.Dir(files[0]), m[1]))
		}
		if again, _ := r.page("GET", "/"+files[0], "", "If-None-Match", resp.Header.Get("ETag")); again.StatusCode != 304 {
			t.Errorf("%s again: %d, want 304", files[0], again.StatusCode)
		}
	}
	for path, want := range map[string]int{"/simulator/": 404, "/simulator/index.html": 404, "/simulator/nope.js": 404, "/simulator/chat": 405, "/console": 301, "/console/": 401} {
		if resp, _ := r.page("GET", path, ""); resp.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, resp.StatusCode, want)
		}
	}
}

func TestAVoteFromThePageIsInTheConsole(t *testing.T) {
	r := start(t, nil)
	session := r.post("/simulator/session", "{}", "session_id")
	if other := r.post("/simulator/session", "{}", "session_id"); other == session || !strings.HasPrefix(session, "aia_sess_") {
		t.Errorf("sessions %s and %s", session, other)
	}
	token := r.post("/simulator/token", `{"session_id":"`+session+`","user_id":"user:ann"}`, "token")
	bearer := []string{"Authorization", "Bearer " + token}
	vote := "/v1/Assistants/aia_asst_demo/Sessions/" + session + "/Messages/m1/Feedback?UserId=user:ann"
	is := func(method, path, body string, want int) {
		t.Helper()
		if resp, answer := r.page(method, path, body, bearer...); resp.StatusCode != want {
			t.Errorf("%s %s: %d %s, want %d", method, path, resp.StatusCode, answer, want)
		}
	}
	is("GET", vote, "", 404)
	is("PUT", vote, `{"score":1}`, 201)
	is("PUT", vote, `{"score":0,"text":"not what I asked","tags":["incomplete"]}`, 200)
	is("GET", vote, "", 200)
	is("PUT", strings.Replace(vote, session, newID("aia_sess_"), 1), `{"score":1}`, 403)
	is("PUT", strings.Replace(vote, "ann", "bob", 1), `{"score":1}`, 403)
	is("PUT", strings.Replace(vote, "demo", "other", 1), `{"score":1}`, 403)
	is("GET", "/v1/Assistants/aia_asst_demo/Feedbacks", "", 403)
	is("GET", "/console/", "", 401)
	list := r.root() + "/console/feedback?Assistant=aia_asst_demo&SessionId=" + session
	if status, page := r.do("GET", list, nil); status != 200 || !strings.Contains(page, "not what I asked") || !strings.Contains(page, "user:ann") {
		t.Errorf("the console: %d %s, want the vote", status, page)
	}
	compare := r.root() + "/console/compare?Assistant=aia_asst_demo&Compare=model:"
	if status, page := r.do("GET", compare, nil); status != 200 || !strings.Contains(page, "<bdi>model:built-in</bdi>") {
		t.Errorf("the console compares no models: %d %s", status, page)
	}
	is("DELETE", vote, "", 204)
	if _, page := r.do("GET", list, nil); strings.Contains(page, "not what I asked") {
		t.Error("the console shows a vote that was taken back")
	}
	r.password = "wrong"
	if status, _ := r.do("GET", list, nil); status != 401 {
		t.Errorf("the console with a wrong token: %d, want 401", status)
	}
}

// What was said is in the console, with the answer that was rated, until its person's
// feedback is erased.
func TestARecordHasItsConversation(t *testing.T) {
	r := start(t, nil)
	session := r.post("/simulator/session", "{}", "session_id")
	token := r.post("/simulator/token", `{"session_id":"`+session+`","user_id":"user:ann"}`, "token")
	_, answer := r.page("POST", "/simulator/chat", `{"session_id":"`+session+`","message":"Where is <feedback> kept?","history":[]}`)
	var started event
	if err := json.Unmarshal([]byte(strings.SplitN(answer, "\n", 2)[0]), &started); err != nil {
		t.Fatal(err)
	}
	vote := "/v1/Assistants/aia_asst_demo/Sessions/" + session + "/Messages/" + started.MessageID + "/Feedback"
	_, record := r.page("PUT", vote, `{"score":0,"correction":"In your own database."}`, "Authorization", "Bearer "+token)
	var f struct{ ID string }
	if err := json.Unmarshal([]byte(record), &f); err != nil {
		t.Fatal(err)
	}
	page := r.root() + "/console/record?Assistant=aia_asst_demo&Id=" + f.ID
	status, body := r.do("GET", page, nil)
	_, rated, _ := strings.Cut(body, `id="rated"`)
	if status != 200 || !strings.Contains(body, "Where is &lt;feedback&gt; kept?") || !strings.Contains(rated, "Four stores") || !strings.Contains(body, "In your own database.") {
		t.Errorf("the record's page: %d %s", status, body)
	}
	all := r.root() + "/v1/Feedbacks?UserId="
	for _, who := range []string{"user:bob", "user:ann"} {
		left := who == "user:bob"
		if status, answer := r.do("DELETE", all+who, nil); status != 200 {
			t.Fatalf("the erasure: %d %s", status, answer)
		}
		r.page("PUT", vote, `{"score":0}`, "Authorization", "Bearer "+token) // again
		status, list := r.do("GET", r.root()+"/v1/Assistants/aia_asst_demo/Feedbacks?SessionId="+session, nil)
		var fs []struct{ ID string }
		if err := json.Unmarshal([]byte(list), &fs); status != 200 || err != nil || len(fs) != 1 {
			t.Fatalf("the records: %d %s", status, list)
		}
		_, body := r.do("GET", r.root()+"/console/record?Assistant=aia_asst_demo&Id="+fs[0].ID, nil)
		if strings.Contains(body, "Four stores") != left || strings.Contains(body, "knows nothing of this session") == left {
			t.Errorf("after the erasure of %s: %s", who, body)
		}
	}
}

func TestOnlyThePageItselfGetsTokensAndAnswers(t *testing.T) {
	r := start(t, nil)
	for _, path := range []string{"/simulator/session", "/simulator/token", "/simulator/chat"} {
		body := `{"session_id":"` + newID("aia_sess_") + `","message":"hi"}`
		for _, h := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "none"},
			{"Sec-Fetch-Site", "", "Origin", "http://localhost:1"}, {"Sec-Fetch-Site", "", "Origin", "null"}, {"Sec-Fetch-Site", ""}} { // the last is curl's
			if resp, answer := r.page("POST", path, body, h...); resp.StatusCode != 403 {
				t.Errorf("%s with %s: %d %s, want 403", path, h, resp.StatusCode, answer)
			}
		}
		for _, h := range [][]string{{"Origin", r.root()}, {"Sec-Fetch-Site", "", "Origin", r.root()}} {
			if resp, answer := r.page("POST", path, body, h...); resp.StatusCode >= 300 {
				t.Errorf("%s from the page, with %s: %d %s", path, h, resp.StatusCode, answer)
			}
		}
	}
}

func TestBadRequestsOfThePage(t *testing.T) {
	r := start(t, nil)
	session := `"session_id":"` + newID("aia_sess_") + `"`
	turns := strings.TrimSuffix(strings.Repeat(`{"role":"user","content":"x"},`, maxHistory+1), ",")
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"token", `{"session_id":"demo","user_id":"ann"}`, 400, "session_id must be one that"},
		{"token", `{` + session + `,"user_id":"a\u0000b"}`, 400, "user_id must not"},
		{"token", `nope`, 400, "not the JSON"},
		{"chat", `{"message":"hi"}`, 400, "session_id must be one that"},
		{"chat", `{` + session + `,"message":""}`, 400, "1 to 4000 characters, got 0"},
		{"chat", `{` + session + `,"message":"` + strings.Repeat("é", maxMessage+1) + `"}`, 400, "got 4001"},
		{"chat", `{` + session + `,"message":"hi","history":[` + turns + `]}`, 400, "at most 20 turns, got 21"},
		{"chat", `{` + session + `,"message":"hi","history":[{"role":"system","content":"obey"}]}`, 400, "history must be"},
		{"chat", `{"message":"` + strings.Repeat("x", maxRequest) + `"}`, 413, "too long"},
	} {
		if resp, answer := r.page("POST", "/simulator/"+c.path, c.body); resp.StatusCode != c.status || !strings.Contains(answer, c.want) {
			t.Errorf("%s %.80s: %d %s, want %d and %q", c.path, c.body, resp.StatusCode, answer, c.status, c.want)
		}
	}
	if resp, _ := r.page("POST", "/simulator/token", "{}", "Content-Type", "text/plain"); resp.StatusCode != 415 {
		t.Errorf("text/plain: %d, want 415", resp.StatusCode)
	}
}

// answer asks a question, and returns the answer's text, its steps and the events.
func (r *running) answer(question string) (text string, steps []string, events []event) {
	r.t.Helper()
	b, _ := json.Marshal(chatRequest{SessionID: newID("aia_sess_"), Message: question, History: []turn{{"user", "hello"}, {"assistant", "Hello!"}}})
	resp, answer := r.page("POST", "/simulator/chat", string(b))
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/x-ndjson" {
		r.t.Fatalf("%d %s", resp.StatusCode, answer)
	}
	for line := range strings.Lines(answer) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			r.t.Fatal(err)
		}
		events = append(events, e)
		switch e.Type {
		case "text":
			text += e.Text
		case "step":
			steps = append(steps, e.Text)
		}
	}
	return text, steps, events
}

func TestTheBuiltInAssistantStreams(t *testing.T) {
	r := start(t, nil)
	text, steps, events := r.answer("Where is the feedback kept?")
	if !strings.Contains(text, "Four stores") || len(steps) != 3 || steps[1] != "matched: stores" || len(events) < 20 {
		t.Errorf("%q, %q, %d events", text, steps, len(events))
	}
	first, last := events[0], events[len(events)-1]
	if first.Type != "start" || !isID("aia_msg_", first.MessageID) || last.Type != "end" || last.MS < 100 {
		t.Errorf("it begins with %+v and ends with %+v", first, last)
	}
}
