package sqlite

import (
	"context"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// chunk is how many records one transaction erases: few enough to hold up nobody
// who writes at the same time.
var chunk = 500 // a variable for tests

// Erase implements [store.Store].
func (s *Store) Erase(ctx context.Context, scope store.Scope, f store.Filter) (int64, error) {
	if err := begin(ctx, scope.Check(), f.CheckErase()); err != nil {
		return 0, err
	}
	if err := s.refuseNewer(ctx, scope, f); err != nil {
		return 0, err
	}
	var erased int64
	for q := (store.Query{Filter: f, Ascending: true, Limit: chunk}); ; {
		var page store.Page
		err := s.write(ctx, chunk*size(store.Feedback{}), func(t *tx) (err error) {
			page, err = t.erase(scope, q)
			return err
		})
		if err != nil {
			return erased, err
		}
		erased += int64(len(page.Feedbacks))
		if page.Next == "" {
			return erased, nil
		}
		q.After = page.Next
	}
}

// refuseNewer returns an error if f selects anything that a newer version wrote.
func (s *Store) refuseNewer(ctx context.Context, scope store.Scope, f store.Filter) error {
	for q := (store.Query{Filter: f, Limit: 1}); ; {
		w, err := where(scope, q)
		if err != nil {
			return err
		}
		w.Require(sqlfilter.SQLiteNewer())
		page, err := s.list(ctx, scope, q, w)
		if err != nil || page.Next == "" {
			return err
		}
		q.After = page.Next
	}
}

// erase removes a page of records and returns it: none of it, if a newer version has
// written any since.
func (t *tx) erase(scope store.Scope, q store.Query) (store.Page, error) {
	number, err := t.scopeNumber(scope, false)
	if err != nil {
		return store.Page{}, err
	}
	w, err := where(scope, q)
	if err != nil {
		return store.Page{}, err
	}
	page, err := t.page(context.Background(), scope, q, listSQL(q, w), windowEndSQL(q, w), w.Args)
	if err != nil {
		return store.Page{}, err
	}
	for i := range page.Feedbacks {
		if err := t.remove(number, &page.Feedbacks[i]); err != nil {
			return store.Page{}, err
		}
	}
	return page, nil
}
