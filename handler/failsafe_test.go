package handler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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

func (s failingStore) List(context.Context, store.Scope, store.Query) (store.Page, error) {
	return store.Page{}, s.fail()
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
			} {
				log.Reset()
				ans := a.do(call[0], call[1], call[2])
				a.fails(ans, c.status, c.code, "")
				if strings.Contains(ans.body, "hunter2") {
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
	f := a.created(`{"session_id":"s","score":0.25}`)
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
	if c := changes[1]; c.after != nil || c.before == nil || c.before.ID != f["id"] {
		t.Errorf("the second change is %+v", c)
	}
}

func TestAWriteOutlivesItsClient(t *testing.T) {
	st := memory.New()
	ctx, cancel := context.WithCancel(t.Context())
	opts := quiet()
	opts.OnChange = func(ctx context.Context, _, _ *store.Feedback) {
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
	if w.Code != http.StatusCreated {
		t.Errorf("%d %s, want 201", w.Code, w.Body)
	}
}
