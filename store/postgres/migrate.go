package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the SQL files that [Migrate] runs, for teams with a
// migration tool of their own. They are to be run in the order of their names,
// each once and in a transaction, with the tables' schema first in the
// search_path. Their names start with a number, from 001 on.
func Migrations() fs.FS {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// ErrNewerSchema is returned by [Migrate] when a newer version of this library
// has migrated the database.
var ErrNewerSchema = errors.New("the database has a newer schema than this library knows")

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
// it makes too if need be. It changes nothing when they are up to date. Any
// number of processes may call it at once: they wait for each other. A failure
// leaves everything as it was. Once they are up to date, it needs no right but to
// read.
func Migrate(ctx context.Context, db DB, opts *Options) error {
	o := opts.withDefaults()
	err := db.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		return pgx.BeginTxFunc(ctx, c.Conn(), readCommitted, func(tx pgx.Tx) error { return migrate(ctx, tx, o.Schema) })
	})
	if err != nil {
		return fmt.Errorf("postgres: migrating: %w", err)
	}
	return nil
}

func migrate(ctx context.Context, tx pgx.Tx, schema string) error {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1::bigint)", migrateLock); err != nil {
		return err
	}
	if schema != "" {
		name := pgx.Identifier{schema}.Sanitize()
		var exists bool // CREATE … IF NOT EXISTS asks for a privilege even if it does
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text::name)", schema).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			if _, err := tx.Exec(ctx, "CREATE SCHEMA "+name); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, "SET LOCAL search_path TO "+name); err != nil {
			return err
		}
	}
	var version int
	var exists bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass('feedbacks_migrations') IS NOT NULL").Scan(&exists); err != nil {
		return err
	}
	if !exists {
		if _, err := tx.Exec(ctx, "CREATE TABLE feedbacks_migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"); err != nil {
			return err
		}
	}
	if err := tx.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM feedbacks_migrations").Scan(&version); err != nil {
		return err
	}
	files, err := fs.Glob(Migrations(), "*.sql") // in order
	if err != nil {
		return err
	}
	if version > len(files) {
		return fmt.Errorf("%w: %d, not %d", ErrNewerSchema, version, len(files))
	}
	for i, name := range files[version:] {
		if err := apply(ctx, tx, name, version+i+1); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// apply runs one file, which must be the version's.
func apply(ctx context.Context, tx pgx.Tx, name string, version int) error {
	number, _, _ := strings.Cut(name, "_")
	if n, err := strconv.Atoi(number); err != nil || n != version {
		return fmt.Errorf("is not migration %d", version)
	}
	sql, err := fs.ReadFile(Migrations(), name)
	if err != nil {
		return err
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, string(sql)).ReadAll(); err != nil { // many statements, in any query mode
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO feedbacks_migrations (version) VALUES ($1::int)", version)
	return err
}
