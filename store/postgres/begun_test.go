package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

func TestGivenUp(t *testing.T) {
	t.Parallel()
	storetest.RunGivenUp(t, func(tb testing.TB, dial storetest.Dial) (slow, fast store.Store) {
		url := migrated(tb)
		gated := newPool(tb, url, func(c *pgxpool.Config) { c.ConnConfig.DialFunc = dial })
		return postgres.New(gated, nil), postgres.New(newPool(tb, url), nil)
	})
}

// begin starts a transaction of somebody else's, with some statements.
func begin(t *testing.T, pool *pgxpool.Pool, sql ...string) pgx.Tx {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback(context.Background()) })
	for _, s := range sql {
		if _, err := tx.Exec(t.Context(), s); err != nil {
			t.Fatal(s, err)
		}
	}
	return tx
}

// An arriving context says when its caller has come to wait for others.
type arriving struct {
	context.Context
	asked *atomic.Int32
	there chan struct{}
}

func arrival(ctx context.Context) arriving {
	return arriving{ctx, new(atomic.Int32), make(chan struct{})}
}

// Done is asked for by the store, and then by who waits.
func (a arriving) Done() <-chan struct{} {
	if a.asked.Add(1) == 2 {
		close(a.there)
	}
	return a.Context.Done()
}

// waitFor waits until somebody waits for a transaction.
func waitFor(t *testing.T, pool *pgxpool.Pool, tx pgx.Tx) {
	t.Helper()
	var pid int
	if err := tx.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	for waiting := false; !waiting; {
		if err := pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))", pid).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
}

// waits waits until somebody waits for a lock of a kind.
func waits(t *testing.T, pool *pgxpool.Pool, kind string) {
	t.Helper()
	for waiting := false; !waiting; {
		if err := pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = $1)", kind).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
}

// A statement that waits for a key of its batch has an old snapshot: a record of that
// key, or of another, that comes and goes meanwhile was never there for it.
func TestWhatComesAndGoesWhileABatchWaits(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, st store.Store, user string) error{
		"Put": func(ctx context.Context, st store.Store, user string) error {
			_, _, err := st.Put(ctx, vote(user, 1))
			return err
		},
		"Create": func(ctx context.Context, st store.Store, user string) error {
			_, err := st.Create(ctx, vote(user, 1))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool(t, migrated(t))
			st := postgres.New(pool, nil)
			if err := write(t.Context(), st, "first"); err != nil { // so that there is a scope
				t.Fatal(err)
			}
			insert := func(user string) string {
				return fmt.Sprintf(`INSERT INTO feedbacks (scope, id, score, updated_at, key, session_id, message_id, user_id, text, tags)
					SELECT scope, '%s', 1, now(), '%s', 's', 'm', '%s', '', '{}' FROM feedbacks_scopes`, store.NewID(time.Now())[len("aia_fdbk_"):], vote(user, 1).Key, user)
			}
			before, other := begin(t, pool, insert("alone")), begin(t, pool, insert("gone"))
			leaving, leave := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			start := func(ctx context.Context, user string, want error) {
				wg.Go(func() {
					if err := write(ctx, st, user); !errors.Is(err, want) {
						t.Errorf("%s: %v, want %v", user, err, want)
					}
				})
			}
			start(t.Context(), "alone", nil) // so that the others go together
			waitFor(t, pool, before)
			one, another := arrival(leaving), arrival(t.Context())
			start(one, "gone", context.Canceled)
			start(another, "stays", nil)
			<-one.there
			<-another.there
			if err := before.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			waitFor(t, pool, other)
			leave()
			for _, sql := range []string{
				fmt.Sprintf("INSERT INTO feedbacks_tombstones (scope, name, at) SELECT scope, '%s', clock_timestamp() FROM feedbacks_scopes", vote("gone", 1).Key),
				"DELETE FROM feedbacks WHERE user_id = 'gone'",
			} {
				if _, err := other.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			}
			if err := other.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			wg.Wait()
			for user, want := range map[string]error{"gone": store.ErrNotFound, "stays": nil} {
				if _, err := st.Get(t.Context(), scope, store.Ref{Key: vote(user, 1).Key}); !errors.Is(err, want) {
					t.Errorf("the vote of %s: %v, want %v", user, err, want)
				}
			}
			isRecount(t, st)
		})
	}
}

// An erasure takes what was on its way and may not have seen it.
func TestEraseWaitsForWhatIsUnderWay(t *testing.T) {
	f := record("")
	f.UserID = "u"
	afterWhatIsUnderWay(t, f, func(ctx context.Context, st store.Store) error {
		n, err := st.Erase(ctx, scope, store.Filter{UserID: "u"})
		if err == nil && n != 1 {
			err = fmt.Errorf("%d were erased", n)
		}
		return err
	})
}

// A vote that is about to be committed, and has looked for tombstones, is undone.
func TestAnUndoingWaitsForWhatIsUnderWay(t *testing.T) {
	f := vote("u", 1)
	afterWhatIsUnderWay(t, f, func(ctx context.Context, st store.Store) error {
		_, err := st.Delete(ctx, scope, store.Ref{Key: f.Key})
		return err
	})
}

// afterWhatIsUnderWay has a record created but not committed, calls something, and
// then has it committed.
func afterWhatIsUnderWay(t *testing.T, f store.Feedback, call func(context.Context, store.Store) error) {
	t.Helper()
	looks := &counter{of: "virtualtransaction FROM pg_locks"}
	url := migrated(t)
	pool := newPool(t, url, func(c *pgxpool.Config) { c.ConnConfig.Tracer = looks })
	exec(t, pool, `CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END'`)
	exec(t, pool, `CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON feedbacks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION waits()`)
	other := begin(t, pool, "SELECT pg_advisory_xact_lock(1)")
	created, called := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := postgres.New(newPool(t, url), nil).Create(t.Context(), f)
		created <- err
	}()
	waits(t, pool, "advisory") // all is done but the commit
	go func() { called <- call(t.Context(), postgres.New(pool, nil)) }()
	for looks.n.Load() < 3 && len(called) == 0 {
		runtime.Gosched()
	}
	if err := other.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-created; err != nil {
		t.Error(err)
	}
	if err := <-called; err != nil {
		t.Error(err)
	}
}

// Whatever the server's clock does, votes can be changed, undone and given again.
func TestTheClockGoesBack(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	put := func(score float64) {
		t.Helper()
		if _, _, err := st.Put(t.Context(), vote("u", score)); err != nil {
			t.Fatal(err)
		}
	}
	later := func() {
		t.Helper()
		exec(t, pool, "UPDATE feedbacks SET written_at = written_at + interval '1 hour'")
		exec(t, pool, "UPDATE feedbacks_tombstones SET at = at + interval '1 hour'")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	put(1)
	later()
	put(0.5)
	if _, err := st.Delete(ctx, scope, store.Ref{Key: vote("u", 0).Key}); err != nil {
		t.Fatal(err)
	}
	later()
	put(0)
	if _, err := st.Create(ctx, record("")); err != nil {
		t.Fatal(err)
	}
	later()
	if n, err := st.Erase(ctx, scope, store.Filter{SessionID: "s"}); n != 2 || err != nil {
		t.Errorf("Erase = %d, %v, want 2", n, err)
	}
	later()
	put(1)
	if _, err := st.Create(ctx, record("")); err != nil {
		t.Fatal(err)
	}
}

// Tombstones stay for as long as they matter, and no longer.
func TestTombstonesGo(t *testing.T) {
	postgres.FoldOften(t)
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	for _, user := range []string{"old", "new"} {
		if _, _, err := st.Put(t.Context(), vote(user, 1)); err != nil {
			t.Fatal(err)
		}
		if _, err := st.Delete(t.Context(), scope, store.Ref{Key: vote(user, 1).Key}); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, pool, "UPDATE feedbacks_tombstones SET at = at - interval '1 minute' WHERE name = $1", vote("old", 1).Key)
	if _, err := st.Create(t.Context(), record("")); err != nil {
		t.Fatal(err)
	}
	var left []string
	if err := pool.QueryRow(t.Context(), "SELECT array_agg(name) FROM feedbacks_tombstones").Scan(&left); err != nil || len(left) != 1 || left[0] != vote("new", 1).Key {
		t.Errorf("%q are left, %v", left, err)
	}
}
