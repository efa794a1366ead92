package zone_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/humanfeedback/feedbacks/internal/zone"
)

// A day starts at the first instant of its date, however the clocks change.
func TestStart(t *testing.T) {
	for _, c := range []struct{ zone, date, start string }{
		{"UTC", "2026-03-29", "2026-03-29T00:00:00Z"},
		{"Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00"}, // forward at 2
		{"Europe/Berlin", "2026-03-30", "2026-03-30T00:00:00+02:00"},
		{"Europe/Berlin", "2026-10-26", "2026-10-26T00:00:00+01:00"},
		{"Asia/Kolkata", "2026-06-01", "2026-06-01T00:00:00+05:30"},
		{"Asia/Beirut", "2024-03-31", "2024-03-31T01:00:00+03:00"},      // forward at 0
		{"Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00"},     // the same
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00"},   // back at 1, to a second midnight
		{"America/Havana", "2026-03-08", "2026-03-08T01:00:00-04:00"},   // forward at 0
		{"Asia/Amman", "2021-10-29", "2021-10-29T00:00:00+03:00"},       // the same, in the east
		{"Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z"},       // and in between
		{"Antarctica/Casey", "2010-03-05", "2010-03-05T00:00:00+11:00"}, // back by three hours at 2
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00"},     // after a day that was left out
	} {
		location, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		date, _ := time.Parse(time.DateOnly, c.date)
		got := zone.Start(date, location)
		if got.Format(time.RFC3339) != c.start {
			t.Errorf("%s starts in %s at %s, want %s", c.date, c.zone, got.Format(time.RFC3339), c.start)
		}
		if wall := zone.Wall(got, location); wall.Format(time.DateOnly) != c.date {
			t.Errorf("%s in %s is %s by the clock", got, c.zone, wall)
		}
		if before := zone.Wall(got.Add(-1), location); before.Format(time.DateOnly) >= c.date {
			t.Errorf("an instant before %s in %s is %s by the clock", got, c.zone, before)
		}
	}
}
