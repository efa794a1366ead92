package postgres

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/summing"
	"github.com/humanfeedback/feedbacks/store"
)

// Summarize implements [store.Store].
func (s *Store) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	if err := begin(ctx, scope.Check(), q.Check()); err != nil {
		return store.Summary{}, err
	}
	return summing.Summarize(ctx, s, scope, q, func(b *summing.Builder) error {
		rollups, err := s.rollups(ctx, scope, b)
		for _, r := range rollups {
			b.Add(summing.Rollup{Tag: r.tag, First: r.day, Last: r.day, Tally: r.tally})
		}
		return err
	})
}

type rollup struct {
	tag   string
	day   time.Time
	tally store.Tally
}

// rollups reads what b asks for: the days of its Tag and, without one, how often
// there were other tags, all days in one.
func (s *Store) rollups(ctx context.Context, scope store.Scope, b *summing.Builder) (rollups []rollup, err error) {
	w := ofScope(scope)
	if !b.From.IsZero() {
		w.Examine("day >= %s", daysSince1970(b.From))
	}
	if !b.To.IsZero() {
		w.Examine("day < %s", daysSince1970(b.To))
	}
	others := " UNION ALL SELECT tag, 0, " + counting(func(c count) string {
		if c.name == "count" {
			return "sum(count)::bigint"
		}
		return "0"
	}) + " FROM «feedbacks_rollups WHERE " + w.String() + " AND tag > '' GROUP BY tag"
	if b.Compare != "" {
		others = " UNION ALL SELECT tag, day, " + counting(count.column) + " FROM «feedbacks_rollups WHERE " + w.String() + " AND tag > ''"
	}
	if b.Tag != "" {
		others = ""
	}
	w.Examine("tag = %s", b.Tag)
	sql := "SELECT tag, day, " + counting(count.column) + " FROM «feedbacks_rollups WHERE " + w.String() + others
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		rollups = rollups[:0]
		rows, _ := c.Query(ctx, s.sql.in(sql), w.Args...) // its error is also rows'
		var r rollup
		var day int64
		into := []any{&r.tag, &day}
		for _, c := range counts {
			into = append(into, c.of(&r.tally))
		}
		_, err := pgx.ForEachRow(rows, into, func() error {
			r.day = dayStart(day)
			rollups = append(rollups, r)
			return nil
		})
		return err
	})
	return rollups, err
}

// A day of the rollups is a number of days since 1970.
func daysSince1970(t time.Time) int64 { return min(max(t.Unix()/86400, 0), math.MaxInt32) }
func dayStart(day int64) time.Time    { return time.Unix(day*86400, 0).UTC() }
