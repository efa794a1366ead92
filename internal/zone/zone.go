// Package zone is about days by the clock on the wall, for series and for bounds of
// time.
package zone

import "time"

// Wall returns what the clock on the wall of a place shows at t, as if it was UTC.
func Wall(t time.Time, of *time.Location) time.Time {
	t = t.In(of)
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	return time.Date(year, month, day, hour, minute, second, t.Nanosecond(), time.UTC)
}

// Start returns when the day of a wall clock's date starts at a place: at
// midnight, the first of two, or where the clock has none, as soon as it has gone
// forward.
func Start(date time.Time, of *time.Location) time.Time {
	year, month, day := date.Date()
	t := time.Date(year, month, day, 0, 0, 0, 0, of) // of a midnight that there is not, or twice, any of two
	if t.Day() != day {
		if _, forward := t.ZoneBounds(); !forward.IsZero() {
			return forward
		}
	}
	if back, _ := t.ZoneBounds(); !back.IsZero() {
		name, offset := back.Add(-1).Zone()
		earlier := time.Date(year, month, day, 0, 0, 0, 0, time.FixedZone(name, offset)).In(of)
		if earlier.Before(back) {
			return earlier
		}
	}
	return t
}
