package summing

import (
	"context"
	"time"

	"github.com/humanfeedback/feedbacks/internal/zone"
	"github.com/humanfeedback/feedbacks/store"
)

// A series counts by interval. Its keys are the starts of intervals by the clock on
// the wall, written as if it was UTC's: they follow each other without gaps, which
// no zone's days do.
type series struct {
	interval store.Interval
	location *time.Location // nil for UTC
	points   map[time.Time]*store.Tally
}

// key returns that of a time.
func (s *series) key(t time.Time) time.Time {
	if s.location != nil && s.interval != store.Hour {
		t = zone.Wall(t, s.location)
	}
	return s.interval.Start(t)
}

// start returns the time at which the interval of a key starts; false if the zone
// has skipped it.
func (s *series) start(key time.Time) (time.Time, bool) {
	switch {
	case s.location == nil:
		return key, true
	case s.interval == store.Hour:
		return key.In(s.location), true
	}
	at := zone.Start(key, s.location)
	return at, s.key(at).Equal(key)
}

func (s *series) at(key time.Time) *store.Tally {
	if s.points[key] == nil {
		s.points[key] = new(store.Tally)
	}
	return s.points[key]
}

// noon is the time by which a day's rollup is counted.
func noon(day time.Time) time.Time { return day.Add(12 * time.Hour) }

// pieces are the parts of a day (of UTC) that are of other intervals than its noon:
// they start and end with it.
func (s *series) pieces(day time.Time) (pieces [][2]time.Time) {
	if s.location == nil {
		return nil
	}
	end, middle := store.Day.Next(day), s.key(noon(day))
	if from, _ := s.start(middle); day.Before(from) {
		pieces = append(pieces, [2]time.Time{day, from})
	}
	if to, _ := s.start(s.interval.Next(middle)); to.Before(end) {
		pieces = append(pieces, [2]time.Time{to, end})
	}
	return pieces
}

// divide moves the records of days that no rollup divides to where they belong.
func (b *Builder) divide(ctx context.Context, st store.Store, scope store.Scope) error {
	if b.series == nil {
		return nil
	}
	for _, day := range b.days {
		middle := b.series.key(noon(day))
		for _, piece := range b.series.pieces(day) {
			f := b.query.Filter
			f.CreatedAfter, f.CreatedBefore = piece[0], piece[1]
			for r, err := range store.All(ctx, st, scope, store.Query{Filter: f, Buffer: []store.Feedback{}}) {
				if err != nil {
					return err
				}
				if key := b.series.key(r.CreatedAt()); !key.Equal(middle) {
					b.series.at(middle).Remove(r)
					b.series.at(key).Add(r)
				}
			}
		}
	}
	return nil
}

// list returns the points from the filter's bounds, or else from the first to
// the last record. The error is ErrInvalid when there would be too many.
func (s *series) list(f store.Filter) ([]store.Point, error) {
	list := []store.Point{}
	after, before := f.CreatedAfter, f.CreatedBefore
	from, last, some := s.span()
	earliest, latest := from, last
	if !after.IsZero() {
		from, earliest = s.key(after), after
	}
	if !before.IsZero() {
		last, latest = s.key(before.Add(-1)), before.Add(-1)
	}
	bounded := !after.IsZero() && !before.IsZero()
	if !some && !bounded || bounded && !after.Before(before) || last.Before(from) {
		return list, nil // nothing, and no span to fill
	}
	if s.interval == store.Hour && latest.Sub(earliest) >= store.MaxHoursSpan {
		return nil, tooLong("hour makes a series of at most 31 days")
	}
	for key := from; !key.After(last); key = s.interval.Next(key) {
		if len(list) == store.MaxPoints {
			return nil, tooLong("makes a series of at most 1000 points")
		}
		p := store.Point{}
		var ok bool
		if p.Start, ok = s.start(key); !ok {
			continue
		}
		if t := s.points[key]; t != nil && t.Count > 0 { // what changes meanwhile may leave less than none
			p.Count, p.MeanScore, p.Positive, p.Negative = t.Count, t.MeanScore(), t.Positive, t.Negative
		}
		list = append(list, p)
	}
	return list, nil
}

// span returns the first and the last key of a record; false when there is none.
func (s *series) span() (first, last time.Time, some bool) {
	for key, t := range s.points {
		if t.Count <= 0 {
			continue
		}
		if !some || key.Before(first) {
			first = key
		}
		if !some || key.After(last) {
			last = key
		}
		some = true
	}
	return first, last, some
}

func tooLong(rule string) error {
	return &store.FieldError{Field: "Interval", Rule: rule + ": narrow the span of time, or take a longer interval"}
}
