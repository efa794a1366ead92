package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

var scope = store.Scope{Account: "AC1", Assistant: "aia_asst_1"}

func record(text string) store.Feedback {
	return store.Feedback{Scope: scope, ID: store.NewID(time.Now()), SessionID: "s", Score: 0.5, Text: text}
}

func vote(user string, score float64) store.Feedback {
	return store.Feedback{Scope: scope, ID: store.NewID(time.Now()), Key: store.VoteKey("s", "m", user),
		SessionID: "s", MessageID: "m", UserID: user, Score: score}
}

func exec(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// A counter counts the statements of a kind.
type counter struct {
	of string // what they say
	n  atomic.Int64
}

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.Contains(q.SQL, c.of) {
		c.n.Add(1)
	}
	return ctx
}

func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	for _, q := range b.Batch.QueuedQueries {
		ctx = c.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{SQL: q.SQL})
	}
	return ctx
}

func (c *counter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (c *counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// blocked calls do n times at once while nothing can be written, lets them all
// arrive, and then waits for them.
func blocked(t *testing.T, pool *pgxpool.Pool, n int, do func(i int)) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE feedbacks"); err != nil {
		t.Fatal(err)
	}
	var arrived, done sync.WaitGroup
	arrived.Add(n)
	for i := range n {
		done.Go(func() {
			arrived.Done()
			do(i)
		})
	}
	arrived.Wait()
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	done.Wait()
}

func TestCallersShareStatements(t *testing.T) {
	statements := &counter{of: "INSERT INTO feedbacks ("}
	pool := newPool(t, migrated(t), func(c *pgxpool.Config) { c.ConnConfig.Tracer = statements })
	st := postgres.New(pool, nil)
	for name, write := range map[string]func(i int) error{
		"Create": func(i int) error { _, err := st.Create(t.Context(), record("")); return err },
		"Put":    func(i int) error { _, _, err := st.Put(t.Context(), vote(fmt.Sprint(i), 1)); return err },
	} {
		statements.n.Store(0)
		if err := write(-1); err != nil || statements.n.Load() != 1 {
			t.Errorf("a lone %s: %v, in %d statements", name, err, statements.n.Load())
		}
		const callers = 200
		statements.n.Store(0)
		blocked(t, pool, callers, func(i int) {
			if err := write(i); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		if n := statements.n.Load(); n > callers/2 {
			t.Errorf("%d callers of %s needed %d statements", callers, name, n)
		}
	}
}

func TestObserveIsToldOfGroups(t *testing.T) {
	pool := newPool(t, migrated(t))
	var sent, waiting, shared atomic.Int64
	st := postgres.New(pool, &postgres.Options{Observe: func(g store.Grouping) {
		sent.Add(int64(g.Sent))
		waiting.Add(int64(g.Waiting))
		if g.Sent > 1 {
			shared.Add(1)
		}
	}})
	const callers = 100
	blocked(t, pool, callers, func(i int) {
		_, err := st.Create(t.Context(), record(""))
		_, _, err2 := st.Put(t.Context(), vote(fmt.Sprint(i), 1))
		if err != nil || err2 != nil {
			t.Error(err, err2)
		}
	})
	if sent.Load() != 2*callers || waiting.Load() != 0 || shared.Load() == 0 {
		t.Errorf("%d writes were sent, %d times several together, and %d wait; want %d, some and none", sent.Load(), shared.Load(), waiting.Load(), 2*callers)
	}
}

func TestABadRowFailsAlone(t *testing.T) {
	pool := newPool(t, migrated(t))
	exec(t, pool, "ALTER TABLE feedbacks ADD CHECK (text <> 'bad' AND score <> 0.25)") // a host's own rule
	st := postgres.New(pool, nil)
	var failed atomic.Int64
	blocked(t, pool, 50, func(i int) {
		f, v := record(fmt.Sprint(i)), vote(fmt.Sprint(i), 1)
		if i == 25 {
			f.Text, v.Score = "bad", 0.25
		}
		_, err := st.Create(t.Context(), f)
		_, _, err2 := st.Put(t.Context(), v)
		for _, err := range []error{err, err2} {
			if err != nil {
				failed.Add(1)
			}
			if (err != nil) != (i == 25) || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrInvalid) {
				t.Errorf("caller %d: %v", i, err)
			}
		}
	})
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != 98 || failed.Load() != 2 {
		t.Errorf("%d records after %d failures, %v; want 98 after 2", s.Count, failed.Load(), err)
	}
}

func TestAFullBacklogIsUnavailable(t *testing.T) {
	t.Run("many", func(t *testing.T) { testAFullBacklog(t, &postgres.Options{Backlog: 1}, "", 50) })
	t.Run("large", func(t *testing.T) { testAFullBacklog(t, nil, strings.Repeat("x", 33<<20), 5) })
}

func testAFullBacklog(t *testing.T, opts *postgres.Options, text string, callers int) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, opts)
	var ok, refused atomic.Int64
	blocked(t, pool, callers, func(int) {
		f := record("")
		f.Text = text
		switch _, err := st.Create(t.Context(), f); {
		case err == nil:
			ok.Add(1)
		case errors.Is(err, store.ErrUnavailable):
			refused.Add(1)
		default:
			t.Error(err)
		}
	})
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != ok.Load() || refused.Load() == 0 {
		t.Errorf("%d records, %v; %d were acknowledged and %d refused", s.Count, err, ok.Load(), refused.Load())
	}
}
