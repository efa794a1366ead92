package testserver

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// PgBouncer starts a PgBouncer before the database at a URL, which pools by
// transaction, and returns the URL that leads through it. Prepared statements
// need version 1.21: callers who want to pass with any add
// default_query_exec_mode=exec.
func PgBouncer(tb testing.TB, databaseURL string) string {
	tb.Helper()
	u, err := startPgBouncer(tb, databaseURL)
	check(tb, err)
	return u
}

func startPgBouncer(tb testing.TB, databaseURL string) (string, error) {
	pgbouncer, err := find("pgbouncer", "pgbouncer")
	if err != nil {
		return "", err
	}
	database, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return "", err
	}
	dir, err := newDir()
	if err != nil {
		return "", err
	}
	through := func(addr string) string {
		u := url.URL{Scheme: "postgres", User: url.User(database.User), Host: addr, Path: "/" + database.Database}
		return u.String() + "?sslmode=disable"
	}
	upstream := fmt.Sprintf("host='%s' port=%d dbname='%s' user='%s'", database.Host, database.Port, database.Database, database.User)
	if database.Password != "" {
		upstream += " password='" + strings.ReplaceAll(database.Password, "'", "''") + "'"
	}
	k := kind{stop: syscall.SIGTERM}
	k.argv = func(dir, port string) ([]string, error) {
		file := filepath.Join(dir, "pgbouncer.ini")
		return []string{pgbouncer, file}, writeFile(file, fmt.Sprintf(pgbouncerINI, database.Database, upstream, port))
	}
	k.ready = func(ctx context.Context, addr string) error {
		conn, err := pgx.Connect(ctx, through(addr))
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, "SELECT")
		return err
	}
	s, err := k.start(tb, dir)
	if err != nil {
		return "", err
	}
	return through(s.Addr), nil
}

// pgbouncerINI lets anybody in. Clients set extra_float_digits when they
// connect, which PgBouncer rejects unless told to ignore it.
const pgbouncerINI = `[databases]
%s = %s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
max_client_conn = 1000
ignore_startup_parameters = extra_float_digits
`

// writeFile writes a file for a server to read, and perhaps to write.
func writeFile(file, content string) error {
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		return err
	}
	return give(file)
}
