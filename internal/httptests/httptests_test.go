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
func TestPostgres(t *testing.T) {
	httptests.Run(t, func(tb testing.TB) store.Store {
		url := testserver.Postgres(tb, "migrated", func(ctx context.Context, url string) error {
			pool, err := pgxpool.New(ctx, url)
			if err != nil {
				return err
			}
			defer pool.Close()
			return postgres.Migrate(ctx, pool, nil)
		})
		pool, err := pgxpool.New(tb.Context(), url)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(pool.Close)
		return postgres.New(pool, nil)
	})
}
