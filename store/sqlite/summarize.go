package sqlite

import (
	"context"
	"database/sql/driver"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/internal/summing"
	"github.com/humanfeedback/feedbacks/store"
)

// Summarize implements [store.Store].
func (s *Store) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	if err := begin(ctx, scope.Check(), q.Check()); err != nil {
		return store.Summary{}, err
	}
	return summing.Summarize(ctx, s, scope, q, func(b *summing.Builder) error {
		var rollups []summing.Rollup
		err := s.read(ctx, func(ctx context.Context, c *conn) (err error) {
			rollups, err = c.rollups(ctx, scope, b)
			return err
		})
		for _, r := range rollups {
			b.Add(r)
		}
		return err
	})
}

// rollups reads what b asks for.
func (c *conn) rollups(ctx context.Context, scope store.Scope, b *summing.Builder) (rollups []summing.Rollup, err error) {
	read := func(w *sqlfilter.Where, cs []count, sql string) {
		if err != nil {
			return
		}
		err = c.query(ctx, sql, w.Args, func(v []driver.Value) error {
			rollups = append(rollups, summing.Rollup{
				Tag: v[0].(string), First: dayStart(v[1].(int64)), Last: dayStart(v[2].(int64)), Tally: tally(cs, v[3:]),
			})
			return nil
		})
	}
	w := ofDays(scope, b)
	read(w, dayCounts, "SELECT '', day, day, "+columns(dayCounts)+" FROM feedbacks_days WHERE "+w.String())
	switch {
	case b.Tag != "": // day by day, as other tags lie between
		read(w, tagCounts, "SELECT tag, day, day, "+columnsFrom(tagCounts, "t")+" FROM (SELECT scope, day FROM feedbacks_days WHERE "+w.String()+
			") CROSS JOIN feedbacks_tags AS t USING (scope, day) WHERE tag = "+w.Arg(b.Tag))
	case b.Compare != "":
		open := "SELECT day FROM feedbacks_days WHERE uncounted > 0 AND " + w.String()
		prefixed := "substr(tag, 1, length(%)) = %"
		prefixed = strings.ReplaceAll(prefixed, "%", w.Arg(b.Compare))
		read(w, compared, "SELECT tag, min(day), max(day), "+sums(compared)+" FROM feedbacks_tags WHERE "+w.String()+" AND "+prefixed+
			" GROUP BY tag, CASE WHEN day IN ("+open+") THEN day END")
		read(w, compared[:1], commonness(w.String()+" AND NOT "+prefixed))
	default:
		read(w, compared[:1], commonness(w.String()))
	}
	return rollups, err
}

// ofDays returns the conditions of the days whose rollups b asks for.
func ofDays(scope store.Scope, b *summing.Builder) *sqlfilter.Where {
	w := ofScope(scope)
	if !b.From.IsZero() {
		w.Examine("day >= %s", daysSince1970(b.From))
	}
	if !b.To.IsZero() {
		w.Examine("day < %s", daysSince1970(b.To))
	}
	return w
}

// commonness says how often there are tags, all days in one.
func commonness(where string) string {
	return "SELECT tag, 0, 0, " + sums(compared[:1]) + " FROM feedbacks_tags WHERE " + where + " GROUP BY tag"
}

func sums(cs []count) string {
	return list(cs, func(c count) string { return "sum(" + c.name + ")" })
}

func columnsFrom(cs []count, table string) string {
	return list(cs, func(c count) string { return table + "." + c.name })
}
