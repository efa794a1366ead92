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
	if b.series == nil {
		return s, nil
	}
	var err error
	s.Series, err = b.series.list(b.query.Filter)
	return s, err
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
	full := false // there are n that come before the others
	for tag := range tags {
		if full && order(first[n-1], tag) < 0 {
			continue
		}
		if first = append(first, tag); len(first) == cap(first) {
			slices.SortFunc(first, order)
			first, full = first[:n], true
		}
	}
	slices.SortFunc(first, order)
	return first[:min(len(first), n)]
}
