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

// openPostgres connects to PostgreSQL and updates its tables.
func openPostgres(ctx context.Context, config *pgxpool.Config, log *slog.Logger) (store.Store, func(), error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	err = patiently(ctx, log, "PostgreSQL", func(ctx context.Context) (wait bool, err error) {
		err = postgres.Migrate(ctx, pool, nil)
		pg, answered := errors.AsType[*pgconn.PgError](err)
		starting := answered && (pg.Code == "57P03" || pg.Code == "53300") // starting up; too many connections
		return !answered && !errors.Is(err, postgres.ErrNewerSchema) || starting, err
	})
	if err != nil {
		pool.Close()
		return nil, nil, err
	}
	return postgres.New(pool, nil), pool.Close, nil
}
