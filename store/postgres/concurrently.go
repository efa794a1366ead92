package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
)

// goesAlone reports whether a file's statements may not run in a transaction, as
// CREATE INDEX CONCURRENTLY may not. Each ends with a semicolon at the end of a
// line, holds none there otherwise, and does no harm when it is repeated (IF NOT
// EXISTS): the file may have been cut off. The last one records the file.
func goesAlone(name string) bool { return strings.HasSuffix(name, ".concurrent.sql") }

// errPooler is what Migrate returns where a session is not its own.
var errPooler = errors.New("needs a session of its own, and a pooler stands before the server: call Migrate with a connection straight to it")

// concurrently runs the file that follows a version, if nobody has meanwhile, in
// a session that holds the lock: a transaction that did would not do, as a
// statement of its own is what the file is for.
func (m migrator) concurrently(ctx context.Context, c *pgx.Conn, files []string, version int) error {
	name := files[version]
	var backend uint32
	if err := c.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return err
	}
	if backend != c.PgConn().PID() { // the pooler's answer to who it is
		return fmt.Errorf("%s %w", name, errPooler)
	}
	err := poll(ctx, func() (locked bool, err error) {
		err = c.QueryRow(ctx, "SELECT pg_try_advisory_lock($1::bigint)", migrateLock).Scan(&locked)
		return locked, err
	})
	if err != nil {
		return err
	}
	defer restore(ctx, c, "SELECT pg_advisory_unlock($1::bigint)", int64(migrateLock))
	if m.schema != "" {
		var path string
		if err := c.QueryRow(ctx, "SHOW search_path").Scan(&path); err != nil {
			return err
		}
		defer restore(ctx, c, setPath, path)
		if _, err := c.Exec(ctx, setPath, pgx.Identifier{m.schema}.Sanitize()); err != nil {
			return err
		}
	}
	if now, err := state(ctx, c, len(files)); err != nil || now > version {
		return err
	}
	if err := m.dropInvalid(ctx, c, name); err != nil {
		return err
	}
	return m.apply(ctx, c, name, version+1)
}

const setPath = "SELECT set_config('search_path', $1::text, false)"

// restore makes a session what it was, or ends it.
func restore(ctx context.Context, c *pgx.Conn, sql string, args ...any) {
	ctx = context.WithoutCancel(ctx)
	if _, err := c.Exec(ctx, sql, args...); err != nil {
		c.Close(ctx)
	}
}

// dropInvalid drops those indexes of a file that were cut off while they were
// made: IF NOT EXISTS takes them for the whole.
func (m migrator) dropInvalid(ctx context.Context, c *pgx.Conn, name string) error {
	file, err := fs.ReadFile(m.files, name)
	if err != nil {
		return err
	}
	rows, _ := c.Query(ctx, `SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid
		WHERE NOT indisvalid AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relname = ANY (regexp_split_to_array($1::text, '[^a-z0-9_]+'))`, string(file)) // its error is also rows'
	indexes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, index := range indexes {
		if _, err := c.Exec(ctx, "DROP INDEX CONCURRENTLY "+index); err != nil {
			return err
		}
	}
	return nil
}
