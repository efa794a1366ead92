package testserver

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, conn *pgx.Conn, from string, args ...any) (n int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM "+from, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPostgresKillAndPause(t *testing.T) {
	t.Parallel()
	s := StartPostgres(t, "shared_buffers=16MB")
	conn := connect(t, s.URL)
	execute(t, conn, "CREATE TABLE t AS SELECT 1 AS n")
	busy, lost := connect(t, s.URL), make(chan error)
	go func() {
		_, err := busy.Exec(context.Background(), "DO 'BEGIN LOOP END LOOP; END'")
		lost <- err
	}()
	err := poll(t.Context(), func(context.Context) error {
		if count(t, conn, "pg_stat_activity WHERE state = 'active' AND query LIKE 'DO%'") == 0 {
			return context.DeadlineExceeded
		}
		return nil
	})
	check(t, err)
	s.Kill()
	if <-lost == nil {
		t.Error("a backend outlives its server")
	}
	s.Start()
	for _, end := range []func(){s.Kill, s.Stop, func() { s.Pause(); s.Stop() }, func() { s.Pause(); s.Kill() }} {
		end()
		if pids := processes(s.dir); len(pids) > 0 {
			t.Errorf("still there: %v", pids)
		}
		s.Start()
		conn = connect(t, s.URL)
		if n := count(t, conn, "t"); n != 1 {
			t.Errorf("%d rows", n)
		}
	}

	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := postgresReady(ctx, s.Addr); err == nil {
		t.Error("a paused server answers")
	}
	s.Resume()
	if n := count(t, conn, "t"); n != 1 {
		t.Errorf("%d rows after a pause", n)
	}
	s.Kill()
	s.StartNoWait()
	if err := s.wait(); err != nil {
		t.Error(err)
	}
}

func TestPostgresDoesNotStart(t *testing.T) {
	installed(t, "postgres", "initdb")
	t.Parallel()
	_, err := startPostgres(t, "no_such_setting=1")
	if err == nil || !strings.Contains(err.Error(), `unrecognized configuration parameter "no_such_setting"`) {
		t.Errorf("the error does not say why: %v", err)
	}
}
