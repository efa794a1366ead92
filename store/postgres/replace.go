package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// A replacement is a Replace on its way. It goes by when the record was written, which
// is read with it: what was written since is left alone, however late the replacement
// comes, or is repeated.
type replacement struct {
	aWrite
	was     store.Feedback
	unknown bool      // whether an earlier try may have done it
	written time.Time // what that one would have replaced
}

var (
	// errSince has a Replace look again: the record was written after it had looked.
	errSince = errors.New("the record is written all the time")
	// errNoAnswer ends a Replace of which an earlier try may have been done.
	errNoAnswer = fmt.Errorf("%w: no answer, and something newer was written since", store.ErrUnavailable)
)

// Replace implements [store.Store].
func (s *Store) Replace(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
	if err := begin(ctx, store.CheckReplace(was, now)); err != nil {
		return store.Feedback{}, err
	}
	begun := time.Now()
	r := replacement{aWrite: newWrite(ctx, now.Normalize()), was: was.Normalize()}
	for p := patience(0); ; {
		err := s.tryReplace(ctx, &r)
		switch {
		case err == nil:
			s.tags.replaced(r.was)
			s.foldIfDue(ctx, begun)
			return r.Feedback, nil
		case err != errSince && (!isInTheWay(err) || r.unknown):
			return store.Feedback{}, err
		case time.Since(begun) > s.opts.Timeout:
			return store.Feedback{}, fmt.Errorf("postgres: %w: within %v: %w", store.ErrUnavailable, s.opts.Timeout, err)
		case err != errSince:
			if err = s.look(ctx, r.aWrite); !isInTheWay(err) {
				return store.Feedback{}, err
			}
			r.beginAnew(ctx, err)
		}
		if err := p.wait(ctx, s); err != nil {
			return store.Feedback{}, err
		}
	}
}

// tryReplace looks for the record, and replaces it if it is what it should be.
func (s *Store) tryReplace(ctx context.Context, r *replacement) error {
	fs := records([]aWrite{r.aWrite})
	marks, err := s.admit(ctx, fs, daysOf(fs))
	if err != nil {
		return err
	}
	s.folds.wrote(1)
	var outcome error
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) (err error) {
		if err := s.setClock(ctx, c); err != nil {
			return err
		}
		var written time.Time
		if written, outcome, err = s.see(ctx, c, r); err != nil || outcome != nil {
			return err
		}
		defer func() {
			if err != nil && !nothingDone(err) && err != errInTheWay && !r.unknown {
				r.unknown, r.written = true, written
			}
		}()
		args := append(arguments(fs), marks.uncounted, []time.Time{s.until(ctx, r.deadline)}, []time.Time{written}, marks.refused)
		return s.send(ctx, c, []aWrite{r.aWrite}, true, s.sql.replace, args, func(rows pgx.Rows, _ error) error { // which is also rows'
			n, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
			if n == 0 {
				outcome = errSince
			}
			return err
		})
	})
	if err == nil {
		err = outcome
	}
	return err
}

// see returns when the record was written, and an error if it may not be replaced.
func (s *Store) see(ctx context.Context, c *pgx.Conn, r *replacement) (written time.Time, outcome, err error) {
	outcome = store.ErrNotFound
	rows, err := s.query(ctx, c, settingsOfOne, s.sql.seen, scopeUUID(r.Scope), uuidOf(r.ID))
	err = newReader(columns, &written).each(rows, err, func(_ what, f store.Feedback, err error) error {
		f.Scope = r.Scope
		switch {
		case err != nil:
			return err
		case f.Equal(r.Feedback), f.Equal(r.was) && (!r.unknown || written.Equal(r.written)):
			outcome = nil
		default:
			outcome = store.ErrConflict
		}
		return nil
	})
	if outcome != nil && r.unknown {
		outcome = fmt.Errorf("postgres: %w", errNoAnswer)
	}
	return written, outcome, err
}

// seenSQL reads one record, and when it was written.
var seenSQL = `SELECT ` + aRecord.sql() + `, written_at, ` + reads(columns, "") + ` FROM «feedbacks f WHERE `

// replaceSQL replaces a record, unless it was written since it was seen, or it is too
// late, and returns whether it has.
var replaceSQL = func() string {
	var p parameters
	return `WITH ` + newRows(&p, append(newColumns[:len(newColumns):len(newColumns)], uncountedColumn, untilColumn, seenColumn)) + `, old AS (
	SELECT f.*, until, seen, new.uncounted AS new_uncounted, ` + list(putColumns, func(c column) string { return "new." + c.name + " AS new_" + c.name }) + `
	FROM new CROSS JOIN LATERAL (
		SELECT scope, session_id, id, written_at, ` + names(tallyColumns, "") + ` FROM «feedbacks f WHERE ` + isRow("id", "new.scope", "new.id") + ` FOR UPDATE
	) f
), replaced AS (
	UPDATE «feedbacks f SET ` + list(putColumns, func(c column) string { return c.name + " = old.new_" + c.name }) + `, uncounted = old.new_uncounted,
		written_at = ` + after("old.written_at") + `
	FROM old WHERE ` + isSame("old") + ` AND old.written_at = old.seen AND clock_timestamp() < old.until
	RETURNING f.scope, f.id, ` + names(tallyColumns, "f.") + `, ` + list(tallyColumns, func(c column) string { return "old." + c.name + " AS old_" + c.name }) + `
), changed AS (
	` + changed("1", "replaced") + `
	UNION ALL SELECT scope, id, ` + names(tallyColumns, "old_") + `, -1 FROM replaced
), ` + rollUp(p.next("bigint")) + `
SELECT count(*)::int FROM replaced`
}()

// seenColumn is when the record was written that was seen.
var seenColumn = column{name: "seen", values: values{argument: "timestamptz"}}
