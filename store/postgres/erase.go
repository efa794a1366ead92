package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

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
	var erased int64
	position := ""
	for {
		n, next, late, err := s.eraseChunk(ctx, scope, store.Query{Filter: f, Ascending: true, After: position})
		erased += n
		if err != nil {
			return erased, err
		}
		if late { // by a wrong idea of the server's clock, or ctx ends
			wait(ctx)
			continue
		}
		if next == "" {
			break
		}
		position = idPrefix + next
	}
	return erased, s.sweep(ctx, scope)
}

// eraseChunk erases the first chunk of what q selects and returns how many these
// were, and where to go on, "" at the end, unless it was too late for some.
func (s *Store) eraseChunk(ctx context.Context, scope store.Scope, q store.Query) (n int64, next string, late bool, err error) {
	err = s.inTime(ctx, func(ctx context.Context, c *pgx.Conn) (now time.Time, err error) {
		until := s.until(ctx, time.Time{})
		sql, args, err := s.eraseSQL(scope, q, until)
		if err != nil {
			return now, &rowError{err}
		}
		var newers int
		err = c.QueryRow(ctx, sql, args...).Scan(&n, &next, &newers, &now)
		late = err == nil && !now.Before(until)
		if newers > 0 {
			err = &rowError{fmt.Errorf("%d of the records to erase: %w", newers, store.ErrNewerVersion)}
		}
		return now, err
	})
	return n, next, late, err
}

// sweep removes the rollups that count nothing any more: a tag can be a name.
func (s *Store) sweep(ctx context.Context, scope store.Scope) error {
	return s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, s.sql.sweep, scopeUUID(scope))
		return err
	})
}

// eraseSQL returns the statement that goes through a window of what the indexes
// find and erases the first chunk of what the filter selects, until a time of the
// server's, unless some are newer. It returns how many these were, where to go on, how
// many are newer, and the server's time.
func (s *Store) eraseSQL(scope store.Scope, q store.Query, until time.Time) (sql string, args []any, err error) {
	w, err := newWhere(scope, q)
	if err != nil {
		return "", nil, err
	}
	end := w.arg(until)
	window := window
	if w.filtered == "" {
		window = chunk
	}
	return s.sql.in(`WITH examined AS MATERIALIZED (
	SELECT id FROM «feedbacks WHERE ` + w.examined + ` ORDER BY id LIMIT ` + strconv.Itoa(window) + `
), selected AS (
	SELECT id, ` + isNewerSQL("") + ` AS newer FROM «feedbacks WHERE id IN (SELECT id FROM examined) AND ` + w.String() + `
	ORDER BY id LIMIT ` + strconv.Itoa(chunk) + ` FOR UPDATE
), gone AS (
	DELETE FROM «feedbacks f USING selected WHERE f.scope = $1::text::uuid AND f.id = selected.id AND clock_timestamp() < ` + end + `::timestamptz
		AND NOT EXISTS (SELECT FROM selected WHERE newer)
	RETURNING f.scope, f.id, f.score, f.text, f.tags
), changed AS (SELECT *, -1 AS n FROM gone), ` + rollUp + `
SELECT (SELECT count(*) FROM gone), coalesce(CASE
	WHEN (SELECT count(*) FROM selected) = ` + strconv.Itoa(chunk) + ` THEN (SELECT id::text AS uuid FROM selected ORDER BY id DESC LIMIT 1)
	WHEN (SELECT count(*) FROM examined) = ` + strconv.Itoa(window) + ` THEN (SELECT id::text AS uuid FROM examined ORDER BY id DESC LIMIT 1)
END, ''), (SELECT count(*) FROM selected WHERE newer), clock_timestamp()`), w.args, nil
}

const sweepSQL = `DELETE FROM «feedbacks_rollups WHERE scope = $1::text::uuid AND count = 0
AND (tag, day) IN (SELECT tag, day FROM «feedbacks_rollups WHERE scope = $1::text::uuid AND count = 0 FOR UPDATE SKIP LOCKED)`
