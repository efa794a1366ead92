package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestParseRetention(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"": 0, "90d": 90 * 24 * time.Hour, "1d": 24 * time.Hour, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "106751d": 106751 * 24 * time.Hour,
	} {
		if got, err := parseRetention(s); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"0", "0d", "0s", "-1d", "-36h", "d", "90", "90 d", "1.5d", "1d12h", "90days", "106752d", "213504d", "99999999999999999999d", "9999999h", "x"} {
		if got, err := parseRetention(s); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("got %q", s)) {
			t.Errorf("%q is %v, %v; want an error that has it", s, got, err)
		}
	}
}

// create puts a record into a store, and returns its scope and id.
func create(t *testing.T, st store.Store, scope store.Scope, at time.Time) (store.Scope, store.Ref) {
	t.Helper()
	f, err := st.Create(t.Context(), store.Feedback{Scope: scope, ID: store.NewID(at), SessionID: "demo", Score: 1})
	if err != nil {
		t.Fatal(err)
	}
	return scope, store.Ref{ID: f.ID}
}

func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log output
		st := memory.New()
		now := time.Now()
		type record struct {
			scope store.Scope
			ref   store.Ref
			age   time.Duration
		}
		var records []record
		for i := range 2 * store.MaxLimit { // several pages of scopes
			scope := store.Scope{Account: fmt.Sprint(i % 7), Assistant: fmt.Sprint(i)}
			age := time.Duration(i%5-1)*time.Hour + 36*time.Hour // from 35 to 39 hours
			scope, ref := create(t, st, scope, now.Add(-age))
			records = append(records, record{scope, ref, age})
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan bool)
		go func() {
			defer close(done)
			retain(ctx, st, 36*time.Hour, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		for hour := range 3 { // the first at once
			synctest.Wait()
			for _, r := range records {
				_, err := st.Get(t.Context(), r.scope, r.ref)
				if old := r.age+time.Duration(hour)*time.Hour > 36*time.Hour; errors.Is(err, store.ErrNotFound) != old {
					t.Fatalf("hour %d: a record that was %v old at first: %v", hour, r.age, err)
				}
			}
			time.Sleep(time.Hour)
		}
		cancel()
		<-done
		var erased []string
		for _, m := range regexp.MustCompile(`msg=retention erased=(\d+)`).FindAllStringSubmatch(log.String(), -1) {
			erased = append(erased, m[1])
		}
		if got := strings.Join(erased, " "); !strings.HasPrefix(got, "1200 400 400") || strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("erased %s, want 1200 400 400: %s", got, &log)
		}
	})
}

// A brokenStore fails to erase one scope's records, the first time.
type brokenStore struct {
	store.Store
	broken string // assistant
}

func (s *brokenStore) Erase(ctx context.Context, scope store.Scope, f store.Filter) (int64, error) {
	if scope.Assistant == s.broken {
		s.broken = ""
		return 0, fmt.Errorf("a bug: %w", store.ErrUnavailable)
	}
	return s.Store.Erase(ctx, scope, f)
}

func TestRetentionGoesOnAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log output
		st := &brokenStore{memory.New(), "b"}
		for _, assistant := range []string{"a", "b", "c"} {
			create(t, st, store.Scope{Assistant: assistant}, time.Now().AddDate(0, 0, -100))
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan bool)
		go func() {
			defer close(done)
			retain(ctx, st, 24*time.Hour, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		synctest.Wait()
		if scopes, err := st.Scopes(t.Context(), store.Scope{}, 10); err != nil || len(scopes) != 1 || scopes[0].Assistant != "b" {
			t.Errorf("the scopes left are %v, %v; want b", scopes, err)
		}
		if !strings.Contains(log.String(), `level=ERROR msg="retention failed" erased=2`) || !strings.Contains(log.String(), "a bug") {
			t.Errorf("the log is %s", &log)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if scopes, err := st.Scopes(t.Context(), store.Scope{}, 10); err != nil || len(scopes) != 0 {
			t.Errorf("the scopes left are %v, %v; want none", scopes, err)
		}
		cancel()
		<-done
	})
}

func TestTheExampleRetains(t *testing.T) {
	r := start(t, nil, "-retention", "90d")
	r.await(r.stderr, regexp.MustCompile("msg=retention erased=0"))
	if status, _ := r.do("POST", r.url, strings.NewReader(`{"session_id":"s","score":1}`)); status != 201 {
		t.Errorf("POST: %d, want 201", status)
	}
	r.stop()
	if code := <-r.exited; code != 0 {
		t.Errorf("exit status %d, want 0", code)
	}
}
