package postgres

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// From v0.1.0 on, an instance that meets what a newer version of the library has
// written fails that call, says why, and changes nothing. A record says by its
// details which version they need. The tables say it in feedbacks_migrations; a
// migration that older instances may not write beside also makes their statements
// fail: it renames a column that they use.

// ErrNewerSchema is returned by [Migrate], and by calls of a [Store] whose
// statements fail, when a newer version of this library has changed the tables so
// that this one may not write there. It is a [store.ErrNewerVersion].
var ErrNewerSchema = fmt.Errorf("the tables are %w", store.ErrNewerVersion)

// schemaVersion is what this library knows.
var schemaVersion = func() int {
	names, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		panic(err) // the pattern is good
	}
	return len(names)
}()

// versionSQL reads the version of the tables, and the least that one who writes must
// know.
const versionSQL = "SELECT coalesce(max(version), 0), coalesce(max(least), 0) FROM «feedbacks_migrations"

// explain says more of an error about the statement itself: that the tables are not
// there, or newer.
func (s *Store) explain(ctx context.Context, err error) error {
	if c := code(err); c == "" || c[:2] != "42" { // syntax error or access rule violation
		return err
	}
	var version, least int
	_, err2 := s.once(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, s.sql.version).Scan(&version, &least)
	})
	switch {
	case err2 == nil && least > schemaVersion:
		return fmt.Errorf("%w: who writes must know version %d, this library knows %d: %w", ErrNewerSchema, least, schemaVersion, err)
	case code(err) == undefinedTable:
		return fmt.Errorf("%w (has postgres.Migrate been called?)", err)
	}
	return err
}
