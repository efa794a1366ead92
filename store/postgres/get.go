package postgres

import (
	"context"
	"fmt"
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
		rows, err := s.query(ctx, c, settingsOfOne, sql, scopeUUID(scope), arg)
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
	var seen time.Time
	alone := false // whether nothing can come any more that did not see a tombstone
	for p := patience(0); ; {
		w, f, err := s.delete(ctx, scope, ref, seen)
		switch {
		case err != nil:
			return store.Feedback{}, err
		case w == aRecord:
			s.tags.forget(f)
			s.foldIfDue(ctx, begun)
			return f, nil
		case w == tooNew:
			return store.Feedback{}, fmt.Errorf("postgres: %s: %w", f.ID, store.ErrNewerVersion)
		case w != writtenSince:
			some := false
			if !alone {
				if _, some, err = s.additionsEnd(ctx); err != nil {
					return store.Feedback{}, err
				}
			}
			if alone = true; !some {
				s.foldIfDue(ctx, begun) // which removes old tombstones
				return store.Feedback{}, store.ErrNotFound
			}
			continue
		}
		seen = f.UpdatedAt // when it was written
		hear(ctx)
		if err := p.wait(ctx, s); err != nil { // or the server's clock is not what we took it for, or ctx ends
			return store.Feedback{}, err
		}
	}
}

// delete removes the record that ref names, and returns what it found: aRecord, or
// what it left alone, or nothing. What was seen by the server's clock was before now.
func (s *Store) delete(ctx context.Context, scope store.Scope, ref store.Ref, seen time.Time) (found what, f store.Feedback, err error) {
	sql, arg := by(ref, s.sql.deleteID, s.sql.deleteKey)
	s.folds.wrote(1)
	begun := time.Now()
	err = s.inTime(ctx, func(ctx context.Context, c *pgx.Conn) (now time.Time, err error) {
		found = ""
		rows, err := s.query(ctx, c, settingsOfOne, sql, scopeUUID(scope), arg, s.until(ctx, time.Time{}), s.began(begun, seen), s.clock.At(begun))
		err = newReader(columns).each(rows, err, func(w what, r store.Feedback, err error) error {
			if w == theTime {
				now = r.UpdatedAt
				return nil
			}
			found, f = w, r
			f.Scope = scope
			return err
		})
		return now, err
	})
	return found, f, err
}

// by returns the statement that finds what ref names, and its argument.
func by(ref store.Ref, byID, byKey string) (sql, arg string) {
	if ref.Key != "" {
		return byKey, ref.Key
	}
	return byID, uuidOf(ref.ID)
}
