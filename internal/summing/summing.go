// Package summing is what the stores share to make a [store.Summary]: a store
// hands in the rollups of whole days, and the records of the rest are read from it.
package summing

import (
	"cmp"
	"context"
	"maps"
	"slices"
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
	}
	for _, scan := range b.scans {
		for r, err := range store.All(ctx, st, scope, store.Query{Filter: scan, Buffer: []store.Feedback{}}) {
			if err != nil {
				return store.Summary{}, err
			}
			b.record(r)
		}
	}
	return b.summary()
}

// A Builder makes one summary. Feed it the rollups that its fields ask for with
// Day, in any order. It is not safe for concurrent use.
type Builder struct {
	// Tag is the tag whose rollups are asked for; "" asks for those of every tag
	// and of tag "", which counts all records.
	Tag string
	// From (inclusive) and To (exclusive) are the days whose rollups are asked
	// for; zero is no bound.
	From, To time.Time

	rollups bool           // whether any are asked for
	scans   []store.Filter // of the records to count one by one; they overlap neither each other nor the days

	query       store.SummaryQuery
	total       store.Tally
	tags        map[string]int64
	points      map[time.Time]*store.Tally // by start; nil without an interval
	first, last time.Time
}

// newBuilder plans the summary that q, which was checked, asks for. The error is
// ErrInvalid.
func newBuilder(q store.SummaryQuery) (*Builder, error) {
	b := &Builder{Tag: q.Tag, query: q, tags: map[string]int64{}}
	if q.Interval != store.NoInterval {
		b.points = map[time.Time]*store.Tally{}
		if !q.CreatedAfter.IsZero() && !q.CreatedBefore.IsZero() {
			if _, err := b.series(); err != nil { // known to be too long: do not read for it
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

// Day counts in the rollup of a day: that of Tag, or without a Tag that of "" or
// of any other tag.
func (b *Builder) Day(tag string, day time.Time, t store.Tally) {
	if t.Count == 0 {
		return
	}
	if tag != "" {
		b.tags[tag] += t.Count
	}
	if tag == b.Tag {
		b.count(day, t)
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
}

func (b *Builder) count(at time.Time, t store.Tally) {
	b.total.Merge(t)
	if b.points == nil {
		return
	}
	if b.first.IsZero() || at.Before(b.first) {
		b.first = at
	}
	if at.After(b.last) {
		b.last = at
	}
	start := b.query.Interval.Start(at)
	if b.points[start] == nil {
		b.points[start] = new(store.Tally)
	}
	b.points[start].Merge(t)
}

// summary returns the summary of all that was counted in. The error is
// ErrInvalid when the series would be too long.
func (b *Builder) summary() (store.Summary, error) {
	s := store.Summary{
		Count:     b.total.Count,
		MeanScore: b.total.MeanScore(),
		Positive:  b.total.Positive,
		Negative:  b.total.Negative,
		WithText:  b.total.WithText,
		Histogram: b.total.Histogram,
		Tags:      commonest(b.tags),
	}
	if b.points == nil {
		return s, nil
	}
	var err error
	s.Series, err = b.series()
	return s, err
}

// series returns the points from the filter's bounds, or else from the first to
// the last record.
func (b *Builder) series() ([]store.Point, error) {
	from, last := b.query.CreatedAfter, b.last
	if from.IsZero() {
		from = b.first
	}
	if to := b.query.CreatedBefore; !to.IsZero() {
		last = to.Add(-1)
	}
	series := []store.Point{}
	if from.IsZero() || last.IsZero() || last.Before(from) {
		return series, nil // nothing, and no span to fill
	}
	if b.query.Interval == store.Hour && last.Sub(from) >= store.MaxHoursSpan {
		return nil, tooLong("hour makes a series of at most 31 days")
	}
	for at := b.query.Interval.Start(from); !at.After(last); at = b.query.Interval.Next(at) {
		if len(series) == store.MaxPoints {
			return nil, tooLong("makes a series of at most 1000 points")
		}
		p := store.Point{Start: at}
		if t := b.points[at]; t != nil {
			p.Count, p.MeanScore, p.Positive, p.Negative = t.Count, t.MeanScore(), t.Positive, t.Negative
		}
		series = append(series, p)
	}
	return series, nil
}

func tooLong(rule string) error {
	return &store.FieldError{Field: "Interval", Rule: rule + ": narrow the span of time, or take a longer interval"}
}

// commonest keeps the tags that a Summary counts.
func commonest(tags map[string]int64) map[string]int64 {
	if len(tags) <= store.MaxSummaryTags {
		return tags
	}
	names := slices.SortedFunc(maps.Keys(tags), func(a, b string) int {
		return cmp.Or(cmp.Compare(tags[b], tags[a]), cmp.Compare(a, b))
	})
	for _, name := range names[store.MaxSummaryTags:] {
		delete(tags, name)
	}
	return tags
}
