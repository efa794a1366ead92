package postgres

import (
	"fmt"
	"strings"

	"github.com/humanfeedback/feedbacks/store"
)

// A count is a column of the rollups that counts.
type count struct {
	name string
	of   func(*store.Tally) *int64
	// sql sums it over rows of "counted", each n times.
	sql string
}

// counts are all of a rollup. The lists in the statements, their arguments and what
// reads their rows are made from this.
var counts = func() []count {
	all := []count{
		{"count", func(t *store.Tally) *int64 { return &t.Count }, "sum(n)"},
		{"sum", func(t *store.Tally) *int64 { return &t.Sum }, "sum(n * micros)"},
		{"positive", func(t *store.Tally) *int64 { return &t.Positive }, "sum(n) FILTER (WHERE micros > 500000)"},
		{"negative", func(t *store.Tally) *int64 { return &t.Negative }, "sum(n) FILTER (WHERE micros < 500000)"},
		{"with_text", func(t *store.Tally) *int64 { return &t.WithText }, "sum(n) FILTER (WHERE text <> '')"},
	}
	for i := range (store.Tally{}).Histogram {
		all = append(all, count{fmt.Sprint("h", i), func(t *store.Tally) *int64 { return &t.Histogram[i] }, fmt.Sprintf("sum(n) FILTER (WHERE bin = %d)", i)})
	}
	return all
}()

// countList makes a list of all counts.
func countList(of func(c *count) string) string {
	all := make([]string, len(counts))
	for i := range counts {
		all[i] = of(&counts[i])
	}
	return strings.Join(all, ", ")
}

// countNames are the counts' names, and rollupColumns all columns of a rollup.
var (
	countNames    = countList(func(c *count) string { return c.name })
	rollupColumns = "scope, tag, day, " + countNames
)

// day is the day of a record's id: its first 48 bits are milliseconds.
const day = `(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 86400000)::int`

// micros and bin are store.Micros of a score, and the histogram's bin of that.
const (
	micros = `round(score * 1000000)::bigint` // halves to even, as for every double precision
	bin    = `least(micros * 10 / 1000000, 9)`
)

// changedColumns are what "changed" needs of a record to count it.
const changedColumns = `scope, id, score, text, tags`

// counted makes of "changed" what tally counts.
const counted = `measured AS (
	SELECT scope, ` + day + ` AS day, text, tags, n, ` + micros + ` AS micros FROM changed
), counted AS (
	SELECT scope, tag, day, text, n, micros, ` + bin + ` AS bin
	FROM measured CROSS JOIN LATERAL unnest(''::text || tags) AS tag
)`

// tally counts rows of "counted" by tag and day, each n times.
var tally = `SELECT scope, tag, day, ` + countList(func(c *count) string { return "coalesce(" + c.sql + ", 0)" }) + `
	FROM counted GROUP BY scope, tag, day`

// rollUp counts "changed", whose rows count n times, into the rollups: in the
// order of their keys, so that no two statements wait for each other in a circle.
var rollUp = counted + `, rolled_up AS (` + addUp(tally+` ORDER BY scope, tag, day`) + `)`

// addUp adds rows of rollupColumns to the rollups, in their order.
func addUp(rows string) string {
	return `
	INSERT INTO «feedbacks_rollups AS r (` + rollupColumns + `)
	` + rows + `
	ON CONFLICT (scope, tag, day) DO UPDATE SET ` +
		countList(func(c *count) string { return fmt.Sprintf("%[1]s = r.%[1]s + excluded.%[1]s", c.name) }) + "\n"
}
