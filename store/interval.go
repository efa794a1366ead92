package store

import (
	"time"

	"github.com/humanfeedback/feedbacks/internal/quote"
)

// An Interval divides time for a Summary's Series.
type Interval string

// The intervals. Weeks start on Monday.
const (
	NoInterval Interval = "" // no Series
	Hour       Interval = "hour"
	Day        Interval = "day"
	Week       Interval = "week"
	Month      Interval = "month"
)

// The limits of a Series.
const (
	MaxPoints    = 1000                // points of a Series
	MaxHoursSpan = 31 * 24 * time.Hour // the span of a Series by Hour
)

// Check returns nil, or a [FieldError] when i is not one of the intervals.
func (i Interval) Check() error {
	switch i {
	case NoInterval, Hour, Day, Week, Month:
		return nil
	}
	return invalid("Interval", "must be hour, day, week or month, got %q", quote.Clip(string(i)))
}

// Start returns the start of the interval, in UTC, that t lies in. NoInterval has
// none and returns t.
func (i Interval) Start(t time.Time) time.Time {
	t = t.UTC()
	year, month, day := t.Date()
	switch i {
	case Hour:
		return time.Date(year, month, day, t.Hour(), 0, 0, 0, time.UTC)
	case Day:
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	case Week:
		sinceMonday := (int(t.Weekday()) + 6) % 7
		return time.Date(year, month, day-sinceMonday, 0, 0, 0, 0, time.UTC)
	case Month:
		return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// Next returns the start of the interval, in UTC, after the one that t lies in.
func (i Interval) Next(t time.Time) time.Time {
	start := i.Start(t)
	switch i {
	case Hour:
		return start.Add(time.Hour)
	case Day:
		return start.AddDate(0, 0, 1)
	case Week:
		return start.AddDate(0, 0, 7)
	case Month:
		return start.AddDate(0, 1, 0)
	}
	return start
}
