package postgres_test

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// next returns the files of a made-up next version: names and contents by turns.
func next(t *testing.T, files ...string) fs.FS {
	t.Helper()
	first, err := fs.ReadFile(postgres.Migrations(), "001_feedbacks.sql")
	if err != nil {
		t.Fatal(err)
	}
	all := fstest.MapFS{"001_feedbacks.sql": {Data: first}}
	for i := 0; i < len(files); i += 2 {
		all[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return all
}

func TestANewerSchemaThatFits(t *testing.T) {
	pool := newPool(t, migrated(t))
	if err := postgres.MigrateWith(t.Context(), pool, nil, next(t, "002_sentiment.sql",
		"ALTER TABLE feedbacks ADD sentiment text;\nINSERT INTO feedbacks_migrations (version, least) VALUES (2, 1);\n")); err != nil {
		t.Fatal(err)
	}
	if err := postgres.Migrate(t.Context(), pool, nil); err != nil {
		t.Error(err)
	}
	for name, call := range calls(postgres.New(pool, nil)) {
		if err := call(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An instance that is running finds out by what its statements come to.
func TestANewerSchemaThatDoesNotFit(t *testing.T) {
	for change, met := range map[string][]string{
		"ALTER TABLE feedbacks RENAME user_id TO rater_id":            {"Create", "Put", "Replace", "Get", "Delete", "List", "Erase"},
		"ALTER TABLE feedbacks ADD sentiment text NOT NULL":           {"Create", "Put"},
		"ALTER TABLE feedbacks_scopes RENAME TO feedbacks_assistants": {"Create", "Put", "Scopes"},
	} {
		pool := newPool(t, migrated(t))
		st := postgres.New(pool, nil)
		for name, call := range calls(st) { // so that its statements are prepared
			if err := call(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		exec(t, pool, "DELETE FROM feedbacks")
		if err := postgres.MigrateWith(t.Context(), pool, nil, next(t, "002_next.sql",
			change+";\nINSERT INTO feedbacks_migrations (version, least) VALUES (2, 2);\n")); err != nil {
			t.Fatal(err)
		}
		for _, name := range met {
			err := calls(st)[name](t.Context())
			if !errors.Is(err, store.ErrNewerVersion) || !errors.Is(err, postgres.ErrNewerSchema) || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s after %s: %v, want ErrNewerSchema", name, change, err)
			}
		}
		blocked(t, pool, 5, func(i int) {
			if _, err := st.Create(t.Context(), record("")); !errors.Is(err, postgres.ErrNewerSchema) {
				t.Errorf("one of many after %s: %v, want ErrNewerSchema", change, err)
			}
		})
		if err := postgres.Migrate(t.Context(), pool, nil); !errors.Is(err, postgres.ErrNewerSchema) || !errors.Is(err, store.ErrNewerVersion) {
			t.Errorf("Migrate: %v, want ErrNewerSchema", err)
		}
	}
}

func TestAFileThatDoesNotRecordItself(t *testing.T) {
	pool := newPool(t, migrated(t))
	if err := postgres.MigrateWith(t.Context(), pool, nil, next(t, "002_next.sql", "ALTER TABLE feedbacks ADD sentiment text;\n")); err == nil {
		t.Error("no error")
	}
	exec(t, pool, "ALTER TABLE feedbacks ADD sentiment text") // which it has undone
}

const scoreIndex = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS feedbacks_score ON feedbacks (scope, score);\n" +
	"INSERT INTO feedbacks_migrations (version, least) VALUES (2, 1) ON CONFLICT DO NOTHING;\n"

// indexes returns how many valid indexes there are of a name.
func indexes(t *testing.T, pool *pgxpool.Pool, name string) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE relname = $1 AND indisvalid", name).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Those who wait do not hold up an index that is made beside other transactions.
func TestManyMigrateConcurrently(t *testing.T) {
	for _, opts := range []*postgres.Options{nil, {Schema: `My "feedback"`}} {
		pool := newPool(t, testserver.Postgres(t, "", nil)+"&pool_max_conns=8&deadlock_timeout=100")
		files := next(t, "002_score.concurrent.sql", scoreIndex,
			"003_after.sql", "COMMENT ON INDEX feedbacks_score IS 'after';\nINSERT INTO feedbacks_migrations (version, least) VALUES (3, 1);\n")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := postgres.MigrateWith(t.Context(), pool, opts, files); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := indexes(t, pool, "feedbacks_score"); n != 1 {
			t.Errorf("%d valid indexes, want 1", n)
		}
	}
}

// What was cut off leaves an index behind that is none, which IF NOT EXISTS takes
// for one.
func TestAMigrationThatWasCutOff(t *testing.T) {
	opts := &postgres.Options{Schema: "other"}
	pool := newPool(t, testserver.Postgres(t, "", nil)+"&pool_max_conns=1")
	if err := postgres.Migrate(t.Context(), pool, opts); err != nil {
		t.Fatal(err)
	}
	st := postgres.New(pool, opts)
	for range 2 { // of one score
		if _, err := st.Create(t.Context(), record("")); err != nil {
			t.Fatal(err)
		}
	}
	files := next(t, "002_score.concurrent.sql", scoreIndex)
	if err := postgres.MigrateWith(t.Context(), pool, opts, files); err == nil {
		t.Fatal("an index of what is there twice was made")
	}
	var path string
	if err := pool.QueryRow(t.Context(), "SHOW search_path").Scan(&path); err != nil || path != `"$user", public` {
		t.Errorf("the session is left with the search_path %s, %v", path, err)
	}
	if _, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
		t.Fatal(err)
	}
	other := newPool(t, pool.Config().ConnString()) // which gets the lock only if the first has let it go
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := postgres.MigrateWith(ctx, other, opts, files); err != nil {
		t.Fatal(err)
	}
	if n := indexes(t, pool, "feedbacks_score"); n != 1 {
		t.Errorf("%d valid indexes, want 1", n)
	}
}

func TestMigrateThroughPgBouncer(t *testing.T) {
	direct := testserver.Postgres(t, "", nil)
	pool := newPool(t, testserver.PgBouncer(t, direct)+"&default_query_exec_mode=exec")
	if err := postgres.Migrate(t.Context(), pool, nil); err != nil {
		t.Error(err)
	}
	files := next(t, "002_score.concurrent.sql", scoreIndex)
	if err := postgres.MigrateWith(t.Context(), pool, nil, files); err == nil || indexes(t, pool, "feedbacks_score") != 0 {
		t.Errorf("a file that needs a session: %v, want an error", err)
	}
	if err := postgres.MigrateWith(t.Context(), newPool(t, direct), nil, files); err != nil {
		t.Error(err)
	}
}
