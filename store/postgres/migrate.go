package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the SQL files that [Migrate] runs, for teams with a
// migration tool of their own. They are to be run in the order of their names,
// each once and in a transaction, with the tables' schema first in the
// search_path. Their names start with a number, from 001 on. A file whose name ends
// in .concurrent.sql is to be run outside of a transaction, statement by statement,
// and can be run again if it broke off. Each file notes in feedbacks_migrations that
// it was run, so that Migrate goes on where another tool has stopped.
func Migrations() fs.FS {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// Advisory locks, of a whole database: "feedb" and a number.
const (
	migrateLock = 0x6665656462_00
	rebuildLock = 0x6665656462_01
)

// readCommitted is what this package's transactions need, whatever the server's
// default_transaction_isolation: with another, one sees nothing of what was done
// while it waited for a lock.
var readCommitted = pgx.TxOptions{IsoLevel: pgx.ReadCommitted}

// Migrate makes or updates the tables, in the schema of opts (nil is fine), which
// it makes too if need be. It changes nothing when they are up to date, or newer
// than this version of the library but such that it may still write
// ([ErrNewerSchema] else). Any number of processes may call it at once: they wait
// for each other. Each file of [Migrations] is done whole or not at all, but for one
// named .concurrent.sql, which is begun again by the next call and needs a session:
// no pooler in transaction mode. Once the tables are up to date, it needs no right
// but to read.
func Migrate(ctx context.Context, db DB, opts *Options) error {
	return migrate(ctx, db, opts.withDefaults().Schema, Migrations())
}

func migrate(ctx context.Context, db DB, schema string, files fs.FS) error {
	m, err := newMigration(schema, files)
	for done := false; err == nil && !done; {
		err = db.AcquireFunc(ctx, func(c *pgxpool.Conn) (err error) {
			done, err = m.step(ctx, c.Conn())
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("postgres: migrating: %w", err)
	}
	return nil
}

// A migration brings the tables of a schema to the version of the last of its files.
type migration struct {
	schema string // "" is the first of the search_path
	files  fs.FS
	names  []string // of the files: that of version 1 is the first
}

func newMigration(schema string, files fs.FS) (*migration, error) {
	names, err := fs.Glob(files, "*.sql") // in order
	for i, name := range names {
		number, _, _ := strings.Cut(name, "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return nil, fmt.Errorf("%s is not migration %d", name, i+1)
		}
	}
	return &migration{schema, files, names}, err
}

// lockPause is how long to wait before a lock is tried again. A statement that waits
// for a lock has a snapshot, and CREATE INDEX CONCURRENTLY waits for those.
const lockPause = 50 * time.Millisecond

// step runs the next file, and reports whether there is none.
func (m *migration) step(ctx context.Context, c *pgx.Conn) (done bool, err error) {
	var locked bool
	var name string
	err = pgx.BeginTxFunc(ctx, c, readCommitted, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1::bigint)", migrateLock).Scan(&locked); err != nil || !locked {
			return err
		}
		if err := m.enter(ctx, tx, "SET LOCAL"); err != nil {
			return err
		}
		if name, err = m.next(ctx, tx); err != nil || name == "" || isConcurrent(name) {
			return err
		}
		return m.run(ctx, tx, name)
	})
	switch {
	case err != nil:
		return false, err
	case !locked:
		return false, pause(ctx)
	case isConcurrent(name):
		return false, m.runConcurrently(ctx, c)
	}
	return name == "", nil
}

// A querier is a connection or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// enter makes the schema, if need be, and goes there with SET or SET LOCAL.
func (m *migration) enter(ctx context.Context, q querier, set string) error {
	if m.schema == "" {
		return nil
	}
	name := pgx.Identifier{m.schema}.Sanitize()
	var exists bool // CREATE … IF NOT EXISTS asks for a privilege even if it does
	if err := q.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text::name)", m.schema).Scan(&exists); err != nil {
		return err
	}
	if !exists {
		if _, err := q.Exec(ctx, "CREATE SCHEMA "+name); err != nil {
			return err
		}
	}
	_, err := q.Exec(ctx, set+" search_path TO "+name)
	return err
}

// next returns the name of the file that is to be run next, "" if there is none.
func (m *migration) next(ctx context.Context, q querier) (string, error) {
	var exists bool
	if err := q.QueryRow(ctx, "SELECT to_regclass(quote_ident(current_schema()) || '.feedbacks_migrations') IS NOT NULL").Scan(&exists); err != nil {
		return "", err
	}
	var version, least int
	if exists {
		if err := q.QueryRow(ctx, strings.ReplaceAll(versionSQL, "«", "")).Scan(&version, &least); err != nil {
			return "", err
		}
	}
	switch {
	case least > len(m.names):
		return "", fmt.Errorf("%w: who writes must know version %d, this library knows %d", ErrNewerSchema, least, len(m.names))
	case version >= len(m.names):
		return "", nil
	}
	return m.names[version], nil
}

// run runs a file and makes sure that it has noted that.
func (m *migration) run(ctx context.Context, tx pgx.Tx, name string) error {
	sql, err := fs.ReadFile(m.files, name)
	if err != nil {
		return err
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, string(sql)).ReadAll(); err != nil { // many statements, in any query mode
		return fmt.Errorf("%s: %w", name, err)
	}
	return m.noted(ctx, tx, name)
}

func (m *migration) noted(ctx context.Context, q querier, name string) error {
	next, err := m.next(ctx, q)
	if err == nil && next == name {
		return fmt.Errorf("%s does not note its version in feedbacks_migrations", name)
	}
	return err
}

// runConcurrently runs the next file, one that may not run in a transaction, with a
// lock of the session's, which then ends.
func (m *migration) runConcurrently(ctx context.Context, c *pgx.Conn) error {
	defer c.Close(context.WithoutCancel(ctx))
	for locked := false; !locked; {
		if err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock($1::bigint)", migrateLock).Scan(&locked); err != nil {
			return err
		}
		if !locked {
			if err := pause(ctx); err != nil {
				return err
			}
		}
	}
	if err := m.enter(ctx, c, "SET"); err != nil {
		return err
	}
	name, err := m.next(ctx, c)
	if err != nil || !isConcurrent(name) { // another has done it
		return err
	}
	sql, err := fs.ReadFile(m.files, name)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(strings.TrimSpace(string(sql)), ";\n") {
		if _, err := c.PgConn().Exec(ctx, statement).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return m.noted(ctx, c, name)
}

// isConcurrent reports whether a file is to be run outside of a transaction. A
// statement of it ends with a semicolon at the end of a line, and can be run again:
// DROP INDEX CONCURRENTLY IF EXISTS goes before CREATE INDEX CONCURRENTLY. It notes
// its version last.
func isConcurrent(name string) bool { return strings.HasSuffix(name, ".concurrent.sql") }

func pause(ctx context.Context) error {
	select {
	case <-time.After(lockPause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
