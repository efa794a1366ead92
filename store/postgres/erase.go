package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// chunk is how many records one statement erases: few enough to hold up nobody
// who writes at the same time.
var chunk = 500 // a variable for tests

// Erase implements [store.Store].
func (s *Store) Erase(ctx context.Context, scope store.Scope, f store.Filter) (int64, error) {
	if err := begin(ctx, scope.Check(), f.CheckErase()); err != nil {
		return 0, err
	}
	if err := s.refuseNewer(ctx, scope, f); err != nil {
		return 0, err
	}
	begun, err := s.stopAdditions(ctx, scope)
	if err != nil {
		return 0, err
	}
	var erased int64
	position := ""
	for {
		n, next, ahead, late, err := s.eraseChunk(ctx, scope, store.Query{Filter: f, Ascending: true, After: position}, begun)
		erased += n
		if err != nil {
			return erased, err
		}
		if late { // by a wrong idea of the server's clock, or ctx ends
			wait(ctx)
			continue
		}
		if ahead != nil { // the clock has gone back since that was written
			begun = *ahead
			continue
		}
		if next == "" {
			break
		}
		position = idPrefix + next
	}
	if err := s.left(ctx, scope, f); err != nil {
		return erased, err
	}
	if erased > 0 { // what has begun meanwhile may be on its way
		if err := s.bury(ctx, scope); err != nil {
			return erased, err
		}
	}
	s.tags.forgetScope(scope)
	return erased, s.foldAll(ctx) // so that no rollup keeps the name of a tag: it can be a person's
}

// stopAdditions has nothing be added to a scope that has begun before, and returns the
// time by the server's clock at which all such that was under way has ended. What is
// written after that is not erased.
func (s *Store) stopAdditions(ctx context.Context, scope store.Scope) (begun time.Time, err error) {
	if err := s.bury(ctx, scope); err != nil {
		return begun, err
	}
	begun, _, err = s.additionsEnd(ctx)
	return begun, err
}

// additionsEnd waits for the additions under way that may not have seen a tombstone,
// and returns the time by the server's clock at which none was left, and whether there
// were any.
func (s *Store) additionsEnd(ctx context.Context) (now time.Time, some bool, err error) {
	limited, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	var writing []string
	for {
		err = s.do(limited, repeat, func(ctx context.Context, c *pgx.Conn) error {
			return c.QueryRow(ctx, s.sql.writing, writing).Scan(&now, &writing)
		})
		if err != nil || len(writing) == 0 {
			break
		}
		some = true
		wait(limited)
	}
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		err = fmt.Errorf("postgres: %w: no end of what is written within %v: %w", store.ErrUnavailable, s.opts.Timeout, err)
	}
	return now, some, err
}

// bury has nothing be added to a scope that has begun before. A standby has it with the
// next commit, so that a standby which is away holds up no more than an answer.
func (s *Store) bury(ctx context.Context, scope store.Scope) error {
	return s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		var b pgx.Batch
		b.Queue("SELECT set_config('synchronous_commit', 'local', true)")
		b.Queue(s.sql.bury, scopeUUID(scope))
		return c.SendBatch(ctx, &b).Close()
	})
}

// writingSQL returns the server's time and the transactions, of those that are given or
// of all, which may have added records without having seen a tombstone: nobody else
// writes scopes.
const writingSQL = `SELECT clock_timestamp(), ARRAY(
	SELECT DISTINCT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = '«feedbacks_scopes'::regclass
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'RowExclusiveLock' AND granted
	AND ($1::text[] IS NULL OR virtualtransaction = ANY ($1::text[])))`

// refuseNewer returns an error if f selects anything that a newer version wrote.
func (s *Store) refuseNewer(ctx context.Context, scope store.Scope, f store.Filter) error {
	for q := (store.Query{Filter: f, Ascending: true, Limit: 1}); ; {
		w, err := where(scope, q)
		if err != nil {
			return err
		}
		w.Require(newer(""))
		page, err := s.list(ctx, scope, q, w)
		if err != nil || page.Next == "" {
			return err
		}
		q.After = page.Next
	}
}

// eraseChunk erases the first chunk of what q selects and returns how many these
// were, and where to go on, "" at the end, unless it was too late for some. It
// leaves what was written after begun, and says when, if that is yet to come. It
// erases none of a chunk that has what a newer version has written since.
func (s *Store) eraseChunk(ctx context.Context, scope store.Scope, q store.Query, begun time.Time) (n int64, next string, ahead *time.Time, late bool, err error) {
	var refused int64
	err = s.inTime(ctx, func(ctx context.Context, c *pgx.Conn) (now time.Time, err error) {
		until := s.until(ctx, time.Time{})
		w, err := where(scope, q)
		if err != nil {
			return now, err
		}
		rows, err := s.query(ctx, c, settings, s.eraseSQL(w, w.Arg(until), w.Arg(begun)), w.Args...)
		if err != nil {
			return now, err
		}
		_, err = pgx.ForEachRow(rows, []any{&n, &next, &refused, &ahead, &now}, func() error { return nil })
		late = err == nil && !now.Before(until)
		return now, err
	})
	if err == nil && refused > 0 {
		err = fmt.Errorf("postgres: %w", store.ErrNewerVersion)
	}
	return n, next, ahead, late, err
}

// eraseSQL returns the statement that goes through a window of what the indexes
// find and erases the first chunk of what w selects, also once it is locked, until a time
// of the server's, but for what was written after it had begun. It returns how many these were, where to
// go on, how many are too new to be erased, the last time of what was written in the
// server's future, and the server's time.
func (s *Store) eraseSQL(w *sqlfilter.Where, until, begun string) string {
	window, again := window, w.Again()
	if w.Required() == "" {
		window = chunk
	}
	if again != "" {
		again = " AND " + again
	}
	return s.sql.in(`WITH examined AS MATERIALIZED (
	SELECT scope, session_id, id FROM «feedbacks WHERE ` + w.Examined() + ` ORDER BY ` + w.Order("", false) + ` LIMIT ` + strconv.Itoa(window) + `
), selected AS ( -- in order, as all who lock several
	SELECT f.* FROM examined CROSS JOIN LATERAL (
		SELECT scope, session_id, id, written_at, ` + newer("") + ` AS newer FROM «feedbacks f WHERE ` + isSame("examined") + again + ` FOR UPDATE
	) f LIMIT ` + strconv.Itoa(chunk) + `
), gone AS (
	DELETE FROM «feedbacks f USING selected WHERE ` + isSame("selected") + ` AND f.written_at <= ` + begun + `::timestamptz AND clock_timestamp() < ` + until + `
		AND NOT EXISTS (SELECT FROM selected WHERE newer)
	RETURNING f.scope, f.id, ` + names(tallyColumns, "f.") + `
), changed AS (` + changed("-1", "gone") + `), ` + rollUp("") + `
SELECT (SELECT count(*) FROM gone), coalesce(CASE
	WHEN (SELECT count(*) FROM selected) = ` + strconv.Itoa(chunk) + ` THEN (SELECT id::text AS uuid FROM selected ORDER BY id DESC LIMIT 1)
	WHEN (SELECT count(*) FROM examined) = ` + strconv.Itoa(window) + ` THEN (SELECT id::text AS uuid FROM examined ORDER BY id DESC LIMIT 1)
END, ''), (SELECT count(*) FROM selected WHERE newer),
	(SELECT max(written_at) FROM selected WHERE written_at > ` + begun + `::timestamptz AND written_at > clock_timestamp()), clock_timestamp()`)
}
