package sqlite

import (
	"context"
	"database/sql/driver"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A count is a column of feedbacks_days and feedbacks_tags.
type count struct {
	name string
	of   func(t *store.Tally) *int64
}

// tagCounts are those of feedbacks_tags, the first of them what a comparison shows.
// dayCounts are those of feedbacks_days.
var (
	tagCounts = append([]count{
		{"count", func(t *store.Tally) *int64 { return &t.Count }},
		{"sum", func(t *store.Tally) *int64 { return &t.Sum }},
		{"positive", func(t *store.Tally) *int64 { return &t.Positive }},
		{"negative", func(t *store.Tally) *int64 { return &t.Negative }},
		{"with_text", func(t *store.Tally) *int64 { return &t.WithText }},
	}, bins()...)
	compared  = tagCounts[:4]
	dayCounts = append(tagCounts[:len(tagCounts):len(tagCounts)], count{"uncounted", func(t *store.Tally) *int64 { return &t.Uncounted }})
)

// bins are the histogram.
func bins() (cs []count) {
	for i := range (&store.Tally{}).Histogram {
		cs = append(cs, count{"h" + strconv.Itoa(i), func(t *store.Tally) *int64 { return &t.Histogram[i] }})
	}
	return cs
}

// list makes the list of what each count says.
func list(cs []count, says func(c count) string) string {
	said := make([]string, len(cs))
	for i, c := range cs {
		said[i] = says(c)
	}
	return strings.Join(said, ", ")
}

func columns(cs []count) string       { return list(cs, func(c count) string { return c.name }) }
func questionMarks(cs []count) string { return list(cs, func(count) string { return "?" }) }

// tally returns the counts that a row holds.
func tally(cs []count, v []driver.Value) (t store.Tally) {
	for i, c := range cs {
		*c.of(&t) = v[i].(int64)
	}
	return t
}

// A day of the rollups is a number of days since 1970.
func dayOf(f *store.Feedback) int64   { return daysSince1970(f.CreatedAt()) }
func daysSince1970(t time.Time) int64 { return max(t.Unix()/86400, 0) }
func dayStart(day int64) time.Time    { return time.Unix(day*86400, 0).UTC() }

type scopeDay struct{ scope, day int64 }

// A rollup counts the records of one day, all of them and by tag, as a transaction
// changes them. A tag is counted if it is in feedbacks_tags. A new one gets there
// while there is room and no record is uncounted, so that of each tag's records all
// are counted or none.
type rollup struct {
	all  store.Tally
	tags map[string]*store.Tally // those that were asked for; 0 for one that is not counted
	many int64                   // tags that are counted
}

var (
	getDaySQL    = `SELECT tags, ` + columns(dayCounts) + ` FROM feedbacks_days WHERE scope = ? AND day = ?`
	getTagSQL    = `SELECT ` + columns(tagCounts) + ` FROM feedbacks_tags WHERE scope = ? AND day = ? AND tag = ?`
	setDaySQL    = `INSERT OR REPLACE INTO feedbacks_days (scope, day, tags, ` + columns(dayCounts) + `) VALUES (?, ?, ?, ` + questionMarks(dayCounts) + `)`
	setTagSQL    = `INSERT OR REPLACE INTO feedbacks_tags (scope, day, tag, ` + columns(tagCounts) + `) VALUES (?, ?, ?, ` + questionMarks(tagCounts) + `)`
	deleteDaySQL = `DELETE FROM feedbacks_days WHERE scope = ? AND day = ?`
	deleteTagSQL = `DELETE FROM feedbacks_tags WHERE scope = ? AND day = ? AND tag = ?`
)

// rollup returns that of a day, as the transaction has it.
func (t *tx) rollup(at scopeDay) (*rollup, error) {
	if r := t.rollups[at]; r != nil {
		return r, nil
	}
	r := &rollup{tags: map[string]*store.Tally{}}
	err := t.query(context.Background(), getDaySQL, []any{at.scope, at.day}, func(v []driver.Value) error {
		r.many, r.all = v[0].(int64), tally(dayCounts, v[1:])
		return nil
	})
	t.rollups[at] = r
	return r, err
}

// tag returns the counts of a day's records that bear a tag.
func (t *tx) tag(at scopeDay, r *rollup, tag string) (*store.Tally, error) {
	if counts := r.tags[tag]; counts != nil {
		return counts, nil
	}
	counts := new(store.Tally)
	r.tags[tag] = counts
	if r.many == 0 {
		return counts, nil
	}
	return counts, t.query(context.Background(), getTagSQL, []any{at.scope, at.day, tag}, func(v []driver.Value) error {
		*counts = tally(tagCounts, v)
		return nil
	})
}

// count counts a record in.
func (t *tx) count(scope int64, f *store.Feedback) error {
	at := scopeDay{scope, dayOf(f)}
	r, err := t.rollup(at)
	if err != nil {
		return err
	}
	var uncounted int64
	for _, tag := range f.Tags {
		counts, err := t.tag(at, r, tag)
		if err != nil {
			return err
		}
		if counts.Count == 0 {
			if r.many >= store.MaxDayTags || r.all.Uncounted > 0 {
				uncounted = 1
				continue
			}
			r.many++
		}
		counts.Add(*f)
	}
	r.all.Add(*f)
	r.all.Uncounted += uncounted
	return nil
}

// uncount takes a record, which was counted in, out again.
func (t *tx) uncount(scope int64, f *store.Feedback) error {
	at := scopeDay{scope, dayOf(f)}
	r, err := t.rollup(at)
	if err != nil {
		return err
	}
	var uncounted int64
	for _, tag := range f.Tags {
		counts, err := t.tag(at, r, tag)
		if err != nil {
			return err
		}
		if counts.Count == 0 {
			uncounted = 1
			continue
		}
		if counts.Remove(*f); counts.Count == 0 {
			r.many--
		}
	}
	r.all.Remove(*f)
	r.all.Uncounted -= uncounted
	return nil
}

// writeRollups writes what the transaction has changed in them.
func (t *tx) writeRollups() error {
	for at, r := range t.rollups {
		if err := t.setCounts(r.all.Count, setDaySQL, deleteDaySQL, []any{at.scope, at.day}, &r.all, dayCounts, r.many); err != nil {
			return err
		}
		for tag, counts := range r.tags {
			if err := t.setCounts(counts.Count, setTagSQL, deleteTagSQL, []any{at.scope, at.day, tag}, counts, tagCounts); err != nil {
				return err
			}
		}
	}
	return nil
}

// setCounts writes the row of a key, or deletes it when it counts nothing.
func (t *tx) setCounts(n int64, set, remove string, key []any, counts *store.Tally, cs []count, more ...any) (err error) {
	if n == 0 {
		_, err = t.exec(remove, key...)
		return err
	}
	args := append(key, more...)
	for _, c := range cs {
		args = append(args, *c.of(counts))
	}
	_, err = t.exec(set, args...)
	return err
}
