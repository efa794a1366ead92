package postgres_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// What was done by a try whose reply is lost is not known, whatever comes of the next.
func TestAnUnknownOutcomeStaysUnknown(t *testing.T) {
	db := &faulty{DB: newPool(t, migrated(t))}
	st := postgres.New(db, nil)
	tries := 0
	db.around = func(do func() error) error {
		switch tries++; tries {
		case 1:
			do()
			return io.ErrUnexpectedEOF
		case 2:
			return &pgconn.PgError{Code: "42501", Message: "permission denied"}
		}
		return do()
	}
	f := record("")
	if _, err := st.Create(t.Context(), f); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Create: %v, want ErrUnavailable", err)
	}
	if _, err := st.Get(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
		t.Errorf("the record is not there: %v", err)
	}
}

// A login that is refused is an outage: of nobody's row, and no reason to log in again
// for each.
func TestARefusedLogin(t *testing.T) {
	server, _ := own(t, nil)
	admin := newPool(t, server.URL)
	exec(t, admin, "CREATE ROLE app LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app")
	var logins atomic.Int64
	pool := newPool(t, strings.Replace(server.URL, "postgres@", "app@", 1), func(c *pgxpool.Config) {
		dial := c.ConnConfig.DialFunc
		c.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			logins.Add(1)
			return dial(ctx, network, addr)
		}
	})
	st := postgres.New(pool, &postgres.Options{Timeout: 2 * time.Second})
	if _, err := st.Create(t.Context(), record("")); err != nil {
		t.Fatal(err)
	}
	exec(t, admin, "ALTER ROLE app NOLOGIN")
	exec(t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
	const callers = 200
	logins.Store(0)
	blocked(t, admin, callers, func(int) {
		if _, err := st.Create(t.Context(), record("")); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Create: %v, want ErrUnavailable", err)
		}
	})
	if n := logins.Load(); n > callers/2 {
		t.Errorf("%d callers took %d logins", callers, n)
	}
}

// With synchronous replication, whoever is told that a record is there, or that it is
// gone, is told of what the standby has.
func TestAcknowledgedIsReplicated(t *testing.T) {
	server, _ := own(t, nil)
	admin := newPool(t, server.URL)
	st := postgres.New(newPool(t, server.URL), &postgres.Options{Timeout: 400 * time.Millisecond})
	v, erased := vote("v", 1), record("")
	erased.UserID = "erased"
	for _, f := range []store.Feedback{v, erased} {
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, admin, "ALTER SYSTEM SET synchronous_standby_names = 'away'")
	exec(t, admin, "SELECT pg_reload_conf()")
	for away := ""; away == ""; {
		if err := admin.QueryRow(t.Context(), "SHOW synchronous_standby_names").Scan(&away); err != nil {
			t.Fatal(err)
		}
	}
	f := record("")
	for name, c := range map[string]struct {
		write func() error
		there store.Ref
		left  bool // what is named is there when it is done
	}{
		"Create": {func() error { _, err := st.Create(t.Context(), f); return err }, store.Ref{ID: f.ID}, true},
		"Delete": {func() error { _, err := st.Delete(t.Context(), scope, store.Ref{Key: v.Key}); return err }, store.Ref{Key: v.Key}, false},
		"Erase":  {func() error { _, err := st.Erase(t.Context(), scope, store.Filter{UserID: "erased"}); return err }, store.Ref{ID: erased.ID}, false},
	} {
		for done := false; !done; {
			if err := c.write(); !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("%s: %v, want ErrUnavailable", name, err)
			}
			_, err := st.Get(t.Context(), scope, c.there)
			done = c.left == (err == nil)
		}
		if err := c.write(); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s of what is done: %v, want ErrUnavailable", name, err)
		}
	}
}
