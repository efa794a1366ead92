package sqlite

import (
	"context"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/humanfeedback/feedbacks/internal/migrations"
	"github.com/humanfeedback/feedbacks/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the SQL files that [Open] runs, in the order of their names, each
// once. Their names start with a number, from 001 on. They keep the table
// feedbacks_migrations themselves.
func Migrations() fs.FS { return migrations.In(migrationFiles) }

// knownSchema is the version of the schema that this package writes.
var knownSchema = sync.OnceValue(func() int { return len(migrations.Names(Migrations())) })

// ErrNewerSchema is a [store.ErrNewerVersion]: a newer version of this library has
// migrated the file in a way that this one may not write beside. [Open] returns it,
// and all that a Store does once the tables are not what it knows. A newer schema
// that this version may still write is no error.
var ErrNewerSchema = fmt.Errorf("the file's schema was %w", store.ErrNewerVersion)

// applicationID is what a file of this package's says that it is.
const applicationID = 0x66656564

// migrate runs files that the database has not seen. Each records itself in
// feedbacks_migrations: its version, and the least version that a library must know to
// still write what the file leaves. A file that raises that also has the statements of
// older versions fail (it renames a column, say): that is how those that are running
// find out.
func (s *Store) migrate(files fs.FS) error {
	names := migrations.Names(files)
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.Timeout)
	defer cancel()
	if s.opts.ReadOnly {
		return s.checkSchema(ctx, len(names))
	}
	c, err := s.writer.take(ctx)
	if err != nil {
		return err
	}
	sound := false
	defer func() { s.writer.give(c, sound) }()
	if err := patiently(ctx, c.useWAL); err != nil {
		return err
	}
	err = patiently(ctx, func() error {
		_, err := c.exec("BEGIN IMMEDIATE")
		return err
	})
	if err != nil {
		return err
	}
	version, err := c.state(len(names))
	if err != nil {
		return err
	}
	for ; version < len(names); version++ {
		if err := c.apply(files, names[version], version+1); err != nil {
			return err
		}
	}
	_, err = c.exec("COMMIT")
	sound = err == nil
	return err
}

// useWAL has the file have a write-ahead log, which it keeps.
func (c *conn) useWAL() error {
	var mode any
	err := c.query(context.Background(), "PRAGMA journal_mode = WAL", nil, func(v []driver.Value) error {
		mode = v[0]
		return nil
	})
	if err == nil && mode != "wal" {
		err = fmt.Errorf("SQLite cannot keep a write-ahead log for it: its journal_mode is %v", mode)
	}
	return err
}

// checkSchema returns an error unless the tables are there, as a reader needs them.
func (s *Store) checkSchema(ctx context.Context, known int) error {
	return patiently(ctx, func() error {
		return s.readOnce(ctx, func(_ context.Context, c *conn) error {
			version, err := c.state(known)
			if err == nil && version < known {
				err = fmt.Errorf("its tables are of version %d, and %d is needed: open it for writing once", version, known)
			}
			return err
		})
	})
}

// number returns what a statement for one number returns.
func (c *conn) number(sql string) (n int64, err error) {
	err = c.query(context.Background(), sql, nil, func(v []driver.Value) error {
		n = v[0].(int64)
		return nil
	})
	return n, err
}

var errOther = errors.New("it is a database of something else")

// state returns the version of the file's schema, 0 when it has none, or an error when
// who knows so many versions may not write it, or when it is no file of ours.
func (c *conn) state(known int) (version int, err error) {
	id, err := c.number("PRAGMA application_id")
	if err != nil {
		return 0, err
	}
	if id != applicationID {
		if tables, err := c.number("SELECT count(*) FROM sqlite_master"); err != nil || tables == 0 && id == 0 {
			return 0, err
		}
		return 0, errOther
	}
	v, err := c.number("SELECT max(version) FROM feedbacks_migrations")
	if err != nil {
		return 0, err
	}
	return int(v), c.checkLeast(known)
}

// checkLeast returns an error when the least version to know is not known.
func (c *conn) checkLeast(known int) error {
	least, err := c.number("SELECT max(least) FROM feedbacks_migrations")
	if err != nil {
		return err
	}
	return migrations.Check(int(least), known, ErrNewerSchema)
}

// newerSchema returns an error if the tables are not what this version knows: a newer
// one may have come since Open.
func (s *Store) newerSchema() error {
	var err error
	unknown := s.readOnce(context.Background(), func(_ context.Context, c *conn) error {
		err = c.checkLeast(knownSchema())
		return nil
	})
	if unknown != nil || !errors.Is(err, ErrNewerSchema) {
		return nil
	}
	return err
}

// apply runs one file, which must be the version's.
func (c *conn) apply(files fs.FS, name string, version int) error {
	sql, err := migrations.Read(files, name, version)
	if err != nil {
		return err
	}
	if err := c.script(sql); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if now, err := c.number("SELECT max(version) FROM feedbacks_migrations"); err != nil || now != int64(version) {
		return errors.Join(fmt.Errorf("%s has left version %d", name, now), err)
	}
	return nil
}
