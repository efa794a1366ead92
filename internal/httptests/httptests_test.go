package httptests_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/httptests"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// The handler's own tests run these on store/memory.
func TestHTTPOnPostgres(t *testing.T) {
	httptests.Run(t, func(tb testing.TB) store.Store { return onPostgres(tb, migrated(tb)) })
}

func TestAbortedOnPostgres(t *testing.T) {
	url := migrated(t)
	httptests.RunAborted(t, onPostgres(t, url), onPostgres(t, url))
}

// migrated returns the URL of an empty database with the tables.
func migrated(tb testing.TB) string { return testserver.Postgres(tb, "migrated", migrate) }

func migrate(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return postgres.Migrate(ctx, pool, nil)
}

func onPostgres(tb testing.TB, url string) store.Store {
	pool, err := pgxpool.New(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return postgres.New(pool, nil)
}
