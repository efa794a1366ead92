package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

const (
	rebuildLockSQL = `SELECT pg_advisory_xact_lock($1::bigint)` // one Rebuild at a time
	rebuildDaysSQL = `SELECT DISTINCT ` + day + ` AS day FROM «feedbacks WHERE scope = $1::text::uuid
UNION SELECT day FROM «feedbacks_rollups WHERE scope = $1::text::uuid ORDER BY day`
)

// recountSQL adds to a day's rollups what a recount has more than they have. Both
// are of one moment, so that what others add meanwhile is right beside it.
var recountSQL = `WITH changed AS (
	` + changed("1", "«feedbacks") + `
	WHERE scope = $1::text::uuid AND id >= $2::text::uuid AND id < $3::text::uuid
), ` + counted + `, difference AS (
	` + tally + ` UNION ALL
	SELECT scope, tag, day, ` + counting(func(c count) string { return "-" + c.name }) + `
	FROM «feedbacks_rollups WHERE scope = $1::text::uuid AND day = $4::int
), rows (` + rollupColumns + `) AS (SELECT * FROM difference)` + addUp(`SELECT scope, tag, day, `+counting(func(c count) string { return "sum(" + c.name + ")" })+`
	FROM rows GROUP BY scope, tag, day ORDER BY scope, tag, day`)

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
		rows, _ := c.Query(ctx, s.sql.in(rebuildDaysSQL), scopeUUID(scope)) // its error is also rows'
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
	return s.sweep(ctx, scope)
}

func (s *Store) rebuildDay(ctx context.Context, tx pgx.Tx, scope store.Scope, day int64) error {
	if _, err := tx.Exec(ctx, rebuildLockSQL, rebuildLock); err != nil {
		return err
	}
	from, to := uuidOf(store.MinID(dayStart(day))), uuidOf(store.MinID(dayStart(day+1)))
	_, err := tx.Exec(ctx, s.sql.in(recountSQL), scopeUUID(scope), from, to, day)
	return err
}
