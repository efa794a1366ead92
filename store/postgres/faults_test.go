package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// calls are one of each that a store answers.
func calls(st store.Store) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Create":    func(ctx context.Context) error { _, err := st.Create(ctx, record("")); return err },
		"Put":       func(ctx context.Context) error { _, _, err := st.Put(ctx, vote("u", 1)); return err },
		"Replace":   func(ctx context.Context) error { f := record(""); return absent(st.Replace(ctx, f, f)) },
		"Get":       func(ctx context.Context) error { return absent(st.Get(ctx, scope, store.Ref{ID: record("").ID})) },
		"Delete":    func(ctx context.Context) error { return absent(st.Delete(ctx, scope, store.Ref{ID: record("").ID})) },
		"List":      func(ctx context.Context) error { _, err := st.List(ctx, scope, store.Query{Limit: 1}); return err },
		"Summarize": func(ctx context.Context) error { _, err := st.Summarize(ctx, scope, store.SummaryQuery{}); return err },
		"Erase":     func(ctx context.Context) error { _, err := st.Erase(ctx, scope, store.Filter{UserID: "x"}); return err },
		"Scopes":    func(ctx context.Context) error { _, err := st.Scopes(ctx, store.Scope{}, 1); return err },
	}
}

func absent(_ store.Feedback, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// own returns a store on a server of the test's own.
func own(t *testing.T, opts *postgres.Options) (*testserver.PostgresServer, *postgres.Store) {
	t.Helper()
	server := testserver.StartPostgres(t)
	pool := newPool(t, server.URL)
	if err := postgres.Migrate(t.Context(), pool, opts); err != nil {
		t.Fatal(err)
	}
	return server, postgres.New(pool, opts)
}

func TestAnOutageIsUnavailableAndPasses(t *testing.T) {
	server, st := own(t, &postgres.Options{Timeout: 500 * time.Millisecond})
	works := func(when string) {
		t.Helper()
		for name, call := range calls(st) {
			if err := call(t.Context()); err != nil {
				t.Errorf("%s %s: %v", name, when, err)
			}
		}
	}
	fails := func(when string) {
		t.Helper()
		var wg sync.WaitGroup
		for name, call := range calls(st) {
			wg.Go(func() {
				if err := call(t.Context()); !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%s %s: %v, want ErrUnavailable", name, when, err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				if err := call(ctx); !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s %s, with a deadline: %v", name, when, err)
				}
			})
		}
		wg.Wait()
	}
	works("at first")
	server.Kill()
	fails("without a server")
	server.Start()
	works("after a restart")
	server.Pause()
	fails("while the server hangs")
	server.Resume()
	works("when the server goes on")
}

func TestAReadOnlyConnectionIsDropped(t *testing.T) {
	var connections atomic.Int64
	pool := newPool(t, migrated(t), func(config *pgxpool.Config) {
		config.MaxConns = 1
		config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
			if connections.Add(1) > 1 {
				return nil
			}
			_, err := c.Exec(ctx, "SET default_transaction_read_only = on") // as of a primary that was demoted
			return err
		}
	})
	if _, _, err := postgres.New(pool, nil).Put(t.Context(), vote("u", 1)); err != nil {
		t.Errorf("Put: %v", err)
	}
}

// A faulty DB comes between the store and its database.
type faulty struct {
	postgres.DB
	around func(do func() error) error
}

func (d *faulty) AcquireFunc(ctx context.Context, f func(*pgxpool.Conn) error) error {
	return d.around(func() error { return d.DB.AcquireFunc(ctx, f) })
}

func TestAPanicIsUnavailableAndPasses(t *testing.T) {
	db := &faulty{newPool(t, migrated(t)), func(func() error) error { panic("a bug") }}
	st := postgres.New(db, nil)
	if _, err := st.Create(t.Context(), record("")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Create: %v, want ErrUnavailable", err)
	}
	if _, _, err := st.Put(t.Context(), vote("u", 1)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Put: %v, want ErrUnavailable", err)
	}
	db.around = func(do func() error) error { return do() }
	if _, err := st.Create(t.Context(), record("")); err != nil {
		t.Error(err)
	}
}

// Nobody knows what became of a statement whose reply is lost. A Create and what
// reads are repeated; a Put or Delete could undo what was written since.
func TestALostReply(t *testing.T) {
	db := &faulty{DB: newPool(t, migrated(t))}
	st := postgres.New(db, nil)
	var sent, lost int // statements, and which of them has its reply lost
	lose := func(do func() error) error {
		sent++
		if err := do(); err != nil || sent != lost {
			return err
		}
		return io.ErrUnexpectedEOF
	}
	once := func(do func() error) error { return do() }
	for name, call := range calls(st) {
		db.around = once
		want := record("kept")
		if _, err := st.Create(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		before, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
		if err != nil {
			t.Fatal(err)
		}
		sent, lost, db.around = 0, 1, lose
		if name == "Erase" {
			lost = 4 // before that it looks, and sees to what is being added
		}
		err = call(t.Context())
		switch name {
		case "Put", "Erase":
			if !errors.Is(err, store.ErrUnavailable) || sent != lost {
				t.Errorf("%s: %v after %d attempts, want ErrUnavailable after %d", name, err, sent, lost)
			}
		case "Get", "Delete": // of an absent record, which is an error that is not lost
		default:
			if err != nil || sent < 2 {
				t.Errorf("%s: %v after %d attempts, want success", name, err, sent)
			}
		}
		db.around = once
		after, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
		added := map[string]int64{"Create": 1, "Put": 1}[name]
		if err != nil || after.Count != before.Count+added {
			t.Errorf("%s: %d records after %d, %v", name, after.Count, before.Count, err)
		}
	}
	f, err := st.Create(t.Context(), record(""))
	if err != nil {
		t.Fatal(err)
	}
	sent, lost, db.around = 0, 1, lose
	if _, err := st.Delete(t.Context(), scope, store.Ref{ID: f.ID}); !errors.Is(err, store.ErrUnavailable) || sent != 1 {
		t.Errorf("Delete: %v after %d attempts, want ErrUnavailable after one", err, sent)
	}
}

// Clients that repeat themselves, through a load balancer: several instances write
// the same fresh Keys at once.
func TestInstancesDoNotDeadlock(t *testing.T) {
	pool := newPool(t, migrated(t))
	stores := []*postgres.Store{postgres.New(pool, nil), postgres.New(pool, nil), postgres.New(pool, nil), postgres.New(pool, nil)}
	for round := range 25 {
		var wg sync.WaitGroup
		for k := range 64 {
			for i, st := range stores {
				wg.Go(func() {
					v := vote(fmt.Sprintf("%d/%d", round, k), 1)
					var err error
					if i%2 == 0 {
						_, err = st.Create(t.Context(), v)
					} else {
						_, _, err = st.Put(t.Context(), v)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
	}
	var deadlocks int
	if err := pool.QueryRow(t.Context(), "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").Scan(&deadlocks); err != nil || deadlocks > 0 {
		t.Errorf("%d deadlocks, %v", deadlocks, err)
	}
	isRecount(t, postgres.New(pool, nil))
}

// What was acknowledged is there, once, after three crashes under load, and the
// rollups are a recount.
func TestCrashesLoseNothing(t *testing.T) {
	server, st := own(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	acknowledged := map[string]float64{} // by what was written
	var writes atomic.Int64
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			user := fmt.Sprint("user ", w)
			for i := 1; ctx.Err() == nil; i++ {
				f, v := record(fmt.Sprintf("%d/%d", w, i)), vote(user, 1/float64(i))
				if _, err := st.Create(t.Context(), f); err == nil {
					writes.Add(1)
					mu.Lock()
					acknowledged[f.Text] = f.Score
					mu.Unlock()
				}
				_, _, err := st.Put(t.Context(), v)
				mu.Lock()
				if err == nil {
					acknowledged[user] = v.Score
				} else {
					delete(acknowledged, user) // either score is right
				}
				mu.Unlock()
			}
		})
	}
	goOn := func() { // until the test's own time is over
		for target := writes.Load() + 300; writes.Load() < target; time.Sleep(time.Millisecond) {
		}
	}
	for range 3 {
		goOn()
		server.Kill()
		server.Start()
	}
	goOn()
	stop()
	wg.Wait()

	stored := map[string]float64{}
	var sum int64
	for f, err := range store.All(t.Context(), st, scope, store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		name := f.Text + f.UserID
		if _, twice := stored[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		stored[name] = f.Score
		sum += store.Micros(f.Score)
	}
	for name, score := range acknowledged {
		if got, ok := stored[name]; !ok || got != score {
			t.Errorf("%s was acknowledged with %v; stored %v with %v", name, score, ok, got)
		}
	}
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != int64(len(stored)) || *s.MeanScore != float64(sum)/float64(len(stored))/store.ScoreUnit {
		t.Errorf("the summary has %d of %d records, %v", s.Count, len(stored), err)
	}
	t.Logf("%d acknowledged, %d stored", len(acknowledged), len(stored))
}
