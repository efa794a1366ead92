package faults

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/store"
)

// fields are those of a body that may hold any string, each with the filter that
// finds it.
var fields = []struct {
	name, filter string
	set          func(*store.Feedback, string)
}{
	{"session_id", "SessionId=", func(f *store.Feedback, s string) { f.SessionID = s }},
	{"message_id", "MessageId=", func(f *store.Feedback, s string) { f.MessageID = s }},
	{"user_id", "UserId=", func(f *store.Feedback, s string) { f.UserID = s }},
	{"text", "", func(f *store.Feedback, s string) { f.Text = s }},
	{"tags", "Tag=", func(f *store.Feedback, s string) { f.Tags = []string{s} }},
	{"metadata", "Metadata=n:", func(f *store.Feedback, s string) { f.Metadata = map[string]string{"n": s} }},
	{"correction", "", func(f *store.Feedback, s string) { f.Correction = s }},
}

// inFields calls do with a body for each field, which has s there, and whether that
// is to be taken.
func inFields(s string, do func(name, filter, body string, ok bool)) {
	quoted, _ := json.Marshal(s)
	for _, field := range fields {
		f := store.Feedback{Scope: store.Scope{Assistant: "a"}, ID: store.MinID(linearEpoch), SessionID: "s", Score: 1}
		field.set(&f, s)
		body := map[string]json.RawMessage{"session_id": json.RawMessage(`"s"`), "score": json.RawMessage("1"), field.name: quoted}
		switch field.name {
		case "tags":
			body["tags"] = json.RawMessage("[" + string(quoted) + "]")
		case "metadata":
			body["metadata"] = json.RawMessage(`{"n":` + string(quoted) + "}")
		}
		b, _ := json.Marshal(body)
		do(field.name, field.filter, string(b), f.Check() == nil && utf8.RuneCountInString(f.Text+f.Correction) <= 10_000)
	}
}

func isID(s string) bool { return store.CheckID("", s) == nil }

// either returns one of two statuses.
func either(ok bool, yes, no int) int {
	if ok {
		return yes
	}
	return no
}

// says asserts that an answer's field is s.
func (in *inputs) says(a sent, field, s string) {
	var got map[string]any
	json.Unmarshal([]byte(a.body), &got)
	value := got[field]
	if value == nil && field == "correction" { // which is absent where there is none
		value = ""
	}
	if tags, ok := value.([]any); ok && len(tags) == 1 {
		value = tags[0]
	}
	if metadata, ok := value.(map[string]any); ok && len(metadata) == 1 {
		value = metadata["n"]
	}
	if value != s {
		in.wrong(&in.r.Lost, a, fmt.Sprintf("%s %q", field, s))
	}
}

func (in *inputs) inBodies(below, s string) {
	s = strings.ToValidUTF8(s, "\ufffd") // as encoding/json writes it
	inFields(s, func(name, filter, body string, ok bool) {
		a := in.ask("POST", below+"/Feedbacks", body, nil, either(ok, 201, 400))
		if a.status != 201 {
			return
		}
		in.says(a, name, s)
		in.holds(strings.TrimPrefix(a.header.Get("Location"), in.url), a.body)
		if filter != "" && s != "" {
			in.holds(below+"/Feedbacks?"+filter+url.QueryEscape(s), a.body)
		}
	})
	quoted, _ := json.Marshal(s)
	a := in.ask("POST", below+"/FeedbackTokens", fmt.Sprintf(`{"session_id":"s","user_id":%s}`, quoted), nil, either(isID(s) || s == "", 201, 400))
	if a.status != 201 {
		return
	}
	var issued struct{ Token string }
	json.Unmarshal([]byte(a.body), &issued)
	vote := in.ask("PUT", below+"/Sessions/s/Feedback", `{"score":1}`, []string{"Authorization", "Bearer " + issued.Token}, 201)
	in.says(vote, "user_id", s)
}

func (in *inputs) inLines(below, s string) {
	s = strings.ToValidUTF8(s, "\ufffd")
	ndjson := []string{"Content-Type", "application/x-ndjson"}
	inFields(s, func(name, _, body string, ok bool) {
		body = `{"id":"x","created_at":"2026-11-22T12:00:00Z",` + body[1:]
		a := in.ask("POST", below+name+"/Feedbacks", body, ndjson, 200)
		if want := fmt.Sprintf(`{"created":%d,`, either(ok, 1, 0)); !strings.HasPrefix(a.body, want) {
			in.wrong(&in.r.Wrong, a, want)
		} else if ok {
			in.says(in.ask("GET", below+name+"/Feedbacks?Format=ndjson", "", nil, 200), name, s)
		}
	})
	in.ask("POST", below+"/Feedbacks", s, ndjson, 200)
	for _, field := range []string{"id", "assistant_id", "account_sid", "user_sid", "created_at", "date_updated", "score", "vote", s} {
		line, _ := json.Marshal(map[string]any{"session_id": "s", "score": 1, field: s})
		in.ask("POST", below+"/Feedbacks", string(line), ndjson, 200)
	}
}

func (in *inputs) inPaths(below, s string) {
	escaped := strings.ReplaceAll(url.PathEscape(s), ".", "%2E")
	a := in.ask("POST", "/v1/Assistants/"+escaped+"/Feedbacks", fmt.Sprintf(`{"session_id":%q,"score":1}`, below), nil, either(isID(s), 201, 404))
	if a.status == 201 {
		in.says(a, "assistant_id", s)
		in.holds("/v1/Assistants/"+escaped+"/Feedbacks?SessionId="+url.QueryEscape(below), a.body)
	}
	for _, path := range []string{"/Sessions/" + escaped + "/Feedback", "/Sessions/s/Messages/" + escaped + "/Feedback", "/Sessions/" + escaped + "/Messages/" + escaped + "/Feedback"} {
		vote := in.ask("PUT", below+path, `{"score":1}`, nil, either(isID(s), 201, 404))
		if vote.status == 201 {
			in.holds(below+path, vote.body)
			in.ask("DELETE", below+path, "", nil, 204)
		}
		in.ask("GET", below+path, "", nil, 404)
	}
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		in.ask(method, below+"/Feedbacks/"+escaped, "", nil, either(s == "Summary", either(method == "DELETE", 405, 200), 404))
	}
	in.ask("GET", "/"+escaped, "", nil, 404)
}

func (in *inputs) inQueries(below, s string) {
	escaped := url.QueryEscape(s)
	vote := below + "/Sessions/s/Feedback?UserId=" + escaped
	if a := in.ask("PUT", vote, `{"score":1}`, nil, either(isID(s), 201, 400)); a.status == 201 {
		in.says(a, "user_id", s)
		in.holds(vote, a.body)
		in.ask("DELETE", vote, "", nil, 204)
	}
	for _, name := range []string{"SessionId", "MessageId", "UserId", "Tag", "Text", "MinScore", "MaxScore", "HasText", "HasCorrection", "Handled", "Waiting", "Metadata", "DateCreatedAfter", "DateCreatedBefore", "Order", "PageSize", "Page", "PageToken", "Format", "Interval", escaped} {
		for _, call := range []string{"GET /Feedbacks", "HEAD /Feedbacks", "GET /Feedbacks/Summary", "DELETE /Feedbacks"} {
			method, path, _ := strings.Cut(call, " ")
			in.ask(method, below+path+"?"+name+"="+escaped, "", nil, 200, 400)
		}
	}
	in.ask("GET", below+"/Feedbacks?"+escaped, "", nil, 200, 400)
}

func (in *inputs) inHeaders(below, s string) {
	const body = `{"session_id":"s","score":1}`
	for _, credentials := range []string{s, "Basic " + s, "Bearer " + s, basic(s), basicWith(accountA, s)} {
		in.ask("GET", below+"/Feedbacks", "", []string{"Authorization", credentials}, 401)
	}
	trimmed := strings.Trim(s, " \t") // as of every header
	key := []string{"Idempotency-Key", s}
	if a := in.ask("POST", below+"/Feedbacks", body, key, either(isID(trimmed), 201, 400)); a.status == 201 {
		if again := in.ask("POST", below+"/Feedbacks", body, key, 201); again.body != a.body {
			in.wrong(&in.r.Duplicated, again, a.body)
		}
	}
	for _, name := range []string{"Accept", "Accept-Encoding", "User-Agent", "X-Forwarded-Host", "X-Forwarded-Prefix", "Origin", "Range", "If-None-Match"} {
		in.ask("GET", below+"/Feedbacks", "", []string{name, s}, 200)
	}
	for _, name := range []string{"Content-Type", "Content-Encoding"} {
		in.ask("POST", below+"/Feedbacks", body, []string{name, s}, 201, 415)
	}
}
