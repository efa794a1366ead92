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

// A vote that reached the server too late, when its caller had given up, must not
// undo what was acknowledged since.
func TestALatePutUndoesNothing(t *testing.T) {
	server, first := own(t, nil)
	config, err := pgxpool.ParseConfig(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	st := postgres.New(pool, &postgres.Options{Timeout: 500 * time.Millisecond})
	if _, _, err := st.Put(t.Context(), vote("u", 1)); err != nil {
		t.Fatal(err)
	}
	var backend int
	if err := pool.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		t.Fatal(err)
	}

	syscall.Kill(backend, syscall.SIGSTOP) // the process of that connection alone
	late := vote("u", 0.25)
	if _, _, err := st.Put(t.Context(), late); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Put to a stalled connection: %v, want ErrUnavailable", err)
	}
	for end := time.Now().Add(20 * time.Second); ; { // until pgx has let go of the connection
		if _, _, err = st.Put(t.Context(), vote("u", 0.75)); err == nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	syscall.Kill(backend, syscall.SIGCONT)
	gone(t, server.URL, backend)
	got, err := first.Get(t.Context(), scope, store.Ref{Key: late.Key})
	if err != nil || got.Score != 0.75 {
		t.Errorf("0.75 was acknowledged; stored is %v, %v", got.Score, err)
	}
}

// gone waits until a backend has ended.
func gone(t *testing.T, url string, backend int) {
	pool := newPool(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for n := 1; n > 0; {
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", backend).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
}
