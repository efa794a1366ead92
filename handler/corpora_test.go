package handler_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/corpora"
)

func TestMalformedBodies(t *testing.T) {
	a := newAPI(t)
	refused := 0
	for name, body := range corpora.Malformed(t) {
		positions := []string{body, `{"session_id":"s","score":` + body + `}`, `{"session_id":` + body + `,"score":1}`, `{"session_id":"s","score":1,"tags":` + body + `}`,
			`{"session_id":"s","score":1,"metadata":` + body + `}`, `{"session_id":"s","score":1,"metadata":{"a":` + body + `}}`, `{"session_id":"s","score":1,"correction":` + body + `}`}
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

var metadataName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

func TestNaughtyStrings(t *testing.T) {
	a := newAPI(t)
	for i, s := range corpora.Naughty(t) {
		quoted, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"session_id", "message_id", "user_id", "text", "tags", "metadata", "correction"} {
			body := map[string]any{"session_id": "s", "score": 1, field: json.RawMessage(quoted)}
			if field == "tags" {
				body[field] = []json.RawMessage{quoted}
			}
			if field == "metadata" {
				body[field] = map[string]json.RawMessage{"a": quoted}
			}
			b, _ := json.Marshal(body)
			ans := a.post(string(b))
			if ans.status == 400 {
				continue
			}
			f := decode[map[string]any](t, ans.body)
			got, want := f[field], strings.ToValidUTF8(s, "\ufffd")
			if field == "tags" {
				got = f[field].([]any)[0]
			}
			if field == "metadata" {
				got = f[field].(map[string]any)["a"]
				if list := a.do("GET", feedbacks+"?Metadata="+url.QueryEscape("a:"+want), ""); !strings.Contains(list.body, f["id"].(string)) {
					t.Errorf("Metadata=a:%q selects %d %.200s", want, list.status, list.body)
				}
			}
			if ans.status != 201 || got != want && (field != "correction" || s != "") {
				t.Errorf("%s %q: %d, came back as %q", field, s, ans.status, got)
			}
		}
		name, _ := json.Marshal(map[string]string{s: "x"})
		ans := a.post(`{"session_id":"name","score":1,"metadata":` + string(name) + `}`)
		if isName := metadataName.MatchString(s); isName != (ans.status == 201) || isName && !strings.Contains(ans.body, `"metadata":`+string(name)) || !isName && ans.status != 400 {
			t.Errorf("metadata's name %q: %d %.300s", s, ans.status, ans.body)
		}
		escaped := url.PathEscape(s)
		path := "/v1/Assistants/" + strings.ReplaceAll(escaped, ".", "%2E") + "/Feedbacks"
		ans = a.do("POST", path, fmt.Sprintf(`{"session_id":"n%d","score":1}`, i))
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
		for _, name := range []string{"MinScore", "HasText", "HasCorrection", "Metadata", "DateCreatedAfter", "Order", "PageToken", "PageSize", s} {
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
