package console

import (
	"context"
	"errors"
	"strings"

	"github.com/humanfeedback/feedbacks/store"
)

// leastRatings is how many ratings a side of a difference has to have: of fewer,
// people would see what is chance.
const leastRatings = 30

// A side is one of two whose positive shares are set against each other.
type side struct {
	Name               string
	Positive, Negative int64
}

// Ratings are the records that say positive or negative.
func (s side) Ratings() int64 { return s.Positive + s.Negative }

// A difference is that of the positive shares of A and of B, and what chance makes
// of it.
type difference struct {
	A, B  side
	Value *store.Share // nil below leastRatings on a side
}

func newDifference(a, b side) difference {
	d := difference{A: a, B: b}
	if min(a.Ratings(), b.Ratings()) >= leastRatings {
		d.Value = store.PositiveShare(a.Positive, a.Negative).Minus(store.PositiveShare(b.Positive, b.Negative))
	}
	return d
}

// Least is leastRatings, for templates.
func (difference) Least() int64 { return leastRatings }

// Apart reports whether the difference is more than chance.
func (d difference) Apart() bool { return d.Value.Low > 0 || d.Value.High < 0 }

// Way is where A is, seen from B.
func (d difference) Way() string { return way(d.Value.Value) }

// Size is the difference without its sign.
func (d difference) Size() string { return points(d.Value.Value) }

// Range is what the difference may be, from the bound that is nearer to 0 or, where
// the bounds have different signs, from the lower one.
func (d difference) Range() string {
	from, to := d.Value.Low, d.Value.High
	switch {
	case !d.Apart():
		return "from " + points(from) + " " + way(from) + " to " + points(to) + " " + way(to)
	case to < 0:
		from, to = to, from
	}
	number, _, _ := strings.Cut(points(from), " ")
	return "from " + number + " to " + points(to) + " " + way(to)
}

func way(difference float64) string {
	if difference < 0 {
		return "lower"
	}
	return "higher"
}

// points returns a difference of shares in percentage points, without its sign.
func points(difference float64) string {
	n := strings.TrimSuffix(percent(max(difference, -difference)), "%")
	if n == "1" {
		return "1 point"
	}
	return n + " points"
}

// A change is the difference from the span before, and where that has its page.
type change struct {
	difference
	Link string
}

// change returns how a summary differs from that of the span before, which is as
// long. There is none without a bound where the span starts, nor where it takes too
// long to tell; a span without an end is taken for one that ends with today.
func (v *visit) change(ctx context.Context, s *selection, sum *store.Summary) (*change, error) {
	q := store.SummaryQuery{Filter: s.Filter}
	if q.CreatedBefore.IsZero() {
		q.CreatedBefore = store.Day.Next(v.opts.Now())
	}
	before, ok := q.Previous()
	if !ok || sum.Count == 0 {
		return nil, nil
	}
	previous, err := v.store.Summarize(ctx, s.scope(v), before)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &change{
		newDifference(side{"This span", sum.Positive, sum.Negative}, side{"the span before", previous.Positive, previous.Negative}),
		s.Link("summary", "DateCreatedAfter", s.instant(before.CreatedAfter), "DateCreatedBefore", s.instant(before.CreatedBefore)),
	}, nil
}
