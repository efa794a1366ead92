package handler_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A failingStore fails every call.
type failingStore struct {
	store.Store
	fail func() error
}

func (s failingStore) Create(context.Context, store.Feedback) (store.Feedback, error) {
	return store.Feedback{}, s.fail()
}

func (s failingStore) Get(context.Context, store.Scope, store.Ref) (store.Feedback, error) {
	return store.Feedback{}, s.fail()
}

func (s failingStore) Delete(context.Context, store.Scope, store.Ref) (store.Feedback, error) {
	return store.Feedback{}, s.fail()
}

func (s failingStore) Put(context.Context, store.Feedback) (store.Feedback, *store.Feedback, error) {
	return store.Feedback{}, nil, s.fail()
}

func (s failingStore) Summarize(context.Context, store.Scope, store.SummaryQuery) (store.Summary, error) {
	return store.Summary{}, s.fail()
}

func (s failingStore) Erase(context.Context, store.Scope, store.Filter) (int64, error) {
	return 7, s.fail()
}

func (s failingStore) List(context.Context, store.Scope, store.Query) (store.Page, error) {
	return store.Page{}, s.fail()
}

func (s failingStore) Scopes(context.Context, store.Scope, int) ([]store.Scope, error) {
	return nil, s.fail()
}

func TestErrorsOfTheStore(t *testing.T) {
	const secret = "dial tcp 10.1.2.3: password hunter2"
	for _, c := range []struct {
		name   string
		fail   func() error
		status int
		code   float64
		logged bool
	}{
		{"unavailable", func() error { return fmt.Errorf("%s: %w", secret, store.ErrUnavailable) }, 503, 20503, true},
		{"too late", func() error { return fmt.Errorf("%s: %w", secret, context.DeadlineExceeded) }, 503, 20503, true},
		{"of a newer version", func() error { return fmt.Errorf("%s: %w", secret, store.ErrNewerVersion) }, 503, 20503, true},
		{"unknown", func() error { return errors.New(secret) }, 500, 20500, true},
		{"panic", func() error { panic(secret) }, 500, 20500, true},
		{"panic of an error", func() error { panic(errors.New(secret)) }, 500, 20500, true},
		{"invalid", func() error { return fmt.Errorf("%s: %w", secret, store.ErrInvalid) }, 400, 20001, false},
		{"invalid field", func() error { return fmt.Errorf("wrapped: %w", &store.FieldError{Field: "text", Rule: "is odd"}) }, 400, 20001, false},
		{"not found", func() error { return fmt.Errorf("%s: %w", secret, store.ErrNotFound) }, 404, 20404, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			opts := quiet()
			opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
			a := serve(t, handler.New(failingStore{fail: c.fail}, opts))
			for _, call := range [][3]string{
				{"POST", feedbacks, `{"session_id":"s","score":1,"text":"top secret"}`}, {"GET", feedbacks, ""}, {"GET", feedbacks + "?PageSize=5", ""},
				{"GET", feedbacks + "/" + store.NewID(noon), ""}, {"DELETE", feedbacks + "/" + store.NewID(noon), ""},
				{"PUT", onMessage, `{"score":1,"text":"top secret"}`}, {"GET", onMessage, ""}, {"DELETE", onMessage, ""},
				{"GET", feedbacks + "/Summary", ""}, {"DELETE", feedbacks + "?UserId=ann", ""}, {"GET", ofPerson + "?UserId=ann", ""}, {"GET", ofPerson + "?UserId=ann&Format=csv", ""}, {"DELETE", ofPerson + "?UserId=ann", ""},
			} {
				log.Reset()
				ans := a.do(call[0], call[1], call[2])
				a.fails(ans, c.status, c.code, "")
				if strings.Contains(ans.body, "hunter2") || strings.Contains(ans.body, "newer") {
					t.Errorf("the cause went to the client: %s", ans.body)
				}
				if got := strings.Contains(log.String(), "hunter2"); got != c.logged {
					t.Errorf("the cause is in the log: %v, want %v: %s", got, c.logged, log.String())
				}
				if strings.Contains(log.String(), "top secret") || strings.Contains(log.String(), tokenA) {
					t.Errorf("the log has a text or credential: %s", log.String())
				}
				if got := ans.header.Get("Retry-After"); (got != "") != (c.status == 503) {
					t.Errorf("Retry-After %q with %d", got, c.status)
				}
			}
		})
	}
}

func TestAFieldErrorOfTheStoreReachesTheClient(t *testing.T) {
	a := serve(t, handler.New(failingStore{fail: func() error { return &store.FieldError{Field: "text", Rule: "is odd"} }}, quiet()))
	a.fails(a.post(`{"session_id":"s","score":1}`), 400, 20001, "text is odd")
}

func TestAnErasureThatBreaksOffCanBeRepeated(t *testing.T) {
	var log bytes.Buffer
	opts := quiet()
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	st := &halfErasingStore{Store: memory.New()}
	fill(t, st, 10)
	a := serve(t, handler.New(st, opts))
	a.fails(a.do("DELETE", feedbacks+"?SessionId=demo", ""), 503, 20503, "please retry")
	if got := decode[[]idOnly](t, a.do("GET", feedbacks, "").body); len(got) != 5 || !strings.Contains(log.String(), "broke off after 5 records") {
		t.Errorf("%d records are left, want 5; the log is %s", len(got), &log)
	}
	if ans := a.do("DELETE", feedbacks+"?SessionId=demo", ""); ans.status != 200 || ans.body != `{"deleted":5}` {
		t.Errorf("again: %d %s, want the other 5", ans.status, ans.body)
	}
}

// A halfErasingStore fails after half of its first erasure.
type halfErasingStore struct {
	store.Store
	failed bool
}

func (s *halfErasingStore) Erase(ctx context.Context, scope store.Scope, f store.Filter) (int64, error) {
	if s.failed {
		return s.Store.Erase(ctx, scope, f)
	}
	s.failed = true
	f.CreatedBefore = noon.Add(5 * time.Second)
	n, err := s.Store.Erase(ctx, scope, f)
	return n, cmp.Or(err, fmt.Errorf("after a chunk: %w", store.ErrUnavailable))
}

func TestAnErasureEndsWithItsClient(t *testing.T) {
	st := memory.New()
	fill(t, st, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "DELETE", feedbacks+"?SessionId=demo", nil)
	r.SetBasicAuth(accountA, tokenA)
	ask(t, handler.New(st, quiet()), r, 503)
	if got := decode[[]idOnly](t, serve(t, handler.New(st, quiet())).do("GET", feedbacks, "").body); len(got) != 3 {
		t.Errorf("%d records are left, want all 3", len(got))
	}
}

func TestNewRefusesWhatMakesNoSense(t *testing.T) {
	for name, make := range map[string]func(){
		"nil store":               func() { handler.New(nil, nil) },
		"nil store in Middleware": func() { handler.Middleware(nil, nil) },
		"score":                   func() { handler.New(memory.New(), &handler.Options{DefaultScore: new(1.5)}) },
		"base url":                func() { handler.New(memory.New(), &handler.Options{BaseURL: "example.com"}) },
		"nil lookup":              func() { handler.BasicAuth(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			make()
		}()
	}
	if h := handler.New(memory.New(), nil); h == nil {
		t.Error("nil options do not work")
	}
}

func TestOnChange(t *testing.T) {
	type change struct{ before, after *store.Feedback }
	var changes []change
	st := memory.New()
	opts := quiet()
	opts.OnChange = func(ctx context.Context, before, after *store.Feedback) {
		if after != nil { // what was acknowledged is there, and outlives the request
			if _, err := st.Get(ctx, after.Scope, store.Ref{ID: after.ID}); err != nil {
				t.Errorf("in OnChange: %v", err)
			}
		}
		changes = append(changes, change{before, after})
		panic("a bug in the hook")
	}
	a := serve(t, handler.New(st, opts))
	f := a.created(`{"session_id":"s","message_id":"m","user_id":"u","score":0.25,"text":"slow","tags":["a","b"]}`)
	a.post(`{"session_id":"s","score":2}`)
	a.do("GET", feedbacks, "")
	if ans := a.do("DELETE", feedbacks+"/"+f["id"].(string), ""); ans.status != 204 {
		t.Errorf("DELETE: %d, want 204", ans.status)
	}
	a.do("DELETE", feedbacks+"/"+f["id"].(string), "")
	if len(changes) != 2 {
		t.Fatalf("%d changes, want 2", len(changes))
	}
	if c := changes[0]; c.before != nil || c.after == nil || c.after.ID != f["id"] || c.after.Score != 0.25 {
		t.Errorf("the first change is %+v", c)
	}
	if c := changes[1]; c.after != nil || c.before == nil || !c.before.Equal(*changes[0].after) {
		t.Errorf("the second change is %+v, want all of the record before and nothing after", c)
	}
	if b := changes[1].before; b.Text != "slow" || b.MessageID != "m" || b.UserID != "u" || fmt.Sprint(b.Tags) != "[a b]" {
		t.Errorf("the second change's record is %+v", b)
	}
}

// A host may change it in another goroutine, while the answer is made: of a map that
// is the end of the process.
func TestWhatOnChangeGetsIsItsOwn(t *testing.T) {
	opts := quiet()
	opts.OnChange = func(_ context.Context, _, after *store.Feedback) {
		after.Text, after.Tags[0], after.Metadata["model"] = "mine", "mine", "mine"
	}
	a := serve(t, handler.New(memory.New(), opts))
	const body = `{"session_id":"demo","score":1,"text":"theirs","tags":["theirs"],"metadata":{"model":"theirs"}}`
	for _, ans := range []answer{a.post(body), a.do("PUT", onMessage, body), a.do("PUT", onMessage, body)} {
		if strings.Contains(ans.body, "mine") || strings.Count(ans.body, "theirs") != 3 {
			t.Errorf("%d %s", ans.status, ans.body)
		}
	}
}

// Whether the write of a client that leaves happens is open; what happened is told.
func TestOnChangeOutlivesItsClient(t *testing.T) {
	st := memory.New()
	ctx, cancel := context.WithCancel(t.Context())
	told := false
	opts := quiet()
	opts.OnChange = func(ctx context.Context, _, _ *store.Feedback) {
		told = true
		cancel()
		if ctx.Err() != nil {
			t.Error("OnChange's context ends with the request")
		}
	}
	r := httptest.NewRequestWithContext(ctx, "POST", feedbacks, strings.NewReader(`{"session_id":"s","score":1}`))
	r.SetBasicAuth(accountA, tokenA)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.New(st, opts).ServeHTTP(w, r)
	if w.Code != http.StatusCreated || !told {
		t.Errorf("%d %s, OnChange called: %v, want 201 and true", w.Code, w.Body, told)
	}
}

func TestADeadlineIsLoggedAndAClientThatLeftIsNot(t *testing.T) {
	expired, cancel := context.WithTimeout(t.Context(), -1) // a host's middleware
	defer cancel()
	left, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		logged bool
	}{"deadline": {expired, true}, "left": {left, false}} {
		for _, path := range []string{feedbacks, feedbacks + "?PageSize=5", feedbacks + "/" + store.NewID(noon)} {
			var log bytes.Buffer
			opts := quiet()
			opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
			r := httptest.NewRequestWithContext(c.ctx, "GET", path, nil)
			r.SetBasicAuth(accountA, tokenA)
			ask(t, handler.New(memory.New(), opts), r, 503)
			if got := strings.Contains(log.String(), "context deadline exceeded"); got != c.logged || !c.logged && log.Len() > 0 {
				t.Errorf("%s, GET %s: the log is %q, want the cause there: %v", name, path, log.String(), c.logged)
			}
		}
	}
}
