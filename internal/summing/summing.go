// Package summing is what the stores share to make a [store.Summary]: a store
// hands in the rollups of whole days, and the records of the rest are read from it.
package summing

import (
	"context"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// DayOf returns the day of a record's rollup.
func DayOf(f store.Feedback) time.Time { return store.Day.Start(f.CreatedAt()) }

// Summarize returns the summary of what q selects in a scope of st, as
// [store.Store.Summarize] does. It calls rollups, if at all, once.
func Summarize(ctx context.Context, st store.Store, scope store.Scope, q store.SummaryQuery, rollups func(*Builder) error) (store.Summary, error) {
	b, err := newBuilder(q)
	if err != nil {
		return store.Summary{}, err
	}
	if b.rollups {
		if err := rollups(b); err != nil {
			return store.Summary{}, err
		}
		b.settle()
	}
	for _, scan := range b.scans {
		for r, err := range store.All(ctx, st, scope, store.Query{Filter: scan, Buffer: []store.Feedback{}}) {
			if err != nil {
				return store.Summary{}, err
			}
			b.record(r)
		}
	}
	if err := b.divide(ctx, st, scope); err != nil {
		return store.Summary{}, err
	}
	if err := b.recompare(ctx, st, scope); err != nil {
		return store.Summary{}, err
	}
	return b.summary()
}

// A Rollup counts the records that bear a tag, "" for all records, on one day or
// on several.
type Rollup struct {
	Tag         string
	First, Last time.Time // the first and the last day that has any
	store.Tally
	// Partial says that records of the day that bear the tag may be missing.
	Partial bool
}

// A Builder makes one summary. Feed it the rollups that its fields ask for with
// Add, in any order. It is not safe for concurrent use.
type Builder struct {
	// From (inclusive) and To (exclusive) are the days whose rollups are asked
	// for; zero is no bound. Those of tag "" are always asked for, one a day.
	From, To time.Time
	// Tag asks for the rollups of one tag besides, one a day.
	Tag string
	// Compare asks, without a Tag, for the rollups of the tags that start with it:
	// one a day for days that have uncounted records, and for the others in any
	// number. Without a Tag those of all other tags are asked for too: their counts,
	// in any number of rollups.
	Compare string

	rollups bool           // whether any are asked for
	scans   []store.Filter // of the records to count one by one; they overlap neither each other nor the days

	query      store.SummaryQuery
	total      store.Tally
	tags       map[string]int64
	series     *series     // nil without an interval
	days       []time.Time // whose rollups are counted
	comparison comparison
	open       []time.Time // days that have uncounted records
	ofTag      []Rollup    // those of Tag
}

// newBuilder plans the summary that q, which was checked, asks for. The error is
// ErrInvalid.
func newBuilder(q store.SummaryQuery) (*Builder, error) {
	b := &Builder{Tag: q.Tag, Compare: q.Compare, query: q, tags: map[string]int64{}}
	if q.Interval != store.NoInterval {
		b.series = &series{interval: q.Interval, location: q.Location, points: map[time.Time]*store.Tally{}}
		if !q.CreatedAfter.IsZero() && !q.CreatedBefore.IsZero() {
			if _, err := b.series.list(q.Filter); err != nil { // known to be too long: do not read for it
				return nil, err
			}
		}
	}
	b.plan()
	return b, nil
}

// plan divides the filter's span into whole days and the pieces around them.
func (b *Builder) plan() {
	f := b.query.Filter
	if !b.query.FromRollups() {
		b.scans = []store.Filter{f}
		return
	}
	unixEpoch := time.Unix(0, 0).UTC() // the first that an id can carry
	if f.CreatedAfter.Before(unixEpoch) {
		f.CreatedAfter = time.Time{}
	}
	if !f.CreatedBefore.IsZero() && f.CreatedBefore.Before(unixEpoch) {
		f.CreatedBefore = unixEpoch
	}
	b.From, b.To = f.CreatedAfter, f.CreatedBefore
	if !b.From.IsZero() && !store.Day.Start(b.From).Equal(b.From) {
		b.From = store.Day.Next(b.From)
	}
	if !b.To.IsZero() {
		b.To = store.Day.Start(b.To)
	}
	if !b.From.IsZero() && !b.To.IsZero() && !b.From.Before(b.To) {
		b.scans = []store.Filter{f} // no whole day within
		return
	}
	b.rollups = true
	if head := f; head.CreatedAfter.Before(b.From) {
		head.CreatedBefore = b.From
		b.scans = append(b.scans, head)
	}
	if tail := f; b.To.Before(tail.CreatedBefore) {
		tail.CreatedAfter = b.To
		b.scans = append(b.scans, tail)
	}
}

// Add takes a rollup.
func (b *Builder) Add(r Rollup) {
	switch {
	case r.Tag == "":
		if r.Uncounted > 0 {
			b.open = append(b.open, r.First)
		}
		if b.Tag == "" {
			b.countDay(r)
		}
	case r.Count == 0:
	case b.Tag != "":
		b.ofTag = append(b.ofTag, r)
	default:
		b.tags[r.Tag] += r.Count
		if b.compares(r.Tag) {
			b.comparison.rollups = append(b.comparison.rollups, r)
		}
	}
}

// settle counts the rollups of Tag, but for those of open days that may miss
// records: these days are read.
func (b *Builder) settle() {
	if b.Tag == "" {
		return
	}
	whole := map[time.Time]bool{}
	open := setOf(b.open)
	for _, r := range b.ofTag {
		if open[r.First] && r.Partial {
			continue
		}
		whole[r.First] = true
		b.tags[r.Tag] += r.Count
		b.countDay(r)
	}
	for _, day := range b.open {
		if !whole[day] {
			b.scans = append(b.scans, ofDay(b.query.Filter, day))
		}
	}
}

// record counts in a record of one of the scans.
func (b *Builder) record(f store.Feedback) {
	for _, tag := range f.Tags {
		if b.Tag == "" || tag == b.Tag {
			b.tags[tag]++
		}
	}
	var t store.Tally
	t.Add(f)
	b.count(f.CreatedAt(), t)
	b.compareRecord(&f, t)
}

// countDay counts a rollup of one day in.
func (b *Builder) countDay(r Rollup) {
	if r.Count > 0 {
		b.days = append(b.days, r.First)
		b.count(noon(r.First), r.Tally)
	}
}

func (b *Builder) count(at time.Time, t store.Tally) {
	b.total.Merge(t)
	if b.series != nil {
		b.series.at(b.series.key(at)).Merge(t)
	}
}

// ofDay is f for a day.
func ofDay(f store.Filter, day time.Time) store.Filter {
	f.CreatedAfter, f.CreatedBefore = day, store.Day.Next(day)
	return f
}

func setOf(days []time.Time) map[time.Time]bool {
	set := make(map[time.Time]bool, len(days))
	for _, day := range days {
		set[day] = true
	}
	return set
}
