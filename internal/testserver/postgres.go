package testserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// PostgresServer is a PostgreSQL server of one test.
type PostgresServer struct {
	*Server
	URL string // of the database postgres, as its superuser
}

// StartPostgres starts a PostgreSQL server for this test alone, with settings
// like "shared_buffers=256MB".
func StartPostgres(tb testing.TB, settings ...string) *PostgresServer {
	tb.Helper()
	s, err := startPostgres(tb, settings...)
	check(tb, err)
	return s
}

func startPostgres(tb testing.TB, settings ...string) (*PostgresServer, error) {
	postgres, err := find("postgres", "postgresql")
	if err != nil {
		return nil, err
	}
	initdb, err := find("initdb", "postgresql")
	if err != nil {
		return nil, err
	}
	dir, err := newDir()
	if err != nil {
		return nil, err
	}
	if err := initialize(initdb, dir); err != nil {
		return nil, err
	}
	k := kind{ready: postgresReady, stop: syscall.SIGINT}
	k.argv = func(dir, port string) ([]string, error) {
		argv := []string{postgres, "-D", dir, "-p", port}
		for _, setting := range append([]string{
			"listen_addresses=127.0.0.1",
			"unix_socket_directories=" + dir,
			"max_connections=200",
			"shared_buffers=32MB",
			"dynamic_shared_memory_type=mmap", // in dir, so that it goes with dir
		}, settings...) {
			argv = append(argv, "-c", setting)
		}
		return argv, nil
	}
	s, err := k.start(tb, dir)
	if err != nil {
		return nil, err
	}
	return &PostgresServer{s, postgresURL(s.Addr)}, nil
}

func postgresURL(addr string) string {
	return "postgres://postgres@" + addr + "/postgres?sslmode=disable"
}

// initialize makes dir a data directory. If possible its databases sort like a
// dictionary, not by bytes: so do most, and a query which forgets that fails.
func initialize(initdb, dir string) error {
	var out []byte
	var err error
	for _, collation := range [][]string{{"--locale-provider=icu", "--icu-locale=en"}, nil} {
		cmd := exec.Command(initdb, append([]string{"-D", dir, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
			"--no-sync", "--no-instructions"}, collation...)...)
		cmd.Dir = dir
		cmd.SysProcAttr = attributes()
		if out, err = cmd.CombinedOutput(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: %w\n%s", initdb, err, out)
}

func postgresReady(ctx context.Context, addr string) error {
	conn, err := pgx.Connect(ctx, postgresURL(addr))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// Demote restarts the server as a standby that follows nobody.
func (s *PostgresServer) Demote() {
	s.tb.Helper()
	s.Stop()
	signal := filepath.Join(s.dir, "standby.signal")
	s.report(os.WriteFile(signal, nil, 0o600))
	s.report(give(signal))
	s.Start()
}
