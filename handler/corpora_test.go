package handler_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/corpora"
)

func TestMalformedBodies(t *testing.T) {
	a := newAPI(t)
	refused := 0
	for name, body := range corpora.Malformed(t) {
		positions := []string{body, `{"session_id":"s","score":` + body + `}`, `{"session_id":` + body + `,"score":1}`, `{"session_id":"s","score":1,"tags":` + body + `}`}
		for _, whole := range positions {
			ans := a.do("POST", feedbacks, whole, "Content-Type", "application/json")
			switch {
			case ans.status == 201:
				if strings.HasPrefix(name, "n_") {
					t.Errorf("%s was accepted: %.100q", name, whole)
				}
				continue
			case ans.status != 400 && (ans.status != 413 || len(whole) <= 256<<10):
				t.Errorf("%s: %d %s, want 400, or 413 if it is too large", name, ans.status, ans.body)
			}
			refused++
		}
	}
	t.Logf("%d bodies were refused", refused)
}

func TestNaughtyStrings(t *testing.T) {
	a := newAPI(t)
	for i, s := range corpora.Naughty(t) {
		quoted, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"session_id", "message_id", "user_id", "text", "tags"} {
			body := map[string]any{"session_id": "s", "score": 1, field: json.RawMessage(quoted)}
			if field == "tags" {
				body[field] = []json.RawMessage{quoted}
			}
			b, _ := json.Marshal(body)
			ans := a.post(string(b))
			if ans.status == 400 {
				continue
			}
			f := decode[map[string]any](t, ans.body)
			got := f[field]
			if field == "tags" {
				got = f[field].([]any)[0]
			}
			if want := strings.ToValidUTF8(s, "\ufffd"); ans.status != 201 || got != want {
				t.Errorf("%s %q: %d, came back as %q", field, s, ans.status, got)
			}
		}
		escaped := url.PathEscape(s)
		path := "/v1/Assistants/" + strings.ReplaceAll(escaped, ".", "%2E") + "/Feedbacks"
		ans := a.do("POST", path, fmt.Sprintf(`{"session_id":"n%d","score":1}`, i))
		switch ans.status {
		case 404:
		case 201:
			if got := decode[map[string]any](t, ans.body)["assistant_id"]; got != s {
				t.Errorf("assistant %q came back as %q", s, got)
			}
			if got := a.do("GET", path+fmt.Sprintf("?SessionId=n%d", i), ""); got.body != "["+ans.body+"]" {
				t.Errorf("assistant %q: the list is %s", s, got.body)
			}
		default:
			t.Errorf("assistant %q: %d %s, want 201 or 404", s, ans.status, ans.body)
		}
		if ans := a.do("GET", feedbacks+"/"+escaped, ""); ans.status != 404 && s != "." && s != ".." && s != "Summary" {
			t.Errorf("id %q: %d %s, want 404", s, ans.status, ans.body)
		}
		for _, name := range []string{"SessionId", "MessageId", "UserId", "Tag"} {
			ans := a.do("GET", feedbacks+"?"+name+"="+url.QueryEscape(s), "")
			if ans.status != 200 && ans.status != 400 {
				t.Errorf("%s %q: %d %s, want 200 or 400", name, s, ans.status, ans.body)
			}
		}
		for _, name := range []string{"MinScore", "HasText", "DateCreatedAfter", "Order", "PageToken", "PageSize", s} {
			ans := a.do("GET", feedbacks+"?"+url.QueryEscape(name)+"="+url.QueryEscape(s), "")
			if ans.status != 400 && ans.status != 200 {
				t.Errorf("%s %q: %d %s, want 400", name, s, ans.status, ans.body)
			}
		}
		if ans := a.as(s, s).do("GET", feedbacks, ""); ans.status != 401 {
			t.Errorf("credentials %q: %d, want 401", s, ans.status)
		}
	}
}
