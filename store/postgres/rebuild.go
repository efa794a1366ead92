package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

const (
	rebuildLockSQL = `LOCK TABLE «feedbacks_rollups IN SHARE ROW EXCLUSIVE MODE`
	rebuildDaysSQL = `SELECT DISTINCT ` + day + ` AS day FROM «feedbacks WHERE scope = $1::text::uuid
UNION SELECT day FROM «feedbacks_rollups WHERE scope = $1::text::uuid ORDER BY day`
	clearDaySQL = `DELETE FROM «feedbacks_rollups WHERE scope = $1::text::uuid AND day = $2::int`
	recountSQL  = `WITH changed AS (
	SELECT scope, id, score, text, tags, 1 AS n FROM «feedbacks
	WHERE scope = $1::text::uuid AND id >= $2::text::uuid AND id < $3::text::uuid
), ` + rollUp + ` SELECT`
)

// Rebuild counts the records of a scope anew, for those who changed rows by hand:
// what this package writes keeps the counts that summaries are made of right. It
// works day by day, and other writers wait for one day at a time. It can be
// repeated.
func (s *Store) Rebuild(ctx context.Context, scope store.Scope) error {
	if err := begin(ctx, scope.Check()); err != nil {
		return err
	}
	var days []int64
	err := s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		rows, _ := c.Query(ctx, s.sql.in(rebuildDaysSQL), scopeUUID(scope)) // its error is also rows'
		var err error
		days, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err != nil {
		return err
	}
	for _, day := range days {
		err := s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return s.rebuildDay(ctx, tx, scope, day) })
		})
		if err != nil {
			return fmt.Errorf("rebuilding %s: %w", dayStart(day).Format(time.DateOnly), err)
		}
	}
	return nil
}

// rebuildDay counts one day anew. Once it has the lock, every writer has either
// committed, or will count its records in after it.
func (s *Store) rebuildDay(ctx context.Context, tx pgx.Tx, scope store.Scope, day int64) error {
	from, to := uuidOf(store.MinID(dayStart(day))), uuidOf(store.MinID(dayStart(day+1)))
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{rebuildLockSQL, nil},
		{clearDaySQL, []any{scopeUUID(scope), day}},
		{recountSQL, []any{scopeUUID(scope), from, to}},
	} {
		if _, err := tx.Exec(ctx, s.sql.in(step.sql), step.args...); err != nil {
			return err
		}
	}
	return nil
}
