package testserver

import (
	"context"
	"crypto/rand"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestPostgresDatabases(t *testing.T) {
	installed(t, "postgres", "initdb")
	var prepared atomic.Int32
	prepare := func(ctx context.Context, url string) error {
		prepared.Add(1)
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, "CREATE TABLE t AS SELECT 1 AS n")
		return err
	}
	template := rand.Text() // new, also with -count=2
	var name string
	t.Run("of a template", func(t *testing.T) {
		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				conn := connect(t, Postgres(t, template, prepare))
				execute(t, conn, "INSERT INTO t VALUES (2)")
				if n := count(t, conn, "t"); n != 2 {
					t.Errorf("%d rows: another test's?", n)
				}
			})
		}
	})
	if n := prepared.Load(); n != 1 {
		t.Errorf("the template was made %d times", n)
	}
	t.Run("empty", func(t *testing.T) {
		conn := connect(t, Postgres(t, "", nil))
		name = conn.Config().Database
		if n := count(t, conn, "pg_tables WHERE schemaname = 'public'"); n != 0 {
			t.Errorf("%d tables in an empty database", n)
		}
	})
	if n := count(t, connect(t, Postgres(t, "", nil)), "pg_database WHERE datname = $1", name); n != 0 {
		t.Error("the database outlives its test")
	}
}

// A server that is given keeps the templates of processes that live, and loses
// those of the others to the next process.
func TestPostgresLeftovers(t *testing.T) {
	t.Parallel()
	url := StartPostgres(t).URL
	var sources []string
	start := func() *databases {
		d, err := open(url)
		check(t, err)
		source, err := d.template("a", nil)
		check(t, err)
		sources = append(sources, source)
		return d
	}
	dead, living := start(), start()
	if err := dead.keeper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	gone := func(context.Context) error {
		if count(t, conn, "pg_stat_activity WHERE application_name = $1", dead.prefix) != 0 {
			return context.DeadlineExceeded
		}
		return nil
	}
	if err := poll(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	defer runtime.KeepAlive(start())
	defer runtime.KeepAlive(living)
	for i, want := range []int{0, 1, 1} {
		if n := count(t, conn, "pg_database WHERE datname = $1", sources[i]); n != want {
			t.Errorf("process %d has %d templates, want %d", i, n, want)
		}
	}
}

func TestPgBouncer(t *testing.T) {
	t.Parallel()
	url := PgBouncer(t, Postgres(t, "", nil)) + "&default_query_exec_mode=exec"
	pids := map[int]bool{}
	for range 20 {
		var pid int
		if err := connect(t, url).QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		pids[pid] = true
	}
	if len(pids) > 10 {
		t.Errorf("20 clients got %d connections", len(pids))
	}
}
