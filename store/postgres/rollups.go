package postgres

import (
	"strconv"

	"github.com/humanfeedback/feedbacks/store"
)

// A count is a column of the rollups and deltas.
type count struct {
	name string
	sql  string // of rows of "counted", which count n times
	of   func(t *store.Tally) *int64
}

// counts are all of them: that of records first, and then what else is compared.
var counts = append([]count{
	{"count", "sum(n)", func(t *store.Tally) *int64 { return &t.Count }},
	{"sum", "sum(n * micros)", func(t *store.Tally) *int64 { return &t.Sum }},
	{"positive", sumOf("micros > 500000"), func(t *store.Tally) *int64 { return &t.Positive }},
	{"negative", sumOf("micros < 500000"), func(t *store.Tally) *int64 { return &t.Negative }},
	{"with_text", sumOf("text <> ''"), func(t *store.Tally) *int64 { return &t.WithText }},
	{"uncounted", sumOf(isMarked), func(t *store.Tally) *int64 { return &t.Uncounted }},
}, bins()...)

// bins are the histogram.
func bins() (cs []count) {
	for i := range (&store.Tally{}).Histogram {
		n := strconv.Itoa(i)
		cs = append(cs, count{"h" + n, sumOf("bin = " + n), func(t *store.Tally) *int64 { return &t.Histogram[i] }})
	}
	return cs
}

func sumOf(condition string) string { return "sum(n) FILTER (WHERE " + condition + ")" }

// isMarked says that a row of "counted" is that of all records, and its record
// bears a tag that is not counted.
const isMarked = `tag = '' AND uncounted IS NOT NULL`

// dayOf is the day of a record's id: its first 48 bits are milliseconds.
func dayOf(id string) string {
	return `(('x' || translate(left(` + id + `::text, 13), '-', ''))::bit(48)::bigint / 86400000)::int`
}

// micros and bin are store.Micros of a score, and the histogram's bin of that.
const (
	micros = `round(score * 1000000)::bigint` // halves to even, as for every double precision
	bin    = `least(micros * 10 / 1000000, 9)`
)

// countColumns are the columns of all counts, sums those of a group of rows.
var (
	countColumns = counting(count.column)
	sums         = counting(sumOfColumn)
)

func (c count) column() string { return c.name }

func sumOfColumn(c count) string { return "coalesce(sum(" + c.name + "), 0)::bigint AS " + c.name }

func counting(says func(c count) string) string { return list(counts, says) }

// changed are the rows of a row named in SQL that change rollups, n times each.
func changed(n, from string) string {
	return "SELECT scope, id, " + names(tallyColumns, "") + ", " + n + " AS n FROM " + from
}

// counted makes of "changed" what tally counts. Tags compare byte by byte, or each
// statement would sort them by the rules of the database's language.
var counted = `measured AS (
	SELECT *, ` + dayOf("id") + ` AS day, ` + micros + ` AS micros FROM changed
), counted AS (
	SELECT measured.*, t.tag COLLATE "C" AS tag, ` + bin + ` AS bin
	FROM measured CROSS JOIN LATERAL unnest(''::text || tags) WITH ORDINALITY AS t (tag, place)
	WHERE uncounted IS NULL OR place = 1 OR uncounted >> (place - 2)::int & 1 = 0
)`

// tally counts rows of "counted" by tag and day, each n times.
var tally = `SELECT scope, tag, day, ` + counting(func(c count) string { return c.sql + " AS " + c.name })

const byTagAndDay = ` FROM counted GROUP BY scope, tag, day`

// rollUp writes the deltas of "changed". It tells those who read, if it adds a
// record with a mark, which tags may be wanting: refused is an argument, "" for none.
func rollUp(refused string) string {
	column := "NULL::bigint"
	if refused != "" {
		column = "CASE WHEN bool_or(n > 0 AND " + isMarked + ") THEN " + checked(refused) + " END"
	}
	return counted + `, rolled_up AS (` + write(tally+`, `+column+` AS refused`+byTagAndDay) + `)`
}

// checked is refused, unless it is of another server, from which this one was
// restored: then no tag is whole.
func checked(refused string) string {
	return "CASE WHEN " + refused + " > txid_current() THEN 0 ELSE " + refused + " END"
}

// write makes deltas of rows that have a scope, a tag, a day, counts and what was
// refused.
func write(rows string) string {
	return `
	INSERT INTO «feedbacks_deltas (scope, tag, day, position, refused, ` + countColumns + `)
	SELECT scope, tag, day, txid_current(), refused, ` + counting(func(c count) string { return "nullif(" + c.name + ", 0)" }) + ` FROM (` + rows + `) AS rows`
}

// countedOne are the arguments of what a record adds to the rollups: its day, its
// counts, and the tags that these are added to.
func countedOne(f *store.Feedback, uncounted int16) []any {
	var t store.Tally
	t.Add(*f)
	if uncounted != 0 {
		t.Uncounted = 1
	}
	args := make([]any, 0, len(counts)+2)
	args = append(args, daysSince1970(f.CreatedAt()))
	for _, c := range counts {
		args = append(args, *c.of(&t))
	}
	tags := []string{""}
	for i, tag := range f.Tags {
		if uncounted>>i&1 == 0 {
			tags = append(tags, tag)
		}
	}
	return append(args, tags)
}

// rowsOfOne are the rows for write that countedOne's arguments make.
func rowsOfOne(p *parameters, from, refused string) string {
	return "SELECT " + scopeArgument + " AS scope, tag, " + p.next("int") + " AS day, " + counting(func(c count) string {
		if c.name == "uncounted" {
			return "CASE WHEN tag = '' THEN " + p.next("bigint") + " END AS uncounted"
		}
		return p.next("bigint") + " AS " + c.name
	}) + ", CASE WHEN tag = '' THEN " + checked(refused) + " END AS refused FROM " + from + " CROSS JOIN unnest(" + p.next("text[]") + ") AS tag"
}
