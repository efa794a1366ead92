package handler_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const oneBody = `{"session_id":"s","message_id":"m","user_id":"u","score":0.5,"text":"x","tags":["a","b"]}`

func TestARepeatedPostAnswersTheFirstRecord(t *testing.T) {
	var changes int
	opts := quiet()
	opts.OnChange = func(context.Context, *store.Feedback, *store.Feedback) { changes++ }
	a := serve(t, handler.New(memory.New(), opts))
	first := a.post(oneBody, "Idempotency-Key", "k")
	for _, body := range []string{oneBody, oneBody + " ", `{"tags":["a","b"],"text":"x","score":5e-1,"user_id":"u","message_id":"m","session_id":"s"}`} {
		again := a.post(body, "Idempotency-Key", "k")
		if first.status != 201 || again.status != 201 || again.body != first.body || again.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("POST answered %d %s and then %d %s, want 201 and the same", first.status, first.body, again.status, again.body)
		}
	}
	for _, body := range []string{
		`{"session_id":"t","message_id":"m","user_id":"u","score":0.5,"text":"x","tags":["a","b"]}`,
		`{"session_id":"s","message_id":"n","user_id":"u","score":0.5,"text":"x","tags":["a","b"]}`,
		`{"session_id":"s","message_id":"m","user_id":"v","score":0.5,"text":"x","tags":["a","b"]}`,
		`{"session_id":"s","message_id":"m","user_id":"u","score":0.6,"text":"x","tags":["a","b"]}`,
		`{"session_id":"s","message_id":"m","user_id":"u","score":0.5,"text":"y","tags":["a","b"]}`,
		`{"session_id":"s","message_id":"m","user_id":"u","score":0.5,"text":"x","tags":["b","a"]}`,
		`{"session_id":"s","message_id":"m","user_id":"u","score":0.5,"text":"x"}`,
		`{"session_id":"s","message_id":"m","user_id":"u","score":0.5,"text":"x","tags":["a","b"],"metadata":{"a":"b"}}`,
		`{"session_id":"s","message_id":"m","user_id":"u","score":0.5,"text":"x","tags":["a","b"],"correction":"y"}`,
	} {
		a.fails(a.post(body, "Idempotency-Key", "k"), 409, 20409, "Idempotency-Key was used with another body")
	}
	if got := a.do("GET", feedbacks, ""); got.body != "["+first.body+"]" || changes != 1 {
		t.Errorf("the list is %s after %d changes, want the first record after one", got.body, changes)
	}
	a.created(oneBody, "Idempotency-Key", "K")
	a.created(oneBody)
	a.created(oneBody)
	if got := decode[[]idOnly](t, a.do("GET", feedbacks, "").body); len(got) != 4 || changes != 4 {
		t.Errorf("%d records after %d changes, want 4: one more for another key, and for each without", len(got), changes)
	}
}

func TestADeletedRecordFreesItsIdempotencyKey(t *testing.T) {
	a := newAPI(t)
	a.created(oneBody, "Idempotency-Key", "stays")
	first := a.post(oneBody, "Idempotency-Key", "k")
	if ans := a.do("DELETE", first.header.Get("Location"), ""); ans.status != 204 {
		t.Fatalf("DELETE: %d, want 204", ans.status)
	}
	second := a.created(`{"session_id":"another","score":1}`, "Idempotency-Key", "k")
	if second["id"] == decode[idOnly](t, first.body).ID || second["session_id"] != "another" {
		t.Errorf("the record is %v, want a new one", second)
	}
}

func TestConcurrentRepeatsMakeOneRecord(t *testing.T) {
	var mu sync.Mutex
	var changes int
	opts := quiet()
	opts.OnChange = func(context.Context, *store.Feedback, *store.Feedback) {
		mu.Lock()
		defer mu.Unlock()
		changes++
	}
	h := handler.New(memory.New(), opts)
	bodies := make([]string, 50)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range bodies {
		done.Go(func() {
			r, w := keyed("k"), httptest.NewRecorder()
			start.Wait()
			h.ServeHTTP(w, r)
			bodies[i] = fmt.Sprint(w.Code, " ", w.Body)
		})
	}
	start.Done()
	done.Wait()
	for _, body := range bodies {
		if body != bodies[0] || !strings.HasPrefix(body, "201 ") {
			t.Errorf("POST answered %s and %s, want 201 and the same", bodies[0], body)
		}
	}
	got := serve(t, h).do("GET", feedbacks, "").body
	if got != "["+strings.TrimPrefix(bodies[0], "201 ")+"]" || changes != 1 {
		t.Errorf("the list is %s after %d changes, want one record", got, changes)
	}
}

// keyed returns account A's POST with Idempotency-Keys that a client of net/http
// might not send.
func keyed(keys ...string) *http.Request {
	r := httptest.NewRequest("POST", feedbacks, strings.NewReader(oneBody))
	r.SetBasicAuth(accountA, tokenA)
	r.Header.Set("Content-Type", "application/json")
	r.Header["Idempotency-Key"] = keys
	return r
}

func TestBadIdempotencyKeys(t *testing.T) {
	st := memory.New()
	h := handler.New(st, quiet())
	a := serve(t, h)
	for message, values := range map[string][]string{
		"is required":                                       {""},
		"must be at most 255 bytes, got 256":                {strings.Repeat("k", 256)},
		"must be at most 255 bytes, got 257":                {strings.Repeat("k", 257)},
		`must not contain control characters, got "a\tb"`:   {"a\tb"},
		`must not contain control characters, got "\x7f"`:   {"\x7f"},
		`must not contain control characters, got "\u0085"`: {"\u0085"},
		`must not contain control characters, got "a\r\nb"`: {"a\r\nb"},
		"must be valid UTF-8":                               {"\xff"},
		"must be given once, got 2 times":                   {"k", "k"},
		"must be given once, got 3 times":                   {"a", "b", ""},
	} {
		w := ask(t, h, keyed(values...), 400)
		a.fails(answer{w.Code, w.Header(), w.Body.String()}, 400, 20001, "Idempotency-Key "+message)
	}
	if got := a.do("GET", feedbacks, ""); got.body != "[]" {
		t.Errorf("a refused record was stored: %s", got.body)
	}
	for _, key := range []string{strings.Repeat("k", 255), "é {}|'\"", "4f0f…"} {
		first, again := a.post(oneBody, "Idempotency-Key", key), a.post(oneBody, "Idempotency-Key", key)
		if first.status != 201 || again.body != first.body {
			t.Errorf("the key %q makes no repeat: %d %s and %s", key, first.status, first.body, again.body)
		}
	}
}

func TestIdempotencyKeysAreTheCallersOwn(t *testing.T) {
	var who handler.Principal
	opts := quiet()
	opts.Authenticate = func(*http.Request) (handler.Principal, error) { return who, nil }
	a := serve(t, handler.New(memory.New(), opts))
	visitor := func(session, user string) handler.Principal {
		return handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: session, User: user, MayPost: true}}
	}
	seen := map[string]string{}
	for name, c := range map[string]struct {
		who           handler.Principal
		path, session string
	}{
		"the account":          {handler.Principal{Account: accountA}, feedbacks, "s"},
		"another account":      {handler.Principal{Account: accountB}, feedbacks, "s"},
		"another assistant":    {handler.Principal{Account: accountA}, "/v1/Assistants/aia_asst_2/Feedbacks", "s"},
		"a visitor":            {visitor("s", "ann"), feedbacks, "s"},
		"another user":         {visitor("s", "bob"), feedbacks, "s"},
		"an anonymous one":     {visitor("s", ""), feedbacks, "s"},
		"another session":      {visitor("t", "ann"), feedbacks, "t"},
		"a shifted user":       {visitor("sa", "nn"), feedbacks, "sa"},
		"an anonymous session": {visitor("sann", ""), feedbacks, "sann"},
	} {
		who = c.who
		body := fmt.Sprintf(`{"session_id":%q,"score":1}`, c.session)
		first, again := a.do("POST", c.path, body, "Idempotency-Key", "k"), a.do("POST", c.path, body, "Idempotency-Key", "k")
		if first.status != 201 || again.body != first.body {
			t.Errorf("%s: %d %s and again %s, want 201 and the same", name, first.status, first.body, again.body)
			continue
		}
		id := decode[idOnly](t, first.body).ID
		if other := seen[id]; other != "" {
			t.Errorf("%s got the record of %s", name, other)
		}
		seen[id] = name
	}
}
