package faults

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A leaky store mixes up scopes: each function takes a scope for another, nil
// none.
type leaky struct {
	store.Store
	get, list, summarize, erase, put func(store.Scope) store.Scope
	mu                               sync.Mutex
	idempotent                       map[string]store.Feedback // by key alone; nil if keys are a scope's own
}

func (l *leaky) Get(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
	f, err := l.Store.Get(ctx, s, r)
	if l.get != nil && errors.Is(err, store.ErrNotFound) {
		return l.Store.Get(ctx, l.get(s), r)
	}
	return f, err
}

func (l *leaky) List(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
	page, err := l.Store.List(ctx, s, q)
	if l.list != nil && err == nil && len(page.Feedbacks) == 0 {
		return l.Store.List(ctx, l.list(s), q)
	}
	return page, err
}

func (l *leaky) Summarize(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
	sum, err := l.Store.Summarize(ctx, s, q)
	if l.summarize != nil && err == nil {
		if other, err := l.Store.Summarize(ctx, l.summarize(s), q); err == nil {
			sum.Count += other.Count
		}
	}
	return sum, err
}

func (l *leaky) Erase(ctx context.Context, s store.Scope, f store.Filter) (int64, error) {
	if l.erase != nil {
		l.Store.Erase(ctx, l.erase(s), f)
	}
	return l.Store.Erase(ctx, s, f)
}

func (l *leaky) Put(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
	if l.put != nil {
		other := f
		other.Scope = l.put(f.Scope)
		if _, err := l.Store.Get(ctx, other.Scope, store.Ref{Key: f.Key}); err == nil {
			l.Store.Put(ctx, other)
		}
	}
	return l.Store.Put(ctx, f)
}

func (l *leaky) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	if l.idempotent == nil || f.Key == "" || f.IsVote() {
		return l.Store.Create(ctx, f)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if first, ok := l.idempotent[f.Key]; ok && first.SessionID == f.SessionID {
		return first, nil
	}
	l.idempotent[f.Key] = f
	return l.Store.Create(ctx, f)
}

func TestStrangersSeePlantedBugs(t *testing.T) {
	ofAccount := func(s store.Scope) store.Scope { return store.Scope{Account: s.Account, Assistant: "y"} }
	ofAssistant := func(s store.Scope) store.Scope { return store.Scope{Account: "ACworld1", Assistant: s.Assistant} }
	for name, st := range map[string]*leaky{
		"no bug":                               {},
		"get is of any account":                {get: ofAssistant},
		"get is of any assistant":              {get: ofAccount},
		"an empty list is another account's":   {list: ofAssistant},
		"an empty list is another assistant's": {list: ofAccount},
		"a summary counts another account":     {summarize: ofAssistant},
		"a summary counts another assistant":   {summarize: ofAccount},
		"an erasure reaches another account":   {erase: ofAssistant},
		"a vote changes another assistant's":   {put: ofAccount},
		"idempotency keys are everyone's":      {idempotent: map[string]store.Feedback{}},
	} {
		t.Run(name, func(t *testing.T) {
			st.Store = memory.New()
			r, _ := sendStrangers(t, st, 1, 2000)
			if (r.Wrong > 0) != (name != "no bug") {
				t.Errorf("%+v", r)
			}
			t.Logf("%d wrong", r.Wrong)
		})
	}
}
