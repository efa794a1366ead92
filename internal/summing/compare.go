package summing

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// What a comparison reads of open days, the latest days first: so many records,
// and so many distinct tags of a day.
var (
	maxRecompared     = 100_000 // variables for tests
	maxRecomparedTags = 10_000
)

// A comparison is what is known of the tags that are compared.
type comparison struct {
	rollups  []Rollup
	compared map[string]*compared
	unread   []time.Time // open days that were not read
}

// compared counts the records that bear a tag.
type compared struct {
	store.Tally
	first, last time.Time // when they were created, in days
	unread      int       // unread days on which all of its records are counted
}

func (b *Builder) compares(tag string) bool {
	return b.Compare != "" && strings.HasPrefix(tag, b.Compare)
}

// compareRecord counts a record in for those of its tags that are compared.
func (b *Builder) compareRecord(f *store.Feedback, t store.Tally) {
	for _, tag := range f.Tags {
		if b.compares(tag) {
			day := DayOf(*f)
			b.comparison.add(Rollup{Tag: tag, First: day, Last: day, Tally: t})
		}
	}
}

func (c *comparison) add(r Rollup) *compared {
	if c.compared == nil {
		c.compared = map[string]*compared{}
	}
	to := c.compared[r.Tag]
	if to == nil {
		to = &compared{first: r.First}
		c.compared[r.Tag] = to
	}
	to.Merge(r.Tally)
	if r.First.Before(to.first) {
		to.first = r.First
	}
	if r.Last.After(to.last) {
		to.last = r.Last
	}
	return to
}

// recompare counts what was handed in of tags that are compared. Where that may
// miss records, on open days, the records are read, as far as that goes.
func (b *Builder) recompare(ctx context.Context, st store.Store, scope store.Scope) error {
	if b.Compare == "" {
		return nil
	}
	c := &b.comparison
	read := map[time.Time]bool{}
	left := maxRecompared
	slices.SortFunc(b.open, func(d, e time.Time) int { return e.Compare(d) })
	for i, day := range b.open {
		fs, err := recordsOf(ctx, st, scope, ofDay(b.query.Filter, day), b.Compare, left)
		if err != nil {
			return err
		}
		if fs == nil {
			c.unread = b.open[i:]
			break
		}
		left -= fs.read
		read[day] = true
		b.replace(day, fs.rollups)
	}
	unread := setOf(c.unread)
	for _, r := range c.rollups {
		if read[r.First] && r.Partial {
			continue // counted from its records
		}
		to := c.add(r)
		if unread[r.First] && !r.Partial {
			to.unread++
		}
	}
	return nil
}

// replace takes the place of a day's rollups that are partial, or that there are
// not.
func (b *Builder) replace(day time.Time, from map[string]*store.Tally) {
	for _, r := range b.comparison.rollups {
		if r.First.Equal(day) && !r.Partial {
			delete(from, r.Tag) // counted
		}
	}
	for tag, t := range from {
		b.comparison.add(Rollup{Tag: tag, First: day, Last: day, Tally: *t})
	}
}

type recounted struct {
	rollups map[string]*store.Tally
	read    int
}

// recordsOf counts the records that f selects by those of their tags that have a
// prefix; nil if there are more records than limit, or too many tags.
func recordsOf(ctx context.Context, st store.Store, scope store.Scope, f store.Filter, prefix string, limit int) (*recounted, error) {
	counted := &recounted{rollups: map[string]*store.Tally{}}
	for r, err := range store.All(ctx, st, scope, store.Query{Filter: f, Buffer: []store.Feedback{}}) {
		if err != nil {
			return nil, err
		}
		if counted.read++; counted.read > limit || len(counted.rollups) > maxRecomparedTags {
			return nil, nil
		}
		for _, tag := range r.Tags {
			if !strings.HasPrefix(tag, prefix) {
				continue
			}
			if counted.rollups[tag] == nil {
				counted.rollups[tag] = new(store.Tally)
			}
			counted.rollups[tag].Add(r)
		}
	}
	return counted, nil
}

// summaries are the comparison as it is shown.
func (c *comparison) summaries() []store.TagSummary {
	tags := least(maps.Keys(c.compared), store.MaxComparison, func(a, b string) int {
		return cmp.Or(c.compared[b].last.Compare(c.compared[a].last), cmp.Compare(a, b))
	})
	all := []store.TagSummary{}
	for _, tag := range tags {
		t := c.compared[tag]
		all = append(all, store.TagSummary{
			Tag: tag, Count: t.Count, MeanScore: t.MeanScore(), Positive: t.Positive, Negative: t.Negative,
			FirstDay: t.first, LastDay: t.last, Complete: t.unread == len(c.unread),
		})
	}
	return all
}
