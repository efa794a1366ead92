package faults

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A flawed store has bugs: now and then it does something else.
type flawed struct {
	store.Store
	create    func(store.Feedback) (store.Feedback, error)
	put       func(store.Feedback) (store.Feedback, *store.Feedback, error)
	delete    func() (store.Feedback, error)
	list      func(*store.Page)
	summarize func(*store.Summary)
	calls     atomic.Int64
}

func (p *flawed) now() bool { return p.calls.Add(1)%20 == 0 }

func (p *flawed) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	if p.create != nil && f.SessionID != seeded && p.now() {
		return p.create(f)
	}
	return p.Store.Create(ctx, f)
}

func (p *flawed) Put(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
	if p.put != nil && p.now() {
		return p.put(f)
	}
	return p.Store.Put(ctx, f)
}

func (p *flawed) Delete(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
	if p.delete != nil && p.now() {
		return p.delete()
	}
	return p.Store.Delete(ctx, s, r)
}

func (p *flawed) List(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
	page, err := p.Store.List(ctx, s, q)
	if p.list != nil && p.now() {
		p.list(&page)
	}
	return page, err
}

func (p *flawed) Summarize(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
	sum, err := p.Store.Summarize(ctx, s, q)
	if p.summarize != nil && p.now() {
		p.summarize(&sum)
	}
	return sum, err
}

// A count of nothing lost says little, unless the clients see what is planted.
func TestClientsSeePlantedBugs(t *testing.T) {
	st := memory.New()
	for name, c := range map[string]struct {
		bug  *flawed
		seen func(row) bool
	}{
		"nothing": {&flawed{}, func(r row) bool { return r.Lost+r.Duplicated+r.Wrong == 0 }},
		"a create is forgotten": {&flawed{create: func(f store.Feedback) (store.Feedback, error) { return f, nil }},
			func(r row) bool { return r.Lost > 0 }},
		"a create is done twice": {&flawed{create: func(f store.Feedback) (store.Feedback, error) {
			twin := f
			twin.ID, twin.Key = store.NewID(time.Now()), ""
			if _, err := st.Create(t.Context(), twin); err != nil {
				return f, err
			}
			return st.Create(t.Context(), f)
		}}, func(r row) bool { return r.Duplicated > 0 }},
		"a vote is forgotten": {&flawed{put: func(f store.Feedback) (store.Feedback, *store.Feedback, error) { return f, nil, nil }},
			func(r row) bool { return r.Lost > 0 || r.Wrong > 0 }},
		"a vote keeps an old note": {&flawed{put: func(f store.Feedback) (store.Feedback, *store.Feedback, error) {
			f.Text = "old"
			return st.Put(t.Context(), f)
		}}, func(r row) bool { return r.Lost > 0 || r.Wrong > 0 }},
		"a deletion is forgotten": {&flawed{delete: func() (store.Feedback, error) { return store.Feedback{}, nil }},
			func(r row) bool { return r.Wrong > 0 }},
		"a list lacks a record": {&flawed{list: func(p *store.Page) { p.Feedbacks = p.Feedbacks[:max(len(p.Feedbacks)-1, 0)] }},
			func(r row) bool { return r.Wrong > 0 }},
		"a summary counts one more": {&flawed{summarize: func(s *store.Summary) { s.Count++ }},
			func(r row) bool { return r.Wrong > 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			st = memory.New()
			c.bug.Store = st
			base, _ := serve(t, c.bug)
			f := newFleet(t, "planted", newAPI(base), 4, 2)
			f.unbroken = true
			f.seed(st)
			f.start()
			f.more(600)
			f.stop()
			if r := f.account(c.bug); !c.seen(r) {
				t.Errorf("not seen: %+v", r)
			}
		})
	}
}
