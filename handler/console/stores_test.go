package console_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A counting store counts what is asked of it.
type counting struct {
	store.Store
	lists, summaries, scopes atomic.Int64
	most                     int // records asked for at once
	scans                    atomic.Int64
}

func (s *counting) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	s.lists.Add(1)
	s.most = max(s.most, q.Limit)
	return s.Store.List(ctx, scope, q)
}

func (s *counting) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	s.summaries.Add(1)
	if !q.ByTimeAndTagOnly() {
		s.scans.Add(1)
	}
	return s.Store.Summarize(ctx, scope, q)
}

func (s *counting) Scopes(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
	s.scopes.Add(1)
	return s.Store.Scopes(ctx, after, limit)
}

func TestAViewAsksLittleOfTheStore(t *testing.T) {
	st, _ := memoryWith(t, 2000)
	for path, want := range map[string]string{
		"./":                                   "lists 10, summaries 0, scopes 1, scans 0", // for a thousand that wait
		at("feedback"):                         "lists 1, summaries 1, scopes 0, scans 0",
		at("feedback", "Tag", "late"):          "lists 1, summaries 1, scopes 0, scans 0",
		at("feedback", "SessionId", "session"): "lists 1, summaries 0, scopes 0, scans 0",
		at("summary"):                          "lists 1, summaries 1, scopes 0, scans 0",
		at("summary", "UserId", "user 1"):      "lists 1, summaries 1, scopes 0, scans 1",
		at("summary", "DateCreatedAfter", "2026-11-20"): "lists 0, summaries 2, scopes 0, scans 0",
		at("compare"):                   "lists 0, summaries 1, scopes 0, scans 0",
		at("compare", "Compare", "tag"): "lists 0, summaries 1, scopes 0, scans 0",
		"person?UserId=user+1":          "lists 1, summaries 0, scopes 1, scans 0",
		"person?UserId=nobody":          "lists 1, summaries 0, scopes 2, scans 0",
	} {
		c := &counting{Store: st}
		open(t, c).is(200, path)
		got := fmt.Sprintf("lists %d, summaries %d, scopes %d, scans %d", c.lists.Load(), c.summaries.Load(), c.scopes.Load(), c.scans.Load())
		if got != want || c.most > 50 && path != "./" || c.most > 100 {
			t.Errorf("%s: %s, of up to %d records; want %s", path, got, c.most, want)
		}
	}
}

// A broken store fails in one way.
type broken struct {
	store.Store
	err error
}

func (s broken) List(context.Context, store.Scope, store.Query) (store.Page, error) {
	return store.Page{}, s.err
}
func (s broken) Summarize(context.Context, store.Scope, store.SummaryQuery) (store.Summary, error) {
	return store.Summary{}, s.err
}
func (s broken) Scopes(context.Context, store.Scope, int) ([]store.Scope, error) { return nil, s.err }
func (s broken) Get(context.Context, store.Scope, store.Ref) (store.Feedback, error) {
	return store.Feedback{}, s.err
}

func TestAStoreThatFails(t *testing.T) {
	id := store.NewID(now)
	paths := []string{"./", at("feedback", "Tag", "late"), at("summary", "UserId", "u"), at("summary", "DateCreatedAfter", "2026-01-01"), at("compare", "Compare", "tag"), at("export", "Format", "csv"), at("record", "Id", id), "person?UserId=u", "person?UserId=u&Format=csv"}
	for _, passing := range []error{store.ErrUnavailable, store.ErrNewerVersion, context.DeadlineExceeded} {
		b := open(t, broken{memory.New(), fmt.Errorf("secret host: %w", passing)})
		for _, path := range paths {
			p := b.is(503, path, "out of reach")
			if p.header.Get("Retry-After") == "" || b.get(p.link("Try again")).status != 503 || strings.Contains(p.body, "secret host") || p.header.Get("Content-Disposition") != "" {
				t.Errorf("%v: %s: retry at %s: %v %s", passing, path, p.link("Try again"), p.header, p.text())
			}
		}
	}
	b := open(t, broken{memory.New(), errors.New("secret bug")})
	for _, path := range paths {
		if p := b.is(500, path, "Something went wrong"); strings.Contains(p.body, "secret bug") {
			t.Errorf("%s shows the cause", path)
		}
	}
}
