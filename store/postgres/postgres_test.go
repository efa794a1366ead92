package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/proptest"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel() // most of it waits for disks
	storetest.Run(t, emptied(t, newPool(t, migrated(t)), nil))
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	storetest.RunConcurrency(t, newStore)
}

func TestSequences(t *testing.T)  { proptest.Run(t, newStore) }
func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, newStore) }

func newStore(tb testing.TB) store.Store { return postgres.New(newPool(tb, migrated(tb)), nil) }

func TestConcurrencyOfInstances(t *testing.T) {
	t.Parallel()
	storetest.RunConcurrency(t, func(tb testing.TB) store.Store {
		pool := newPool(tb, migrated(tb))
		return storetest.Instances(postgres.New(pool, nil), postgres.New(pool, nil), postgres.New(pool, nil), postgres.New(pool, nil))
	})
}

// In a schema of its own, and with so small windows that every list and erasure
// needs several.
func TestStoreInASchemaWithSmallWindows(t *testing.T) {
	postgres.SmallWindows(t)
	opts := &postgres.Options{Schema: "other"}
	pool := newPool(t, testserver.Postgres(t, "", nil))
	if err := postgres.Migrate(t.Context(), pool, opts); err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, emptied(t, pool, opts), "Create", "Put", "Carried", "GetDelete", "List", "Filter", "Summarize", "Tags", "Erase", "Scopes", "Context")
}

// emptied makes stores in one database, each of which begins with emptied tables: to
// make a database takes longer than most cases.
func emptied(t *testing.T, pool *pgxpool.Pool, opts *postgres.Options) func(testing.TB) store.Store {
	t.Helper()
	var tables string
	err := pool.QueryRow(t.Context(), `SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
		WHERE tablename LIKE 'feedbacks%' AND tablename <> 'feedbacks_migrations'`).Scan(&tables)
	if err != nil {
		t.Fatal(err)
	}
	return func(tb testing.TB) store.Store {
		exec(tb, pool, "TRUNCATE "+tables)
		return postgres.New(pool, opts)
	}
}

// migrated returns the URL of an empty database with the tables.
func migrated(tb testing.TB) string {
	tb.Helper()
	return testserver.Postgres(tb, "migrated", func(ctx context.Context, url string) error {
		pool, err := pgxpool.New(ctx, url)
		if err != nil {
			return err
		}
		defer pool.Close()
		return postgres.Migrate(ctx, pool, nil)
	})
}

// newPool returns a pool of connections to url, which some may configure.
func newPool(tb testing.TB, url string, configure ...func(*pgxpool.Config)) *pgxpool.Pool {
	tb.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range configure {
		f(config)
	}
	pool, err := pgxpool.NewWithConfig(tb.Context(), config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}
