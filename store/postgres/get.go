package postgres

import (
	"context"
	"errors"

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
	return s.one(ctx, repeat, scope, ref, s.sql.getID, s.sql.getKey)
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	return s.one(ctx, giveUp, scope, ref, s.sql.deleteID, s.sql.deleteKey)
}

// one runs a statement that returns the record that ref names.
func (s *Store) one(ctx context.Context, unknown onUnknown, scope store.Scope, ref store.Ref, byID, byKey string) (store.Feedback, error) {
	sql, arg := byID, uuidOf(ref.ID)
	if ref.Key != "" {
		sql, arg = byKey, ref.Key
	}
	f := store.Feedback{Scope: scope}
	err := s.do(ctx, unknown, func(ctx context.Context, c *pgx.Conn) error {
		return scan(c.QueryRow(ctx, sql, scopeUUID(scope), arg), &f)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.Feedback{}, store.ErrNotFound
	}
	if err != nil {
		return store.Feedback{}, err
	}
	return f, nil
}
