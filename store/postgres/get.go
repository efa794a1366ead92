package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	return s.get(ctx, scope, ref)
}

func (s *Store) get(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	sql, arg := by(ref, s.sql.getID, s.sql.getKey)
	var f store.Feedback
	err := s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		f = store.Feedback{}
		rows, err := s.query(ctx, c, sql, scopeUUID(scope), arg)
		return newReader(columns).each(rows, err, func(_ what, r store.Feedback, err error) error {
			f = r
			return err
		})
	})
	if err != nil {
		return store.Feedback{}, err
	}
	if f.ID == "" {
		return store.Feedback{}, store.ErrNotFound
	}
	f.Scope = scope
	return f, nil
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	begun := time.Now()
	for {
		f, found, late, err := s.delete(ctx, scope, ref)
		switch {
		case err != nil:
			return store.Feedback{}, err
		case found:
			s.tags.forget(f)
			s.foldIfDue(ctx, begun)
			return f, nil
		case !late:
			if _, err := s.get(ctx, scope, ref); err != nil { // not found, or what a newer version wrote
				return store.Feedback{}, err
			}
		}
		wait(ctx) // it came meanwhile, or the server's clock is not what we took it for, or ctx ends
	}
}

// delete removes the record that ref names, and reports whether it did, or left it
// alone because it was too late.
func (s *Store) delete(ctx context.Context, scope store.Scope, ref store.Ref) (f store.Feedback, found, late bool, err error) {
	sql, arg := by(ref, s.sql.deleteID, s.sql.deleteKey)
	s.folds.wrote(1)
	err = s.inTime(ctx, func(ctx context.Context, c *pgx.Conn) (now time.Time, err error) {
		until := s.until(ctx, time.Time{})
		rows, err := s.query(ctx, c, sql, scopeUUID(scope), arg, until)
		err = newReader(columns).each(rows, err, func(w what, r store.Feedback, err error) error {
			if w == theTime {
				now = r.UpdatedAt
				late = !found && !now.Before(until)
				return nil
			}
			f, found = r, true
			f.Scope = scope
			return err
		})
		return now, err
	})
	return f, found, late, err
}

// by returns the statement that finds what ref names, and its argument.
func by(ref store.Ref, byID, byKey string) (sql, arg string) {
	if ref.Key != "" {
		return byKey, ref.Key
	}
	return byID, uuidOf(ref.ID)
}
