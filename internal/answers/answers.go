// Package answers is the response rate: how many of an assistant's answers were
// rated, for the handler and the console.
package answers

import (
	"context"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A Func returns how many answers an assistant gave from one time (inclusive) to
// another (exclusive), a zero time being no bound: in all, as "", and by tag, for
// the tags that start with prefix if that is not "". What is not in the map is not
// known.
type Func = func(ctx context.Context, s store.Scope, from, to time.Time, prefix string) (map[string]int64, error)

// Count returns how many answers there are to what q selects: as "", and by tag
// where q compares tags. It is nil, and f is not asked, where f is nil or q has
// conditions that answers do not have: others than time and Tag.
func Count(ctx context.Context, f Func, s store.Scope, q store.SummaryQuery) (map[string]int64, error) {
	if f == nil || !q.ByTimeAndTagOnly() || q.Tag != "" && q.Compare != "" {
		return nil, nil
	}
	prefix := q.Compare
	if q.Tag != "" {
		prefix = q.Tag
	}
	counts, err := f(ctx, s, q.CreatedAfter, q.CreatedBefore, prefix)
	if err != nil {
		return nil, err
	}
	if q.Tag == "" {
		return counts, nil
	}
	if n, known := counts[q.Tag]; known {
		return map[string]int64{"": n}, nil
	}
	return nil, nil
}

// Rate returns the share of answers of a tag, "" for all, that have been rated n
// times, nil where that is not known. It is above 1 where several people rate an
// answer.
func Rate(counts map[string]int64, tag string, n int64) *float64 {
	of := counts[tag]
	if of <= 0 {
		return nil
	}
	rate := float64(n) / float64(of)
	return &rate
}
