package postgres

import (
	"context"
	"errors"
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
		row := newRow()
		err := c.QueryRow(ctx, sql, scopeUUID(scope), arg).Scan(row.into...)
		if err == nil {
			f, err = row.record(scope)
		}
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.Feedback{}, store.ErrNotFound
	}
	if err != nil {
		return store.Feedback{}, err
	}
	return f, nil
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	for {
		f, found, late, err := s.delete(ctx, scope, ref)
		switch {
		case err != nil:
			return store.Feedback{}, err
		case found:
			return f, nil
		case !late:
			return store.Feedback{}, store.ErrNotFound
		}
		wait(ctx) // the server's clock is not what we took it for, or ctx ends
	}
}

// delete removes the record that ref names, and reports whether it was there, or
// was left alone because it was too late.
func (s *Store) delete(ctx context.Context, scope store.Scope, ref store.Ref) (f store.Feedback, found, late bool, err error) {
	sql, arg := by(ref, s.sql.deleteID, s.sql.deleteKey)
	err = s.inTime(ctx, func(ctx context.Context, c *pgx.Conn) (now time.Time, err error) {
		until := s.until(ctx, time.Time{})
		rows, err := c.Query(ctx, sql, scopeUUID(scope), arg, until)
		if err != nil {
			return now, err
		}
		defer rows.Close()
		row := newRow()
		for rows.Next() {
			if err := rows.Scan(row.into...); err != nil {
				return now, err
			}
			switch row.kind {
			case isNewer:
				return now, newer(store.Feedback{ID: idPrefix + row.f.ID})
			case isRecord:
				if f, err = row.record(scope); err != nil {
					return now, err
				}
				found = true
			case isClock:
				now = row.f.UpdatedAt
				late = !found && !now.Before(until)
			}
		}
		return now, rows.Err()
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
