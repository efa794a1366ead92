package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// openPostgres connects to PostgreSQL, and updates its tables or sees that they are
// there.
func openPostgres(ctx context.Context, config *pgxpool.Config, log *slog.Logger, migrate bool) (store.Store, func(), error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	st := postgres.New(pool, nil)
	err = patiently(ctx, log, "PostgreSQL", func(ctx context.Context) (wait bool, err error) {
		if !migrate {
			_, err := st.Scopes(ctx, store.Scope{}, 1)
			return errors.Is(err, store.ErrUnavailable), err
		}
		err = postgres.Migrate(ctx, pool, nil)
		pg, answered := errors.AsType[*pgconn.PgError](err)
		starting := answered && (pg.Code == "57P03" || pg.Code == "53300") // starting up; too many connections
		return !answered && !errors.Is(err, postgres.ErrNewerSchema) || starting, err
	})
	if err != nil {
		pool.Close()
		return nil, nil, err
	}
	return st, pool.Close, nil
}
