package memory

import (
	"context"
	"maps"

	"github.com/tidwall/btree"

	"github.com/humanfeedback/feedbacks/internal/summing"
	"github.com/humanfeedback/feedbacks/store"
)

// window is how many records one call examines under the lock. A page whose
// filter selects few of them is short.
const window = 2 * store.MaxLimit

// List implements [store.Store].
func (s *Store) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if err := begin(ctx, scope.Check(), q.Check()); err != nil {
		return store.Page{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	sh := s.shelf(scope)
	if sh == nil {
		return store.Page{}, nil
	}
	page := store.Page{Feedbacks: q.Buffer[:0]}
	if room := min(q.Limit, sh.byID.Len()); cap(q.Buffer) < room {
		page.Feedbacks = make([]store.Feedback, 0, room)
	}
	conditions := q.Conditions()
	var examined int
	var last string
	sh.walk(q, func(r *store.Feedback) bool {
		if examined == window || len(page.Feedbacks) == q.Limit {
			page.Next = last // and there is more: r
			return false
		}
		examined++
		last = r.ID
		if conditions.Match(r) {
			page.Feedbacks = appendCopy(page.Feedbacks, r)
		}
		return true
	})
	return page, nil
}

// appendCopy appends a copy of the record, whose tags go where those of the
// record that it overwrites were.
func appendCopy(to []store.Feedback, r *store.Feedback) []store.Feedback {
	c := *r
	if len(r.Tags) > 0 {
		c.Tags = nil
		if len(to) < cap(to) {
			c.Tags = to[:len(to)+1][len(to)].Tags[:0]
		}
		c.Tags = append(c.Tags, r.Tags...)
	}
	c.Metadata = maps.Clone(r.Metadata)
	if r.Review != nil {
		c.Review = new(*r.Review)
	}
	return append(to, c)
}

// walk visits the records in q's span of ids, from just beyond q.After, until
// visit returns false: those of one message, session or user if q asks for one.
// The filter's other conditions are the visitor's to check.
func (sh *shelf) walk(q store.Query, visit func(*store.Feedback) bool) {
	tree, prefix := sh.tree(q.Filter)
	from, to := q.IDs()
	if to == "" {
		to = "b" // above all ids, which start with aia_fdbk_
	}
	if q.Ascending {
		if q.After >= from && q.After != "" {
			from = q.After + "\x00" // just beyond
		}
		end := prefix + to
		tree.Ascend(prefix+from, func(key string, r *store.Feedback) bool {
			return key < end && visit(r)
		})
		return
	}
	if q.After != "" {
		to = min(to, q.After)
	}
	start, end := prefix+to, prefix+from
	tree.Descend(start, func(key string, r *store.Feedback) bool {
		return key == start || key >= end && visit(r)
	})
}

// tree returns the tree that finds what f selects with the fewest steps, and
// what its keys have before the ID.
func (sh *shelf) tree(f store.Filter) (tree *btree.Map[string, *store.Feedback], prefix string) {
	switch {
	case f.MessageID != "":
		return &sh.index, indexKey(byMessage, f.MessageID, "")
	case f.SessionID != "":
		return &sh.index, indexKey(bySession, f.SessionID, "")
	case f.UserID != "":
		return &sh.index, indexKey(byUser, f.UserID, "")
	case f.Waiting != nil && *f.Waiting:
		return &sh.index, indexKey(byWaiting, "", "")
	}
	return &sh.byID, ""
}

// Summarize implements [store.Store].
func (s *Store) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	if err := begin(ctx, scope.Check(), q.Check()); err != nil {
		return store.Summary{}, err
	}
	return summing.Summarize(ctx, s, scope, q, func(b *summing.Builder) error {
		s.mu.RLock()
		defer s.mu.RUnlock()
		if sh := s.shelf(scope); sh != nil {
			sh.sum(b)
		}
		return nil
	})
}

// Erase implements [store.Store].
func (s *Store) Erase(ctx context.Context, scope store.Scope, f store.Filter) (int64, error) {
	if err := begin(ctx, scope.Check(), f.CheckErase()); err != nil {
		return 0, err
	}
	var erased int64
	for r, err := range store.All(ctx, s, scope, store.Query{Filter: f}) {
		if err != nil {
			return erased, err
		}
		if s.erase(scope, r.ID, f) {
			erased++
		}
	}
	return erased, nil
}

// erase removes a record if it is still there and still what f selects.
func (s *Store) erase(scope store.Scope, id string, f store.Filter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shelf(scope)
	r := sh.get(store.Ref{ID: id})
	if r == nil || !f.Match(*r) {
		return false
	}
	s.remove(sh, r)
	return true
}
