package faults

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A planted store comes between a client and its store, with a bug.
type planted struct {
	store.Store
	mu     sync.Mutex
	n      int
	cached map[string]store.Feedback // by key: what an earlier call saw
	late   sync.Map                  // by key: what is still to be repeated
	put    func(p *planted, ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error)
	get    func(p *planted, ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error)
}

func (p *planted) Put(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
	if p.put == nil {
		return p.Store.Put(ctx, f)
	}
	return p.put(p, ctx, f)
}

func (p *planted) Get(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
	if p.get == nil {
		return p.Store.Get(ctx, s, r)
	}
	return p.get(p, ctx, s, r)
}

// every reports whether it is one of n calls, and remembers f under its key for
// the next one, whose it returns.
func (p *planted) every(n int, f store.Feedback) (last store.Feedback, now bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, known := p.cached[f.Key]
	p.cached[f.Key] = f
	p.n++
	return last, known && p.n%n == 0
}

var errLostReply = errors.Join(store.ErrUnavailable, errors.New("the reply was lost"))

// The checker finds what is wrong with a store, and nothing wrong with a right
// one whose replies are lost.
func TestLinearSeesPlantedBugs(t *testing.T) {
	for name, c := range map[string]struct {
		bug   *planted
		wrong bool
	}{
		"no bug": {bug: &planted{}},
		"replies are lost": {bug: &planted{put: func(p *planted, ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			now, before, err := p.Store.Put(ctx, f)
			if _, lost := p.every(40, f); lost {
				return store.Feedback{}, nil, errLostReply
			}
			return now, before, err
		}}},
		"a stale read": {wrong: true, bug: &planted{get: func(p *planted, ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
			f, err := p.Store.Get(ctx, s, r)
			if err == nil {
				if old, stale := p.every(5, f); stale {
					return old, nil
				}
			}
			return f, err
		}}},
		"a Put that is repeated after its reply was lost": {wrong: true, bug: &planted{put: func(p *planted, ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			now, before, err := p.Store.Put(ctx, f)
			if late, repeated := p.late.LoadAndDelete(f.Key); repeated {
				p.Store.Put(ctx, late.(store.Feedback))
			} else if _, lost := p.every(20, f); lost {
				p.late.Store(f.Key, f)
				return store.Feedback{}, nil, errLostReply
			}
			return now, before, err
		}}},
		"a lost update": {wrong: true, bug: &planted{put: func(p *planted, ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			if _, lost := p.every(20, f); lost {
				if before, err := p.Store.Get(ctx, f.Scope, store.Ref{Key: f.Key}); err == nil {
					f.ID = before.ID
					return f, &before, nil
				}
			}
			return p.Store.Put(ctx, f)
		}}},
		"a Put that keeps what it should clear": {wrong: true, bug: &planted{put: func(p *planted, ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			now, before, err := p.Store.Put(ctx, f)
			if err == nil && before != nil && f.Correction == "" {
				stale := now
				stale.Metadata, stale.Correction = before.Metadata, before.Correction
				p.Store.Put(ctx, stale)
			}
			return now, before, err
		}}},
		"a wrong before": {wrong: true, bug: &planted{put: func(p *planted, ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			now, before, err := p.Store.Put(ctx, f)
			if _, wrong := p.every(20, f); wrong && before != nil {
				return now, &now, err
			}
			return now, before, err
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			c.bug.Store, c.bug.cached = memory.New(), map[string]store.Feedback{}
			all, _, _ := linearRound(t, []store.Store{c.bug}, "planted", trouble{})
			var r row
			for _, h := range all {
				h.count(&r)
				if h.check() != nil {
					r.Wrong++
				}
			}
			if (r.Wrong > 0) != c.wrong {
				t.Errorf("%d of %d histories are wrong", r.Wrong, len(all))
			}
			t.Logf("%+v", r)
		})
	}
}
