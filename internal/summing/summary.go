package summing

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/humanfeedback/feedbacks/store"
)

// summary returns the summary of all that was counted in. The error is
// ErrInvalid when the series would be too long.
func (b *Builder) summary() (store.Summary, error) {
	s := store.Summary{
		Count:        b.total.Count,
		MeanScore:    b.total.MeanScore(),
		Positive:     b.total.Positive,
		Negative:     b.total.Negative,
		WithText:     b.total.WithText,
		Histogram:    b.total.Histogram,
		Tags:         commonest(b.tags),
		TagsComplete: b.total.Uncounted == 0,
	}
	if b.Compare != "" {
		s.Comparison = b.comparison.summaries()
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
	kept := make(map[string]int64, store.MaxSummaryTags)
	for _, tag := range least(maps.Keys(tags), store.MaxSummaryTags, func(a, b string) int {
		return cmp.Or(cmp.Compare(tags[b], tags[a]), cmp.Compare(a, b))
	}) {
		kept[tag] = tags[tag]
	}
	return kept
}

// least returns the n least tags, or all, in order. There may be very many, which
// are not sorted for it.
func least(tags iter.Seq[string], n int, order func(a, b string) int) []string {
	first := make([]string, 0, 2*n)
	for tag := range tags {
		if first = append(first, tag); len(first) == cap(first) {
			slices.SortFunc(first, order)
			first = first[:n]
		}
	}
	slices.SortFunc(first, order)
	return first[:min(len(first), n)]
}
