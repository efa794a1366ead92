package postgres_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// What reached the server too late, when its caller had given up, must not undo
// what was acknowledged since.
func TestWhatComesTooLateUndoesNothing(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, st store.Store) error{
		"Put": func(ctx context.Context, st store.Store) error {
			_, _, err := st.Put(ctx, vote("u", 0.25))
			return err
		},
		"Delete": func(ctx context.Context, st store.Store) error {
			_, err := st.Delete(ctx, scope, store.Ref{Key: vote("u", 0).Key})
			return err
		},
		"Erase": func(ctx context.Context, st store.Store) error {
			_, err := st.Erase(ctx, scope, store.Filter{UserID: "u"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, first := own(t, nil)
			pool := newPool(t, server.URL, func(c *pgxpool.Config) { c.MaxConns = 2 }) // one for what is late
			st := postgres.New(pool, &postgres.Options{Timeout: 500 * time.Millisecond})
			write(t.Context(), st) // so that its statement is prepared
			if _, _, err := st.Put(t.Context(), vote("u", 1)); err != nil {
				t.Fatal(err)
			}
			var backend int
			if err := pool.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&backend); err != nil {
				t.Fatal(err)
			}

			syscall.Kill(backend, syscall.SIGSTOP) // the process of that connection alone
			if err := write(t.Context(), st); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("a write to a stalled connection: %v, want ErrUnavailable", err)
			}
			newer := vote("u", 0.75)
			if _, _, err := first.Put(t.Context(), newer); err != nil {
				t.Fatal(err)
			}
			syscall.Kill(backend, syscall.SIGCONT)
			gone(t, server.URL, backend)
			got, err := first.Get(t.Context(), scope, store.Ref{Key: newer.Key})
			if err != nil || got.Score != newer.Score {
				t.Errorf("%v was acknowledged; stored is %v, %v", newer.Score, got.Score, err)
			}
			isRecount(t, first)
		})
	}
}

// gone waits until a backend has ended.
func gone(t *testing.T, url string, backend int) {
	pool := newPool(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for n := 1; n > 0; {
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", backend).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
}
