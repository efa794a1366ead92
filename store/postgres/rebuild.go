package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

var (
	rebuildLockSQL = `SELECT pg_advisory_xact_lock($1::bigint)` // one Rebuild at a time
	rebuildDaysSQL = `SELECT DISTINCT ` + dayOf("id") + ` AS day FROM «feedbacks WHERE scope = $1::text::uuid
UNION SELECT day FROM «feedbacks_rollups WHERE scope = $1::text::uuid
UNION SELECT day FROM «feedbacks_deltas WHERE scope = $1::text::uuid AND position >= ` + foldedUpto + ` ORDER BY day`
)

// recountSQL writes as deltas what a recount of a day has more than is there. All is
// of one moment, so that what others add meanwhile is right beside it. Who changed
// tags by hand may have changed one that is not counted: of a day that has such, no
// tag is whole from then on.
var recountSQL = `WITH changed AS (
	` + changed("1", "«feedbacks") + `
	WHERE scope = $1::text::uuid AND id >= $2::text::uuid AND id < $3::text::uuid
), ` + counted + `, differences AS (
	` + tally + byTagAndDay + `
	UNION ALL SELECT scope, tag, day, ` + counting(func(c count) string { return "-" + c.name }) + ` FROM «feedbacks_rollups WHERE scope = $1::text::uuid AND day = $4::int
	UNION ALL SELECT scope, tag, day, ` + counting(func(c count) string { return "-" + c.name }) + ` FROM «feedbacks_deltas
	WHERE scope = $1::text::uuid AND day = $4::int AND position >= ` + foldedUpto + `
), difference AS (
	SELECT scope, tag, day, ` + sums + `, CASE WHEN tag = '' AND EXISTS (SELECT FROM counted WHERE ` + isMarked + `) THEN 0 END AS refused
	FROM differences GROUP BY scope, tag, day
)` + write(`SELECT * FROM difference WHERE tag = '' OR (`+countColumns+`) <> (`+counting(func(count) string { return "0" })+`)`)

// Rebuild counts the records of a scope anew, for those who changed rows by hand:
// what this package writes keeps the counts that summaries are made of right. It
// works day by day, beside other writers, and can be repeated. It takes about a
// second for 300,000 records, and is bounded by ctx alone.
func (s *Store) Rebuild(ctx context.Context, scope store.Scope) error {
	if err := begin(ctx, scope.Check()); err != nil {
		return err
	}
	var days []int64
	err := s.try(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		rows, _ := c.Query(ctx, s.sql.in(rebuildDaysSQL), replanned(c, scopeUUID(scope))...) // its error is also rows'
		var err error
		days, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err != nil {
		return err
	}
	for _, day := range days {
		err := s.try(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
			return pgx.BeginTxFunc(ctx, c, readCommitted, func(tx pgx.Tx) error { return s.rebuildDay(ctx, tx, scope, day) })
		})
		if err != nil {
			return fmt.Errorf("rebuilding %s: %w", dayStart(day).Format(time.DateOnly), err)
		}
	}
	s.tags.forgetScope(scope)
	return s.foldAll(ctx)
}

func (s *Store) rebuildDay(ctx context.Context, tx pgx.Tx, scope store.Scope, day int64) error {
	if _, err := tx.Exec(ctx, rebuildLockSQL, rebuildLock); err != nil {
		return err
	}
	from, to := uuidOf(store.MinID(dayStart(day))), uuidOf(store.MinID(dayStart(day+1)))
	_, err := tx.Exec(ctx, s.sql.in(recountSQL), replanned(tx.Conn(), scopeUUID(scope), from, to, day)...)
	return err
}
