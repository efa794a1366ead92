package handler_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestCreateAsTheGuideShows(t *testing.T) {
	opts := quiet()
	opts.Now = func() time.Time { return noon }
	a := serve(t, handler.New(memory.New(), opts))
	ans := a.post(`{"session_id":"demo", "score": 1, "text": "problem resolved" }`)
	if ans.status != 201 {
		t.Fatalf("%d %s, want 201", ans.status, ans.body)
	}
	f := decode[map[string]any](t, ans.body)
	for name, want := range map[string]any{
		"assistant_id": "aia_asst_1", "account_sid": accountA, "session_id": "demo", "message_id": "", "user_id": "",
		"score": 1.0, "text": "problem resolved",
		"created_at": "2026-11-22T12:00:00.123456Z", "updated_at": "2026-11-22T12:00:00.123456Z",
		"date_created": "2026-11-22T12:00:00Z", "date_updated": "2026-11-22T12:00:00Z",
	} {
		if f[name] != want {
			t.Errorf("%s is %v, want %v", name, f[name], want)
		}
	}
	if tags, ok := f["tags"].([]any); !ok || len(tags) != 0 {
		t.Errorf("tags is %v, want []", f["tags"])
	}
	if metadata, ok := f["metadata"].(map[string]any); !ok || len(metadata) != 0 {
		t.Errorf("metadata is %v, want {}", f["metadata"])
	}
	if len(f) != 14 { // the eleven above, tags, metadata and id
		t.Errorf("the record has %d fields, want 14: %s", len(f), ans.body)
	}
	id := f["id"].(string)
	if !regexp.MustCompile(`^aia_fdbk_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("id is %s", id)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "Vary": "Accept, User-Agent",
		"X-Content-Type-Options": "nosniff", "Location": a.url + feedbacks + "/" + id,
	} {
		if got := ans.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := a.do("GET", ans.header.Get("Location"), ""); got.status != 200 || got.body != ans.body {
		t.Errorf("GET Location: %d %s, want what POST answered", got.status, got.body)
	}
}

func TestCreateKeepsEveryField(t *testing.T) {
	a := newAPI(t).as("plain", tokenA)
	user := "US0123456789abcdefABCDEF0123456789"
	f := a.created(`{"session_id":"s/1","message_id":"m{}.","user_id":"` + user + `","score":0.1,"text":"a\"\\\n\u2028<b>é😀","tags":["slow","model:x"],"metadata":{"model":"é","a.B-9":" \n"},"correction":"b\u2028<i>\\"}`)
	for name, want := range map[string]any{"session_id": "s/1", "message_id": "m{}.", "user_id": user, "user_sid": user, "score": 0.1, "text": "a\"\\\n\u2028<b>é😀", "correction": "b\u2028<i>\\"} {
		if f[name] != want {
			t.Errorf("%s is %v, want %v", name, f[name], want)
		}
	}
	if fmt.Sprint(f["tags"]) != "[slow model:x]" || fmt.Sprint(f["metadata"]) != "map[a.B-9: \n model:é]" {
		t.Errorf("tags is %v, metadata %q", f["tags"], f["metadata"])
	}
	if f["account_sid"] != nil {
		t.Error("an account without a SID's form has an account_sid")
	}
}

func TestCreateScores(t *testing.T) {
	a := newAPI(t)
	for sent, want := range map[string]float64{
		"0": 0, "1": 1, "0.5": 0.5, "-0": 0, "-0.0e5": 0, "1.0": 1, "10e-1": 1, "0.1E1": 1, "1e-400": 0, "1e-7": 1e-7, "5e-324": 5e-324,
		"0.99999999999999999999": 1, "0.1234567890123456": 0.1234567890123456, "100000000000000000000e-20": 1,
	} {
		ans := a.post(`{"session_id":"s","score":` + sent + `}`)
		if ans.status != 201 || decode[struct{ Score float64 }](t, ans.body).Score != want || strings.Contains(ans.body, `"score":-`) {
			t.Errorf("score %s: %d %s, want %v", sent, ans.status, ans.body, want)
		}
	}
	for sent, message := range map[string]string{
		"1.5": "score must be between 0 and 1, got 1.5", "-1": "score must be between 0 and 1, got -1",
		"1e999": "score must be between 0 and 1, got 1e999", "-1e-400": "score must be between 0 and 1, got -1e-400",
		"1.0000000000000000000001": "score must be between 0 and 1, got 1.0000000000000000000001",
		`"1"`:                      "score must be a number, got a string", "true": "score must be a number, got a boolean",
		"[1]": "score must be a number, got an array", "{}": "score must be a number, got an object",
		"null": "score is required", "01": "not valid JSON", "NaN": "not valid JSON", ".5": "not valid JSON", "+1": "not valid JSON", "0x1": "not valid JSON",
	} {
		a.fails(a.post(`{"session_id":"s","score":`+sent+`}`), 400, 20001, message)
	}
}

func TestCreateRefusesByName(t *testing.T) {
	a := newAPI(t)
	long := strings.Repeat("x", 256)
	for _, c := range []struct{ body, message string }{
		{`{"score":1}`, "session_id is required"},
		{`{"session_id":null,"score":1}`, "session_id is required"},
		{`{"session_id":"","score":1}`, "session_id is required"},
		{`{"session_id":"s"}`, "score is required"},
		{`{"session_id":1,"score":1}`, "session_id must be a string, got a number"},
		{`{"session_id":"` + long + `","score":1}`, "session_id must be at most 255 bytes, got 256"},
		{`{"session_id":"a\u0000","score":1}`, "session_id must not contain control characters"},
		{`{"session_id":"s","score":1,"message_id":{}}`, "message_id must be a string, got an object"},
		{`{"session_id":"s","score":1,"message_id":"\n"}`, "message_id must not contain control characters"},
		{`{"session_id":"s","score":1,"user_id":"` + long + `"}`, "user_id must be at most 255 bytes"},
		{`{"session_id":"s","score":1,"text":true}`, "text must be a string, got a boolean"},
		{`{"session_id":"s","score":1,"text":"a\u0000b"}`, "text must not contain U+0000"},
		{`{"session_id":"s","score":1,"text":"` + strings.Repeat("é", 10_001) + `"}`, "text must be at most 10000 characters, got 10001"},
		{`{"session_id":"s","score":1,"tags":"a"}`, "tags must be an array of strings, got a string"},
		{`{"session_id":"s","score":1,"tags":[1]}`, "tags must be an array of strings, got a number"},
		{`{"session_id":"s","score":1,"tags":[null]}`, "tags must not be empty strings"},
		{`{"session_id":"s","score":1,"tags":["a","a"]}`, `tags must not repeat, got "a" twice`},
		{`{"session_id":"s","score":1,"tags":["1","2","3","4","5","6","7","8","9","10","11"]}`, "tags must be at most 10, got 11"},
		{`{"session_id":"s","score":1,"tags":["` + strings.Repeat("é", 65) + `"]}`, "tags must be at most 64 characters each, got 65"},
		{`{"session_id":"s","score":1,"rating":5}`, `"rating" is not a known field`},
		{`{"session_id":"s","score":1,"id":"aia_fdbk_x"}`, `"id" is not a known field`},
		{`{"session_id":"s","score":1,"account_sid":"AC"}`, `"account_sid" is not a known field`},
		{`{"SESSION_ID":"s","score":1}`, `"SESSION_ID" is not a known field`},
		{`{"ſession_id":"s","score":1}`, `is not a known field`},
		{`{"sessionId":"s","score":1}`, `"sessionId" is not a known field`},
		{`{"session_id":"s","session_id":"t","score":1}`, `must not have "session_id" twice`},
		{`{"session_id":"s","score":1,"score":0}`, `must not have "score" twice`},
		{"{\"session_id\":\"\xff\",\"score\":1}", "not valid JSON"},
		{`{"session_id":"\ud800","score":1}`, "not valid JSON"},
		{`null`, "must be a JSON object, got null"}, {` null `, "must be a JSON object, got null"},
		{`[]`, "must be a JSON object, got an array"}, {`"s"`, "must be a JSON object, got a string"}, {`1`, "must be a JSON object, got a number"},
		{`{"session_id":"s","score":1}{}`, "not valid JSON"}, {`{"session_id":"s","score":1} x`, "not valid JSON"},
		{`{"session_id":"s","score":1,}`, "not valid JSON"}, {`{"session_id":"s","score":1`, "not valid JSON"}, {`{'session_id':'s'}`, "not valid JSON"},
		{"\ufeff{}", "not valid JSON"}, {` `, "the body is empty"}, {`score=1&session_id=s`, "not valid JSON"},
		{strings.Repeat(`{"text":`, 20_000), ""}, {strings.Repeat(`[`, 20_000), ""},
	} {
		a.fails(a.post(c.body), 400, 20001, c.message)
	}
	a.fails(a.do("POST", feedbacks, "", "Content-Type", "application/json"), 400, 20001, "the body is empty")
	a.fails(a.do("POST", feedbacks+"?x=1", `{"session_id":"s","score":1}`), 400, 20001, `"x" is not a parameter`)
	if ans := a.do("GET", feedbacks, ""); ans.body != "[]" {
		t.Errorf("a refused record was stored: %s", ans.body)
	}
}

func TestCreateTakesNullForAbsent(t *testing.T) {
	f := newAPI(t).created(`{"session_id":"s","message_id":null,"user_id":null,"score":1,"text":null,"tags":null,"metadata":null,"correction":null}`)
	if f["message_id"] != "" || f["user_id"] != "" || f["text"] != "" || fmt.Sprint(f["tags"]) != "[]" || fmt.Sprint(f["metadata"]) != "map[]" || f["correction"] != nil {
		t.Errorf("the record is %v", f)
	}
}

func TestContentType(t *testing.T) {
	a := newAPI(t)
	body := `{"session_id":"s","score":1}`
	for _, ct := range []string{"application/json", "application/json; charset=utf-8", `Application/JSON;charset="UTF-8"`, "application/json;charset=utf8"} {
		if ans := a.post(body, "Content-Type", ct); ans.status != 201 {
			t.Errorf("Content-Type %q: %d, want 201", ct, ans.status)
		}
	}
	for _, ct := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp",
		"application/problem+json", "application/json; charset=latin1", "application/json; charset=utf16", "application/json;", "text/plain, application/json"} {
		if ct == "application/json;" {
			continue // some parsers' way of no parameters: either answer is right
		}
		a.fails(a.post(body, "Content-Type", ct), 415, 20001, "Content-Type must be application/json")
	}
	a.fails(a.post(body, "Content-Encoding", "gzip"), 415, 20001, "Content-Encoding")
}

func TestBodyLimit(t *testing.T) {
	opts := quiet()
	opts.MaxBody, opts.MaxText = 1000, 100_000
	a := serve(t, handler.New(memory.New(), opts))
	fit := `{"session_id":"s","score":1,"text":"` + strings.Repeat("x", 962) + `"}`
	if len(fit) != 1000 {
		t.Fatalf("the body has %d bytes", len(fit))
	}
	a.created(fit)
	a.fails(a.post(fit+" "), 413, 20413, "the body must be at most 1000 bytes")
	a.fails(a.post(strings.Repeat("[", 5000)), 413, 20413, "the body must be at most 1000 bytes")

	opts.MaxBody, opts.MaxText = 0, 1_000_000 // the default
	a = serve(t, handler.New(memory.New(), opts))
	fit = `{"session_id":"s","score":1,"text":"` + strings.Repeat("x", 262_144-38) + `"}`
	if len(fit) != 262_144 {
		t.Fatalf("the body has %d bytes", len(fit))
	}
	a.created(fit)
	a.fails(a.post(fit+" "), 413, 20413, "the body must be at most 262144 bytes")
}

func TestTextLimit(t *testing.T) {
	opts := quiet()
	opts.MaxText = 3
	a := serve(t, handler.New(memory.New(), opts))
	a.created(`{"session_id":"s","score":1,"text":"é😀x"}`)
	a.created(`{"session_id":"s","score":1,"correction":"é😀x"}`)
	for _, field := range []string{"text", "correction"} {
		body := `{"session_id":"s","score":1,"` + field + `":"abcd"}`
		a.fails(a.post(body), 400, 20001, field+" must be at most 3 characters, got 4")
		a.fails(a.do("PUT", onMessage, body[:1]+body[len(`{"session_id":"s",`):]), 400, 20001, field+" must be at most 3 characters, got 4")
	}
}

func TestDefaultScore(t *testing.T) {
	opts := quiet()
	opts.DefaultScore = new(0.75)
	a := serve(t, handler.New(memory.New(), opts))
	for body, want := range map[string]float64{`{"session_id":"s"}`: 0.75, `{"session_id":"s","score":null}`: 0.75, `{"session_id":"s","score":0}`: 0} {
		if f := a.created(body); f["score"] != want {
			t.Errorf("%s: score %v, want %v", body, f["score"], want)
		}
	}
}
