package storetest

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // for machines without zones of their own

	"github.com/humanfeedback/feedbacks/store"
)

// label names the interval that t lies in, by the clock on the wall.
func label(by store.Interval, t time.Time) string {
	switch by {
	case store.Day:
		return t.Format(time.DateOnly)
	case store.Week:
		year, week := t.ISOWeek()
		return fmt.Sprintf("%d-W%02d", year, week)
	case store.Month:
		return t.Format("2006-01")
	}
	return t.UTC().Truncate(time.Hour).Format(time.RFC3339)
}

// sameSeries asserts that the series by a zone's intervals counts the records that
// lie in each, and has each from the first to the last, in order.
func sameSeries(t *briefT, st store.Store, f store.Filter, by store.Interval, location *time.Location, want []store.Feedback) {
	t.Helper()
	q := store.SummaryQuery{Filter: f, Interval: by, Location: location}
	call := fmt.Sprintf("Summarize(%s, %q) in %s", selecting(f), by, location)
	got, err := st.Summarize(t.Context(), scope, q)
	if err != nil {
		t.Errorf("%s: %v", call, err)
		return
	}
	in := map[string][]store.Feedback{}
	for _, r := range want {
		l := label(by, r.CreatedAt().In(location))
		in[l] = append(in[l], r)
	}
	var counted int64
	for i, p := range got.Series {
		l := label(by, p.Start.In(location))
		of := recount(store.Filter{}, store.NoInterval, in[l])
		if p.Count != of.Count || p.Positive != of.Positive || p.Negative != of.Negative || (p.MeanScore == nil) != (of.MeanScore == nil) || p.MeanScore != nil && *p.MeanScore != *of.MeanScore {
			t.Errorf("%s: the point of %s is %d +%d -%d, want %d +%d -%d", call, l, p.Count, p.Positive, p.Negative, of.Count, of.Positive, of.Negative)
		}
		if before := label(by, p.Start.Add(-1).In(location)); before == l {
			t.Errorf("%s: the point of %s starts within it, at %s", call, l, p.Start)
		}
		if p.Start.Location().String() != location.String() {
			t.Errorf("%s: the point of %s starts by the clock of %s", call, l, p.Start.Location())
		}
		if i > 0 && label(by, got.Series[i-1].Start.In(location)) != label(by, p.Start.Add(-1).In(location)) {
			t.Errorf("%s: there is a gap before %s", call, l)
		}
		counted += p.Count
	}
	if got.Count != int64(len(want)) || counted != got.Count {
		t.Errorf("%s: counts %d records, %d in the series, want %d", call, got.Count, counted, len(want))
	}
}

// around are records about the changes of clocks in several zones, some of each
// hour.
func around(days ...time.Time) (fs []store.Feedback) {
	for i, day := range days {
		for h := range 60 {
			at := day.Add(time.Duration(h)*time.Hour + time.Duration(h*7%60)*time.Minute)
			fs = append(fs, recordAt(at, score(float64((i+h)%3)/2), tags([]string{"a", "b"}[h%2])))
		}
	}
	return fs
}

var zoneCases = []testCase{
	{"days, weeks and months of other zones", func(t *briefT, st store.Store) {
		date := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
		fs := around(date(3, 27), date(3, 29), date(4, 23), date(10, 24), date(10, 31), date(11, 30))
		slices.SortFunc(fs, func(a, b store.Feedback) int { return a.CreatedAt().Compare(b.CreatedAt()) })
		createFast(t, st, fs)
		for _, name := range []string{"UTC", "Europe/Berlin", "Europe/London", "Asia/Kolkata", "Africa/Cairo", "America/Havana", "Pacific/Apia", "Pacific/Pago_Pago", "Australia/Lord_Howe"} {
			location, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []store.Filter{
				{}, {Tag: "a"}, {Tag: "b", UserID: ""}, {CreatedAfter: date(3, 28).Add(23 * time.Hour)}, {CreatedAfter: date(3, 29), CreatedBefore: date(4, 24).Add(90 * time.Minute)},
				{MinScore: new(0.5)}, {CreatedBefore: date(3, 29).Add(time.Hour), Tag: "a"},
			} {
				for _, by := range []store.Interval{store.Day, store.Week, store.Month} {
					sameSeries(t, st, f, by, location, selected(fs, f))
				}
			}
			hours := store.Filter{CreatedAfter: date(10, 24), CreatedBefore: date(10, 27)}
			sameSeries(t, st, hours, store.Hour, location, selected(fs, hours))
		}
	}},
	{"a zone without records", func(t *briefT, st store.Store) {
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []store.Interval{store.Day, store.Week, store.Month} {
			sameSeries(t, st, store.Filter{}, by, berlin, nil)
			sameSeries(t, st, store.Filter{CreatedAfter: epoch, CreatedBefore: epoch.AddDate(0, 2, 0)}, by, berlin, nil)
		}
	}},
}
