package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/migrations"
	"github.com/humanfeedback/feedbacks/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the SQL files that [Migrate] runs, for teams with a
// migration tool of their own. They are to be run in the order of their names,
// each once, with the tables' schema first in the search_path: in a transaction,
// but for those that end in .concurrent.sql, whose statements each go alone. Their
// names start with a number, from 001 on. They keep the table feedbacks_migrations
// themselves, so that it says the same whoever runs them.
func Migrations() fs.FS { return migrations.In(migrationFiles) }

// knownSchema is the version of the schema that this package writes.
var knownSchema = sync.OnceValue(func() int { return len(migrations.Names(Migrations())) })

// ErrNewerSchema is a [store.ErrNewerVersion]: a newer version of this library has
// migrated the database in a way that this one may not write beside. [Migrate]
// returns it, and all that a Store does once the tables are not what it knows. A
// newer schema that this version may still write is no error.
var ErrNewerSchema = fmt.Errorf("the database's schema was %w", store.ErrNewerVersion)

// Advisory locks, of a whole database: "feedb" and a number.
const (
	migrateLock = 0x6665656462_00
	rebuildLock = 0x6665656462_01
	foldLock    = 0x6665656462_02
)

// readCommitted is what this package's transactions need, whatever the server's
// default_transaction_isolation: with another, one sees nothing of what was done
// while it waited for a lock.
var readCommitted = pgx.TxOptions{IsoLevel: pgx.ReadCommitted}

// Migrate makes or updates the tables, in the schema of opts (nil is fine), which
// it makes too if need be. It changes nothing when they are up to date, or newer
// and fit to be written by this version. Any number of processes may call it at
// once: they wait for each other. A failure leaves everything as it was before the
// file that failed; one of .concurrent.sql goes on the next time where it ended.
// Such files need a connection straight to the server. Once the tables are up to
// date, by whatever tool, Migrate needs no right but to read. It refuses databases
// and connections whose encoding is not UTF8.
func Migrate(ctx context.Context, db DB, opts *Options) error {
	m := migrator{Migrations(), opts.withDefaults().Schema}
	return m.run(ctx, db)
}

// A migrator runs files that the database has not seen. Each records itself in
// feedbacks_migrations: its version, and the least version that a library must know
// to still write what the file leaves. A file that raises that also has the
// statements of older versions fail (it renames a column, say): that is how
// instances that are running find out.
type migrator struct {
	files  fs.FS
	schema string
}

func (m migrator) run(ctx context.Context, db DB) error {
	files := migrations.Names(m.files)
	err := db.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return m.all(ctx, c.Conn(), files) })
	if err != nil {
		return fmt.Errorf("postgres: migrating: %w", err)
	}
	return nil
}

// all runs what is left of files: up to each that goes alone in one transaction.
func (m migrator) all(ctx context.Context, c *pgx.Conn, files []string) error {
	if err := checkEncoding(ctx, c); err != nil {
		return err
	}
	for {
		version, alone := 0, false
		err := poll(ctx, func() (locked bool, err error) {
			err = pgx.BeginTxFunc(ctx, c, readCommitted, func(tx pgx.Tx) error {
				err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1::bigint)", migrateLock).Scan(&locked)
				if err != nil || !locked {
					return err
				}
				version, alone, err = m.some(ctx, tx, files)
				return err
			})
			return locked, err
		})
		if err != nil || !alone {
			return err
		}
		if err := m.concurrently(ctx, c, files, version); err != nil {
			return err
		}
	}
}

// some runs what is left of files up to one that goes alone, if there is any, and
// returns the version that this leaves.
func (m migrator) some(ctx context.Context, tx pgx.Tx, files []string) (version int, alone bool, err error) {
	if err := m.enter(ctx, tx); err != nil {
		return 0, false, err
	}
	version, err = state(ctx, tx, len(files))
	for ; err == nil && version < len(files); version++ {
		if goesAlone(files[version]) {
			return version, true, nil
		}
		err = m.apply(ctx, tx.Conn(), files[version], version+1)
	}
	return version, false, err
}

// poll calls try until it has taken the lock that Migrate holds. Each time is a
// transaction of its own: CREATE INDEX CONCURRENTLY waits for the end of all that
// were there before it, so it and who waited for it in one would wait for ever.
func poll(ctx context.Context, try func() (locked bool, err error)) error {
	for {
		locked, err := try()
		if err != nil || locked {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// enter makes the schema, if need be, and has the transaction's tables be there.
func (m migrator) enter(ctx context.Context, tx pgx.Tx) error {
	if m.schema == "" {
		return nil
	}
	name := pgx.Identifier{m.schema}.Sanitize()
	var exists bool // CREATE … IF NOT EXISTS asks for a privilege even if it does
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text::name)", m.schema).Scan(&exists); err != nil {
		return err
	}
	if !exists {
		if _, err := tx.Exec(ctx, "CREATE SCHEMA "+name); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "SET LOCAL search_path TO "+name)
	return err
}

// checkEncoding returns an error where text would be stored as what it is not, and
// be garbled by the next dump.
func checkEncoding(ctx context.Context, q querier) error {
	var database, client string
	err := q.QueryRow(ctx, "SELECT current_setting('server_encoding'), current_setting('client_encoding')").Scan(&database, &client)
	switch {
	case err != nil:
		return err
	case database != "UTF8":
		return fmt.Errorf("the database's encoding must be UTF8, and is %s (CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8')", database)
	case client != "UTF8":
		return fmt.Errorf("client_encoding must be UTF8, and is %s: it is set in the URL, for the role or for the database", client)
	}
	return nil
}

// A querier is a transaction or a connection.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// state returns the version of the tables in the current schema, 0 when it has none,
// or an error when who knows so many versions may not write them. Those of another
// program can be in a schema that is further down the search_path.
func state(ctx context.Context, q querier, known int) (version int, err error) {
	var exists bool
	if err := q.QueryRow(ctx, "SELECT to_regclass(quote_ident(current_schema()) || '.feedbacks_migrations') IS NOT NULL").Scan(&exists); err != nil || !exists {
		return 0, err
	}
	var least int
	if err := q.QueryRow(ctx, "SELECT coalesce(max(version), 0), coalesce(max(least), 0) FROM feedbacks_migrations").Scan(&version, &least); err != nil {
		return 0, err
	}
	return version, migrations.Check(least, known, ErrNewerSchema)
}

// apply runs one file, which must be the version's, in one go or each of its
// statements alone.
func (m migrator) apply(ctx context.Context, c *pgx.Conn, name string, version int) error {
	sql, err := migrations.Read(m.files, name, version)
	if err != nil {
		return err
	}
	parts := []string{sql}
	if goesAlone(name) {
		parts = strings.SplitAfter(parts[0], ";\n")
	}
	for _, sql := range parts {
		if _, err := c.PgConn().Exec(ctx, sql).ReadAll(); err != nil { // many statements, in any query mode
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	now, err := state(ctx, c, math.MaxInt)
	if err == nil && now != version {
		err = fmt.Errorf("%s has left version %d", name, now)
	}
	return err
}
