package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// millionths is what a score counts as.
func millionths(score float64) int64 { return int64(math.RoundToEven(score * 1e6)) }

// recount makes the summary of records in the suite's own words.
func recount(f store.Filter, by store.Interval, fs []store.Feedback) store.Summary {
	sum := store.Summary{Tags: map[string]int64{}, TagsComplete: true}
	var total int64
	for _, r := range fs {
		sum.Count++
		n := millionths(r.Score)
		total += n
		if n > 500_000 {
			sum.Positive++
		}
		if n < 500_000 {
			sum.Negative++
		}
		if r.Text != "" {
			sum.WithText++
		}
		sum.Histogram[min(n/100_000, 9)]++
		for _, tag := range r.Tags {
			if f.Tag == "" || f.Tag == tag {
				sum.Tags[tag]++
			}
		}
	}
	if sum.Count > 0 {
		sum.MeanScore = new(float64(total) / float64(sum.Count) / 1e6)
	}
	if by != store.NoInterval {
		sum.Series = recountSeries(f, by, fs)
	}
	return sum
}

func recountSeries(f store.Filter, by store.Interval, fs []store.Feedback) []store.Point {
	series := []store.Point{}
	from, to := f.CreatedAfter, f.CreatedBefore
	for _, r := range fs {
		at := r.CreatedAt()
		if f.CreatedAfter.IsZero() && (from.IsZero() || at.Before(from)) {
			from = at
		}
		if f.CreatedBefore.IsZero() && !at.Before(to) {
			to = at.Add(1)
		}
	}
	if from.IsZero() || to.IsZero() || !from.Before(to) {
		return series
	}
	for at := intervalStart(by, from); at.Before(to); {
		next := intervalStart(by, at.Add(map[store.Interval]time.Duration{
			store.Hour: time.Hour, store.Day: 24 * time.Hour, store.Week: 7 * 24 * time.Hour, store.Month: 31 * 24 * time.Hour,
		}[by]))
		sub := recount(store.Filter{}, store.NoInterval, slices.DeleteFunc(slices.Clone(fs), func(r store.Feedback) bool {
			return r.CreatedAt().Before(at) || !r.CreatedAt().Before(next)
		}))
		series = append(series, store.Point{Start: at, Count: sub.Count, MeanScore: sub.MeanScore, Positive: sub.Positive, Negative: sub.Negative})
		at = next
	}
	return series
}

// intervalStart goes back hour by hour until an interval starts.
func intervalStart(by store.Interval, t time.Time) time.Time {
	t = t.UTC().Truncate(time.Hour)
	starts := func() bool {
		midnight := t.Hour() == 0
		return by == store.Hour || midnight && (by == store.Day || by == store.Week && t.Weekday() == time.Monday || by == store.Month && t.Day() == 1)
	}
	for !starts() {
		t = t.Add(-time.Hour)
	}
	return t
}

// sameSummary asserts that the summary of what f selects is that of the records
// want.
func sameSummary(t testing.TB, st store.Store, f store.Filter, by store.Interval, want []store.Feedback) {
	t.Helper()
	got, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: f, Interval: by})
	if err != nil {
		t.Errorf("Summarize(%s, %q): %v", selecting(f), by, err)
		return
	}
	if g, w := show(got), show(recount(f, by, want)); g != w {
		t.Errorf("Summarize(%s, %q): %s", selecting(f), by, lineDifference(g, w))
	}
}

func show(s store.Summary) string {
	mean := func(m *float64) string {
		if m == nil {
			return "none"
		}
		return fmt.Sprintf("%.12f", *m)
	}
	out := fmt.Sprintf("count %d mean %s positive %d negative %d with_text %d histogram %v", s.Count, mean(s.MeanScore),
		s.Positive, s.Negative, s.WithText, s.Histogram)
	for _, tag := range slices.Sorted(maps.Keys(s.Tags)) {
		out += fmt.Sprintf("\n  tag %q: %d", tag, s.Tags[tag])
	}
	if !s.TagsComplete {
		out += "\n  and perhaps other tags"
	}
	for _, pt := range s.Series {
		out += fmt.Sprintf("\n  %s: %d %s +%d -%d", pt.Start.Format(time.RFC3339Nano), pt.Count, mean(pt.MeanScore), pt.Positive, pt.Negative)
	}
	return out
}

var intervals = []store.Interval{store.NoInterval, store.Hour, store.Day, store.Week, store.Month}

var summaryCases = []testCase{
	{"empty", func(t *briefT, st store.Store) {
		for _, by := range intervals {
			sum, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Interval: by})
			if err != nil || sum.Count != 0 || sum.MeanScore != nil || len(sum.Tags) != 0 || len(sum.Series) != 0 {
				t.Errorf("Summarize by %q returned %+v, %v, want nothing", by, sum, err)
			}
			sameSummary(t, st, store.Filter{CreatedAfter: epoch, CreatedBefore: epoch.AddDate(0, 0, 3)}, by, nil) // zero-filled
			sameSummary(t, st, store.Filter{CreatedAfter: epoch}, by, nil)
			sameSummary(t, st, store.Filter{CreatedBefore: epoch}, by, nil)
			sameSummary(t, st, store.Filter{CreatedAfter: time.Date(0, 12, 31, 12, 0, 0, 0, time.UTC)}, by, nil) // before the zero time
		}
	}},
	{"a span that is empty or inverted has no points", func(t *briefT, st store.Store) {
		create(t, st, many(10)...)
		for _, by := range intervals {
			for _, hours := range []time.Duration{0, -1, -1000} {
				sum, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Interval: by,
					Filter: store.Filter{CreatedAfter: epoch, CreatedBefore: epoch.Add(hours * time.Hour)}})
				if err != nil || sum.Count != 0 || len(sum.Series) != 0 {
					t.Errorf("Summarize by %q of %d hours returned %+v, %v, want nothing", by, hours, sum, err)
				}
			}
		}
	}},
	{"every filter and interval", func(t *briefT, st store.Store) {
		fs := create(t, st, mixed()...)
		for _, f := range filters {
			if f.CreatedBefore.Sub(f.CreatedAfter) > 31*24*time.Hour && !f.CreatedAfter.IsZero() {
				continue // too long for a series by hour
			}
			for _, by := range intervals {
				sameSummary(t, st, f, by, selected(fs, f))
			}
		}
	}},
	{"bounds that cut days", func(t *briefT, st store.Store) {
		fs := create(t, st, mixed()...)
		midnight := epoch.Truncate(24 * time.Hour)
		var bounds []time.Time
		for _, h := range []int{0, 15, 24, 30, 48, 49, 72, 200} {
			at := midnight.Add(time.Duration(h) * time.Hour)
			bounds = append(bounds, at.Add(-time.Microsecond), at, at.Add(time.Microsecond))
		}
		bounds = append(bounds, fs[10].CreatedAt(), fs[10].CreatedAt().Add(1))
		for _, from := range bounds {
			for _, to := range append([]time.Time{{}}, bounds...) {
				for _, tag := range []string{"", "a"} {
					f := store.Filter{CreatedAfter: from, CreatedBefore: to, Tag: tag}
					sameSummary(t, st, f, store.Day, selected(fs, f))
				}
			}
		}
		for _, to := range bounds {
			f := store.Filter{CreatedBefore: to}
			sameSummary(t, st, f, store.Week, selected(fs, f))
		}
	}},
	{"bounds at the ends of time", func(t *briefT, st store.Store) {
		last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
		fs := create(t, st, recordAt(time.Unix(0, 0), tags("a")), recordAt(epoch), recordAt(last, tags("a")))
		lateOnDayZero, noonAfter := time.Date(0, 12, 31, 12, 0, 0, 0, time.UTC), time.Date(1, 1, 1, 12, 0, 0, 0, time.UTC) // around the zero time
		far := time.Date(10000, 1, 15, 12, 0, 0, 0, time.UTC)
		for _, tag := range []string{"", "a"} {
			for _, f := range []store.Filter{
				{CreatedBefore: noonAfter}, {CreatedAfter: noonAfter}, {CreatedBefore: lateOnDayZero}, {CreatedAfter: lateOnDayZero},
				{CreatedBefore: far}, {CreatedAfter: far}, {CreatedAfter: lateOnDayZero, CreatedBefore: far}, {CreatedAfter: last.Add(1)},
			} {
				f.Tag = tag
				want := selected(fs, f)
				sameSummary(t, st, f, store.NoInterval, want)
				sameList(t, fmt.Sprintf("List(%s)", selecting(f)), all(t, st, store.Query{Filter: f}, 2), reversed(want))
			}
			for _, by := range intervals { // series that are short enough
				for _, f := range []store.Filter{
					{CreatedAfter: lateOnDayZero, CreatedBefore: noonAfter}, {CreatedBefore: noonAfter}, {CreatedAfter: far},
					{CreatedAfter: far.AddDate(0, 0, -30), CreatedBefore: far},
				} {
					f.Tag = tag
					sameSummary(t, st, f, by, selected(fs, f))
				}
			}
		}
	}},
	{"after every kind of change", func(t *briefT, st store.Store) {
		kept := map[string]store.Feedback{}
		check := func(after string) {
			t.Helper()
			var fs []store.Feedback
			for _, f := range kept {
				fs = append(fs, f)
			}
			slices.SortFunc(fs, func(a, b store.Feedback) int { return cmp.Compare(a.ID, b.ID) })
			for _, f := range []store.Filter{{}, {Tag: "a"}, {Tag: "b"}, {UserID: "u1"}, {CreatedAfter: epoch.Add(time.Hour)}} {
				sameSummary(t, st, f, store.Day, selected(fs, f))
			}
			if t.Failed() {
				t.Fatalf("after %s", after)
			}
		}
		for i := range 60 {
			n := i * 37 // minutes
			u := fmt.Sprintf("u%d", i%3)
			switch i % 6 {
			case 0, 1:
				f := create(t, st, record(n, score(float64(i%11)/10), tags("a"), text(fmt.Sprint(i))))[0]
				kept[f.ID] = f
				check("Create")
			case 2, 3, 4:
				now, before := put(t, st, vote(n, u, score(float64(i%7)/7), tags([]string{"a", "b", "c"}[i%3])))
				if before != nil {
					delete(kept, before.ID)
				}
				kept[now.ID] = now
				check("Put")
			case 5:
				key := store.VoteKey("s", "m", u)
				f, err := st.Delete(t.Context(), scope, store.Ref{Key: key})
				if err != nil {
					t.Fatal(err)
				}
				delete(kept, f.ID)
				check("Delete")
			}
		}
		oldest := store.Filter{CreatedBefore: epoch.Add(20 * time.Hour)}
		if _, err := st.Erase(t.Context(), scope, oldest); err != nil {
			t.Fatal(err)
		}
		for id, f := range kept {
			if selects(oldest, f) {
				delete(kept, id)
			}
		}
		check("Erase")
	}},
	{"empty again after everything is gone", func(t *briefT, st store.Store) {
		fs := create(t, st, mixed()...)
		for _, f := range fs {
			if _, err := st.Delete(t.Context(), scope, byID(f)); err != nil {
				t.Fatal(err)
			}
		}
		for _, by := range intervals {
			sameSummary(t, st, store.Filter{}, by, nil)
		}
	}},
	{"sums and bins by millionths", func(t *briefT, st store.Store) {
		counted := []struct {
			score float64
			as    int64
		}{
			{0, 0}, {1e-9, 0}, {0.0000004, 0}, {0.0000005, 0}, {0.0000006, 1}, {0.0999999, 100_000}, {0.1, 100_000}, {0.1000001, 100_000},
			{0.29999999, 300_000}, {0.3, 300_000}, {0.4999994, 499_999}, {0.4999996, 500_000}, {0.5, 500_000}, {0.5000004, 500_000},
			{0.5000006, 500_001}, {0.7, 700_000}, {0.8999999, 900_000}, {0.9, 900_000}, {0.99999999, 1_000_000}, {1, 1_000_000},
		}
		var fs []store.Feedback
		for i, c := range counted {
			fs = append(fs, record(i, score(c.score)))
		}
		create(t, st, fs...)
		sameSummary(t, st, store.Filter{}, store.Day, fs)
		sum, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
		if err != nil {
			t.Fatal(err)
		}
		if want := [10]int64{5, 3, 0, 2, 1, 4, 0, 1, 0, 4}; sum.Histogram != want {
			t.Errorf("histogram is %v, want %v", sum.Histogram, want)
		}
		if sum.Positive != 6 || sum.Negative != 11 {
			t.Errorf("positive %d, negative %d, want 6 and 11", sum.Positive, sum.Negative)
		}
		for _, c := range counted { // one by one, by scan
			got, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: store.Filter{MinScore: new(c.score), MaxScore: new(c.score)}})
			if want := float64(c.as) / 1e6; err != nil || got.Count != 1 || *got.MeanScore != want {
				t.Errorf("the mean of %v is %v, %v, want %v", c.score, show(got), err, want)
			}
		}
	}},
	{"the hundred commonest tags", func(t *briefT, st store.Store) {
		for i := range 110 {
			create(t, st, record(i, tags(fmt.Sprintf("t%03d", i), "all")))
		}
		create(t, st, record(200, tags("t109")))
		sum, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
		if err != nil {
			t.Fatal(err)
		}
		if len(sum.Tags) != 100 || sum.Tags["all"] != 110 || sum.Tags["t109"] != 2 || sum.Tags["t097"] != 1 || sum.Tags["t098"] != 0 {
			t.Errorf("tags are %v, want all, t109, and t000 to t097", sum.Tags)
		}
	}},
	{"a series has no gaps and a limit", func(t *briefT, st store.Store) {
		fs := create(t, st, recordAt(epoch), recordAt(epoch.AddDate(0, 0, 40)))
		sameSummary(t, st, store.Filter{}, store.Day, fs)
		sameSummary(t, st, store.Filter{}, store.Week, fs)
		sameSummary(t, st, store.Filter{}, store.Month, fs)
		for name, c := range map[string]struct {
			by store.Interval
			f  store.Filter
		}{
			"hours of 40 days":             {store.Hour, store.Filter{}},
			"hours of 31 days and a bit":   {store.Hour, store.Filter{CreatedAfter: epoch, CreatedBefore: epoch.AddDate(0, 0, 31).Add(time.Second)}},
			"1001 days":                    {store.Day, store.Filter{CreatedAfter: epoch.Truncate(24 * time.Hour), CreatedBefore: epoch.Truncate(24*time.Hour).AddDate(0, 0, 1001)}},
			"months of centuries, to none": {store.Month, store.Filter{CreatedAfter: epoch.AddDate(-1000, 0, 0)}},
			"an unknown interval":          {"year", store.Filter{}},
			"another case":                 {"Day", store.Filter{}},
		} {
			_, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: c.f, Interval: c.by})
			isErr(t, "Summarize with "+name, err, store.ErrInvalid)
		}
		days := store.Filter{CreatedAfter: epoch.Truncate(24 * time.Hour), CreatedBefore: epoch.Truncate(24*time.Hour).AddDate(0, 0, 1000)}
		sameSummary(t, st, days, store.Day, fs)
		hours := store.Filter{CreatedAfter: epoch, CreatedBefore: epoch.AddDate(0, 0, 31)}
		sameSummary(t, st, hours, store.Hour, fs[:1])
	}},
	{"a bad filter is refused", func(t *briefT, st store.Store) {
		for _, f := range []store.Filter{{SessionID: "\x00"}, {MinScore: new(2.0)}, {Tag: "\n"}} {
			_, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: f})
			isErr(t, fmt.Sprintf("Summarize(%s)", selecting(f)), err, store.ErrInvalid)
		}
	}},
}
