package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// idle has a pool hold so many connections.
func idle(t *testing.T, pool *pgxpool.Pool, n int) {
	t.Helper()
	for range n {
		c, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Release()
	}
}

// A patient is a pool that sees no deadlines, only that they have passed: close to one
// pgxpool may find that no idle connection answers, and drop them all.
type patient struct{ *pgxpool.Pool }

func (p patient) AcquireFunc(ctx context.Context, f func(*pgxpool.Conn) error) error {
	return p.Pool.AcquireFunc(withoutDeadline{ctx}, f)
}

type withoutDeadline struct{ context.Context }

func (withoutDeadline) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// A host has lost power, and its name leads elsewhere at once. Calls would wait for
// an answer on one idle connection after the other.
func TestConnectionsThatLeadNowhere(t *testing.T) {
	for name, test := range map[string]struct {
		asked bool // whether the pool pings a connection: it does after a second
		fails int
	}{
		"that were idle for long": {true, 0},
		"that were just in use":   {false, 1}, // what was under way
	} {
		t.Run(name, func(t *testing.T) {
			url := migrated(t)
			front := newProxy(t, host(t, url))
			pool := newPool(t, front.url(t, url), func(c *pgxpool.Config) {
				c.MaxConns = 24
				c.PingTimeout = 2 * time.Second // longer than a Store waits for a connection
				c.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return test.asked }
			})
			st := postgres.New(patient{pool}, &postgres.Options{Timeout: 4 * time.Second})
			if _, _, err := st.Put(t.Context(), vote("u", 0)); err != nil {
				t.Fatal(err)
			}
			idle(t, pool, 24)
			front.lose()
			fails := 0
			for range 8 {
				if _, _, err := st.Put(t.Context(), vote("u", 1)); errors.Is(err, store.ErrUnavailable) {
					fails++
				} else if err != nil {
					t.Error(err)
				}
			}
			if fails > test.fails {
				t.Errorf("%d calls failed, want %d", fails, test.fails)
			}
		})
	}
}

// The primary is a standby now, and the name leads to another primary. Nobody reads
// from what is behind, with connections that are as good as ever.
func TestReadersLeaveAnOldPrimary(t *testing.T) {
	before, after := testserver.StartPostgres(t), testserver.StartPostgres(t)
	front := newProxy(t, before.Addr)
	pool := newPool(t, front.url(t, before.URL), func(c *pgxpool.Config) { c.MaxConns = 16 })
	for _, server := range []*testserver.PostgresServer{before, after} {
		if err := postgres.Migrate(t.Context(), newPool(t, server.URL), nil); err != nil {
			t.Fatal(err)
		}
	}
	want, err := postgres.New(newPool(t, after.URL), nil).Create(t.Context(), record("new"))
	if err != nil {
		t.Fatal(err)
	}
	st := postgres.New(pool, nil)
	if _, err := st.List(t.Context(), scope, store.Query{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	before.Demote()
	idle(t, pool, 16)
	front.leadTo(after.Addr)
	for range 20 {
		if _, err := st.Get(t.Context(), scope, store.Ref{ID: want.ID}); err != nil {
			t.Errorf("Get: %v", err)
		}
	}
	// Whoever has seen none but a standby was meant to read from it.
	if _, err := postgres.New(newPool(t, before.URL), nil).List(t.Context(), scope, store.Query{Limit: 1}); err != nil {
		t.Errorf("List on a standby: %v", err)
	}
}
