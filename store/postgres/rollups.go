package postgres

import (
	"slices"
	"strconv"

	"github.com/humanfeedback/feedbacks/store"
)

// A count is a column of the rollups.
type count struct {
	name string
	sql  string // of rows of "counted", which count n times
	of   func(t *store.Tally) *int64
}

var counts = append([]count{
	{"count", "sum(n)", func(t *store.Tally) *int64 { return &t.Count }},
	{"sum", "sum(n * micros)", func(t *store.Tally) *int64 { return &t.Sum }},
	{"positive", sumOf("micros > 500000"), func(t *store.Tally) *int64 { return &t.Positive }},
	{"negative", sumOf("micros < 500000"), func(t *store.Tally) *int64 { return &t.Negative }},
	{"with_text", sumOf("text <> ''"), func(t *store.Tally) *int64 { return &t.WithText }},
}, bins()...)

// bins are the histogram.
func bins() (cs []count) {
	for i := range (&store.Tally{}).Histogram {
		n := strconv.Itoa(i)
		cs = append(cs, count{"h" + n, sumOf("bin = " + n), func(t *store.Tally) *int64 { return &t.Histogram[i] }})
	}
	return cs
}

func sumOf(condition string) string { return "coalesce(sum(n) FILTER (WHERE " + condition + "), 0)" }

// day is the day of a record's id: its first 48 bits are milliseconds.
const day = `(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 86400000)::int`

// micros and bin are store.Micros of a score, and the histogram's bin of that.
const (
	micros = `round(score * 1000000)::bigint` // halves to even, as for every double precision
	bin    = `least(micros * 10 / 1000000, 9)`
)

// rollupColumns are all of the rollups' columns.
var rollupColumns = "scope, tag, day, " + counting(count.column)

func (c count) column() string { return c.name }

func counting(says func(c count) string) string { return list(counts, says) }

// changed are the rows of a row named in SQL that change rollups, n times each.
func changed(n, from string) string {
	return "SELECT scope, id, " + names(tallyColumns, "") + ", " + n + " AS n FROM " + from
}

// counted makes of "changed" what tally counts.
const counted = `measured AS (
	SELECT *, ` + day + ` AS day, ` + micros + ` AS micros FROM changed
), counted AS (
	SELECT measured.*, tag, ` + bin + ` AS bin FROM measured CROSS JOIN LATERAL unnest(''::text || tags) AS tag
)`

// tally counts rows of "counted" by tag and day, each n times.
var tally = `SELECT scope, tag, day, ` + counting(func(c count) string { return c.sql }) + ` FROM counted GROUP BY scope, tag, day`

// rollUp counts "changed" into the rollups: in the order of their keys, so that no
// two statements wait for each other in a circle.
var rollUp = counted + `, rolled_up AS (` + addUp(tally+` ORDER BY scope, tag, day`) + `)`

// addUp adds rows of rollupColumns to the rollups, in their order.
func addUp(rows string) string {
	return `
	INSERT INTO «feedbacks_rollups AS r (` + rollupColumns + `)
	` + rows + `
	ON CONFLICT (scope, tag, day) DO UPDATE SET ` + counting(func(c count) string { return c.name + " = r." + c.name + " + excluded." + c.name })
}

// countedOne are the arguments of what a record adds to the rollups: its day, its
// counts, and the tags that these are added to.
func countedOne(f *store.Feedback) []any {
	var t store.Tally
	t.Add(*f)
	args := make([]any, 0, len(counts)+2)
	args = append(args, daysSince1970(f.CreatedAt()))
	for _, c := range counts {
		args = append(args, *c.of(&t))
	}
	tags := append([]string{""}, f.Tags...)
	slices.Sort(tags) // as tally's rows are
	return append(args, tags)
}

// rowsOfOne are the rows of rollupColumns that countedOne's arguments make.
func rowsOfOne(p *parameters, from string) string {
	return "SELECT " + scopeArgument + " AS scope, tag, " + p.next("int") + " AS day, " + counting(func(count) string { return p.next("bigint") }) +
		" FROM " + from + " CROSS JOIN unnest(" + p.next("text[]") + ") AS tag"
}
