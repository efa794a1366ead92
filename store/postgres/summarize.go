package postgres

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
			b.Add(r)
		}
		return err
	})
}

// rollups reads what b asks for, of one moment.
func (s *Store) rollups(ctx context.Context, scope store.Scope, b *summing.Builder) (rollups []summing.Rollup, err error) {
	sql, args := s.rollupsSQL(scope, b)
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		rollups = rollups[:0]
		rows, err := s.query(ctx, c, settings, sql, args...)
		if err != nil {
			return err
		}
		var r summing.Rollup
		var first, last, since int64 // of the rollup of a day's records: refused
		into := []any{&r.Tag, &first, &last, &since}
		for _, c := range counts {
			into = append(into, c.of(&r.Tally))
		}
		refused := map[time.Time]int64{}
		var sinces []int64
		_, err = pgx.ForEachRow(rows, into, func() error {
			r.First, r.Last = dayStart(first), dayStart(last)
			if r.Tag == "" && r.Uncounted > 0 {
				refused[r.First] = since
			}
			rollups, sinces = append(rollups, r), append(sinces, since)
			return nil
		})
		for i := range rollups {
			before, open := refused[rollups[i].First]
			rollups[i].Partial = open && sinces[i] >= before
		}
		return err
	})
	return rollups, err
}

// rollupsSQL returns the statement for what b asks for. Each part reads rollups and
// the deltas that are not folded into them yet.
func (s *Store) rollupsSQL(scope store.Scope, b *summing.Builder) (sql string, args []any) {
	from, to := int64(0), int64(math.MaxInt32)
	if !b.From.IsZero() {
		from = daysSince1970(b.From)
	}
	if !b.To.IsZero() {
		to = daysSince1970(b.To)
	}
	args = []any{scopeUUID(scope), from, to}
	const days = " AND day >= $2::int AND day < $3::int"
	arg := func(value string) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args)) + "::text"
	}
	const deltas = "(scope, position) >= (" + scopeArgument + ", (SELECT upto FROM folded)) AND (scope, position) <= (" + scopeArgument + ", " + maxPosition + ")"
	both := func(tags, columns string) string {
		return "(SELECT tag, day, since, refused, " + columns + " FROM «feedbacks_rollups WHERE scope = " + scopeArgument + " AND " + tags + days +
			" UNION ALL SELECT tag, day, position, refused, " + columns + " FROM «feedbacks_deltas WHERE " + deltas + " AND " + tags + days + ") AS rows"
	}
	sql = "WITH folded AS MATERIALIZED (SELECT " + foldedUpto + " AS upto), days AS MATERIALIZED (" +
		"SELECT day, CASE WHEN (SELECT upto FROM folded) > 0 THEN min(refused) END AS refused, " + sums + " FROM " + both("tag = ''", countColumns) + " GROUP BY day)" +
		" SELECT ''::text, day, day, coalesce(refused, 0), " + countColumns + " FROM days"

	switch {
	case b.Tag != "":
		sql += " UNION ALL SELECT tag, day, day, min(since), " + sums + " FROM " + both("tag = "+arg(b.Tag), countColumns) + " GROUP BY tag, day"
	case b.Compare != "":
		prefixed := "tag >= " + arg(b.Compare)
		if end := prefixEnd(b.Compare); end != "" {
			prefixed += " AND tag < " + arg(end)
		}
		sql += " UNION ALL SELECT tag, min(day), max(day), min(since), " + compared(sumOfColumn) +
			" FROM (SELECT tag, day, min(since) AS since, " + list(comparedCounts, sumOfColumn) + " FROM " + both(prefixed, list(comparedCounts, count.column)) + " GROUP BY tag, day HAVING sum(count) > 0) AS rows" +
			" GROUP BY tag, CASE WHEN day IN (SELECT day FROM days WHERE uncounted > 0) THEN day END" +
			" UNION ALL " + commonness(both("tag > '' AND NOT ("+prefixed+")", "count"))
	default:
		sql += " UNION ALL " + commonness(both("tag > ''", "count"))
	}
	return s.sql.in(sql), args
}

// commonness says how often there are tags, all days in one.
func commonness(rows string) string {
	return "SELECT tag, 0, 0, 0, " + sumOfColumn(counts[0]) + strings.Repeat(", 0", len(counts)-1) + " FROM " + rows + " GROUP BY tag"
}

// comparedCounts are those that a comparison shows.
var comparedCounts = counts[:4]

// compared lists the counts that a comparison shows; the others are 0.
func compared(says func(c count) string) string {
	return list(comparedCounts, says) + strings.Repeat(", 0", len(counts)-len(comparedCounts))
}

// prefixEnd returns the first text, byte by byte, after all that start with a
// prefix, "" if there is none.
func prefixEnd(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		if last++; last == surrogates {
			last = afterSurrogates
		}
		if last <= utf8.MaxRune {
			return prefix + string(last)
		}
	}
	return ""
}

// No text has runes from surrogates to afterSurrogates.
const (
	surrogates      = 0xD800
	afterSurrogates = 0xE000
)

// A day of the rollups is a number of days since 1970.
func daysSince1970(t time.Time) int64 { return min(max(t.Unix()/86400, 0), math.MaxInt32) }
func dayStart(day int64) time.Time    { return time.Unix(day*86400, 0).UTC() }
