// Package memory keeps feedback in the memory of one process: for unit tests and
// first runs. Everything is gone when the process ends.
//
// A record takes about 0.9 kB. Lists and the indexed filters (session, message,
// user, time, what waits) cost O(log n + page) and release the store's lock between pages,
// so that a long list never holds up writers. Summaries by time and tag cost
// O(days), times the tags in use unless they are by Tag.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/tidwall/btree"

	"github.com/humanfeedback/feedbacks/store"
)

// A Store is a [store.Store] in memory. Make it with [New]; it is safe for
// concurrent use.
type Store struct {
	mu     sync.RWMutex
	scopes btree.Map[string, *shelf] // by scopeKey
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{} }

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	if err := begin(ctx, f.Check()); err != nil {
		return store.Feedback{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shelf(f.Scope)
	if sh == nil {
		sh = newShelf(f.Scope)
		s.scopes.Set(scopeKey(f.Scope), sh)
	} else if r := sh.find(f); r != nil {
		return r.Normalize(), nil
	}
	r := f.Normalize()
	sh.add(&r)
	return r.Normalize(), nil
}

// Put implements [store.Store].
func (s *Store) Put(ctx context.Context, f store.Feedback) (now store.Feedback, before *store.Feedback, err error) {
	if err := begin(ctx, f.CheckVote()); err != nil {
		return store.Feedback{}, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shelf(f.Scope)
	if sh == nil {
		sh = newShelf(f.Scope)
		s.scopes.Set(scopeKey(f.Scope), sh)
	}
	f.Review = nil
	r := f.Normalize()
	if old := sh.get(store.Ref{Key: f.Key}); old != nil {
		copied := old.Normalize()
		before = &copied
		r = r.Reviewed(*old)
		r.ID = old.ID
		sh.remove(old)
	} else if sh.get(store.Ref{ID: f.ID}) != nil {
		return store.Feedback{}, nil, &store.FieldError{Field: "id", Rule: "is taken by another record"}
	}
	sh.add(&r)
	return r.Normalize(), before, nil
}

// Replace implements [store.Store].
func (s *Store) Replace(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
	if err := begin(ctx, store.CheckReplace(was, now)); err != nil {
		return store.Feedback{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shelf(was.Scope)
	old, r := sh.get(store.Ref{ID: was.ID}), now.Normalize()
	switch {
	case old == nil:
		return store.Feedback{}, store.ErrNotFound
	case old.Equal(r):
	case !old.Equal(was.Normalize()):
		return store.Feedback{}, store.ErrConflict
	default:
		sh.remove(old)
		sh.add(&r)
	}
	return r.Normalize(), nil
}

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.shelf(scope).get(ref)
	if r == nil {
		return store.Feedback{}, store.ErrNotFound
	}
	return r.Normalize(), nil
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shelf(scope)
	r := sh.get(ref)
	if r == nil {
		return store.Feedback{}, store.ErrNotFound
	}
	s.remove(sh, r)
	return *r, nil // no longer the store's
}

// remove takes a record off its shelf, and an empty shelf out of the store.
func (s *Store) remove(sh *shelf, r *store.Feedback) {
	sh.remove(r)
	if sh.byID.Len() == 0 {
		s.scopes.Delete(scopeKey(r.Scope))
	}
}

// Scopes implements [store.Store].
func (s *Store) Scopes(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
	if err := begin(ctx, store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var scopes []store.Scope
	from := scopeKey(after)
	s.scopes.Ascend(from, func(key string, sh *shelf) bool {
		if key > from {
			scopes = append(scopes, sh.scope)
		}
		return len(scopes) < limit
	})
	return scopes, nil
}

// shelf returns the scope's shelf, or nil when it has none.
func (s *Store) shelf(scope store.Scope) *shelf {
	sh, _ := s.scopes.Get(scopeKey(scope))
	return sh
}

// scopeKey orders scopes by account and then assistant: ids hold no NUL.
func scopeKey(s store.Scope) string { return s.Account + "\x00" + s.Assistant }

// begin is how every call starts: with a live context and valid arguments.
func begin(ctx context.Context, checks ...error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	return cmp.Or(checks...)
}
