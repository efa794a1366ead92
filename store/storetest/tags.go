package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// recompare makes the comparison of records in the suite's own words.
func recompare(prefix string, fs []store.Feedback) []store.TagSummary {
	by := map[string][]store.Feedback{}
	for _, r := range fs {
		for _, tag := range r.Tags {
			if strings.HasPrefix(tag, prefix) {
				by[tag] = append(by[tag], r)
			}
		}
	}
	all := []store.TagSummary{}
	for tag, of := range by {
		sum := recount(store.Filter{}, store.NoInterval, of)
		s := store.TagSummary{Tag: tag, Count: sum.Count, MeanScore: sum.MeanScore, Positive: sum.Positive, Negative: sum.Negative, Complete: true}
		for i, r := range of {
			day := intervalStart(store.Day, r.CreatedAt())
			if i == 0 || day.Before(s.FirstDay) {
				s.FirstDay = day
			}
			if i == 0 || day.After(s.LastDay) {
				s.LastDay = day
			}
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b store.TagSummary) int {
		return cmp.Or(b.LastDay.Compare(a.LastDay), cmp.Compare(a.Tag, b.Tag))
	})
	return all[:min(len(all), 100)]
}

// sameComparison asserts that the comparison of what f selects is that of the
// records want.
func sameComparison(t testing.TB, st store.Store, f store.Filter, prefix string, want []store.Feedback) {
	t.Helper()
	got, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: f, Compare: prefix})
	if err != nil {
		t.Errorf("Summarize(%s) comparing %q: %v", selecting(f), prefix, err)
		return
	}
	if g, w := showTags(got.Comparison), showTags(recompare(prefix, want)); g != w {
		t.Errorf("Summarize(%s) comparing %q: %s", selecting(f), prefix, lineDifference(g, w))
	}
	if got.Count != int64(len(want)) {
		t.Errorf("Summarize(%s) comparing %q counts %d records, want %d", selecting(f), prefix, got.Count, len(want))
	}
}

func showTags(tags []store.TagSummary) (out string) {
	for _, s := range tags {
		complete := ""
		if !s.Complete {
			complete = " and perhaps more"
		}
		out += fmt.Sprintf("\n  %q: %d mean %.12f +%d -%d from %s to %s%s", s.Tag, s.Count, *cmp.Or(s.MeanScore, new(-1.0)), s.Positive, s.Negative,
			s.FirstDay.Format(time.RFC3339Nano), s.LastDay.Format(time.RFC3339Nano), complete)
	}
	return out
}

// sameCrowd is sameSummary where there were more tags on a day than a store has to
// count: it may say so, and then have some of them or count them too low.
func sameCrowd(t testing.TB, st store.Store, f store.Filter, by store.Interval, want []store.Feedback) {
	t.Helper()
	got, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: f, Interval: by})
	if err != nil {
		t.Errorf("Summarize(%s, %q): %v", selecting(f), by, err)
		return
	}
	counted := recount(f, by, want)
	if !got.TagsComplete && f.Tag == "" {
		for tag, n := range got.Tags {
			if n < 1 || n > counted.Tags[tag] {
				t.Errorf("Summarize(%s, %q) counts %d of tag %q, which %d bear", selecting(f), by, n, tag, counted.Tags[tag])
			}
		}
		got.Tags, got.TagsComplete = counted.Tags, true
	}
	counted.Tags = hundred(counted.Tags)
	got.Tags = hundred(got.Tags)
	if g, w := show(got), show(counted); g != w {
		t.Errorf("Summarize(%s, %q): %s", selecting(f), by, lineDifference(g, w))
	}
}

// hundred keeps the hundred commonest.
func hundred(tags map[string]int64) map[string]int64 {
	order := slices.SortedFunc(maps.Keys(tags), func(a, b string) int { return cmp.Or(cmp.Compare(tags[b], tags[a]), cmp.Compare(a, b)) })
	kept := map[string]int64{}
	for _, tag := range order[:min(len(order), 100)] {
		kept[tag] = tags[tag]
	}
	return kept
}

// crowd are records of one day, the day before and the day after, whose tags are
// n to n+9 for the n-th: three of each day bear a tag.
func crowd(size int) (fs []store.Feedback) {
	for i := range size {
		var ts []string
		for j := range 10 {
			ts = append(ts, fmt.Sprintf("t%03d", (i*3+j*7)%(size*3)))
		}
		ts[i%10] = "common"
		fs = append(fs, record(i, tags(ts...), score(float64(i%11)/10), func(f *store.Feedback) { f.UserID = fmt.Sprint(i % 7) }))
	}
	return append(fs, record(-1440, tags("t001", "yesterday")), record(1440, tags("t001", "tomorrow", "common")))
}

var tagCases = []testCase{
	{"tags are compared, whatever the filter", func(t *briefT, st store.Store) {
		fs := mixed()
		for i := range fs {
			fs[i].Tags = append(fs[i].Tags, [][]string{{"v:1"}, {"v:2", "x"}, {"v:"}, {"V:1", "v:é"}, {"v:e\u0301", "v"}}[i/9%5]...)
		}
		create(t, st, fs...)
		for _, f := range filters {
			for _, prefix := range []string{"v:", "v", "v:1", "v:e", "b", "none", "%", "v_"} {
				sameComparison(t, st, f, prefix, selected(fs, f))
			}
		}
		midnight := epoch.Truncate(24 * time.Hour)
		for _, from := range []time.Time{{}, midnight, midnight.Add(24 * time.Hour), midnight.Add(30 * time.Hour)} {
			for _, to := range []time.Time{{}, midnight.Add(48 * time.Hour), midnight.Add(60 * time.Hour)} {
				f := store.Filter{CreatedAfter: from, CreatedBefore: to}
				sameComparison(t, st, f, "v:", selected(fs, f))
			}
		}
		f := store.Filter{CreatedAfter: epoch.Add(time.Hour)}
		sum, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: f, Interval: store.Day, Compare: "v:"})
		if err != nil || len(sum.Comparison) == 0 {
			t.Fatalf("Summarize with an interval compares %+v, %v", sum.Comparison, err)
		}
		if g, w := show(sum), show(recount(f, store.Day, selected(fs, f))); g != w {
			t.Errorf("Summarize with an interval and a comparison: %s", lineDifference(g, w))
		}
	}},
	{"nothing to compare", func(t *briefT, st store.Store) {
		sameComparison(t, st, store.Filter{}, "v:", nil)
		fs := create(t, st, record(1, tags("w")))
		sameComparison(t, st, store.Filter{}, "v:", fs)
		for _, prefix := range []string{"\x00", "\n", string(make([]rune, 65)), "\xff"} {
			_, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Compare: prefix})
			isErr(t, fmt.Sprintf("comparing %q", prefix), err, store.ErrInvalid)
		}
		if sum, err := st.Summarize(t.Context(), scope, store.SummaryQuery{}); err != nil || sum.Comparison != nil {
			t.Errorf("Summarize compares %v, %v, want nothing", sum.Comparison, err)
		}
	}},
	{"the hundred that were seen last are compared", func(t *briefT, st store.Store) {
		var fs []store.Feedback
		for i := range 120 {
			fs = append(fs, record(i*30, tags(fmt.Sprintf("v%03d", i))), record(i*30+1, tags("v010")))
		}
		fs = append(fs, record(120*30, tags("v000")))
		create(t, st, fs...)
		for _, f := range []store.Filter{{}, {CreatedAfter: epoch.Add(time.Hour)}, {CreatedBefore: epoch.Add(70 * time.Hour)}, {SessionID: "s"}} {
			sameComparison(t, st, f, "v", selected(fs, f))
		}
	}},
	{"more tags on a day than are counted", func(t *briefT, st store.Store) {
		kept := crowd(100)
		create(t, st, kept...)
		check := func(after string) {
			t.Helper()
			for _, f := range []store.Filter{
				{}, {Tag: "t001"}, {Tag: "t002"}, {Tag: "t299"}, {Tag: "common"}, {Tag: "new"}, {Tag: "tomorrow"}, {UserID: "3"}, {Tag: "t250", UserID: "3"},
				{CreatedAfter: epoch.Add(time.Hour)}, {CreatedAfter: epoch.Truncate(24 * time.Hour)}, {Tag: "t001", CreatedBefore: epoch.Add(50 * time.Hour)},
			} {
				sameCrowd(t, st, f, store.Day, selected(kept, f))
				sameComparison(t, st, f, "t2", selected(kept, f))
				sameComparison(t, st, f, "common", selected(kept, f))
			}
			if t.Failed() {
				t.Fatalf("after %s", after)
			}
		}
		check("Create")
		kept = slices.DeleteFunc(kept, func(f store.Feedback) bool {
			gone := kept[0].ID < f.ID && f.ID < kept[len(kept)/3].ID
			if gone {
				if _, err := st.Delete(t.Context(), scope, byID(f)); err != nil {
					t.Fatal(err)
				}
			}
			return gone
		})
		check("Delete of some that were counted")
		for i, ts := range [][]string{{"new"}, {"t001"}, {"t299", "new"}, nil, {"t299"}, {"common", "t298"}, {"new2", "new3"}} {
			now, before := put(t, st, vote(i, "voter", tags(ts...), score(float64(i)/7)))
			if before != nil {
				kept = slices.DeleteFunc(kept, func(f store.Feedback) bool { return f.ID == before.ID })
			}
			kept = append(kept, now)
			check(fmt.Sprintf("Put of %q", ts))
		}
		for _, i := range []int{0, len(kept) / 2, len(kept) - 1} {
			for _, ts := range [][]string{{"t299", "new4"}, {"common", "new5", "t001"}, nil, {"t001"}} {
				kept[i] = replace(t, st, get(t, st, byID(kept[i])), tags(ts...), score(float64(len(ts))/4))
			}
			check(fmt.Sprintf("Replace of the record %d", i))
		}
		for _, f := range []store.Filter{{Tag: "t299"}, {UserID: "3"}, {CreatedAfter: epoch.Add(-time.Hour), CreatedBefore: epoch.Add(80 * time.Minute)}} {
			if _, err := st.Erase(t.Context(), scope, f); err != nil {
				t.Fatal(err)
			}
			kept = slices.DeleteFunc(kept, func(r store.Feedback) bool { return selects(f, r) })
			check("Erase by " + selecting(f))
		}
		kept = append(kept, create(t, st, record(90, tags("t299", "last")), record(1441, tags("t299", "last")))...)
		check("Create again")
		if _, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
			t.Fatal(err)
		}
		sameSummary(t, st, store.Filter{}, store.NoInterval, nil)
	}},
	{"a crowd of tags is its day's alone", func(t *briefT, st store.Store) {
		kept := create(t, st, crowd(100)...)
		for _, f := range []store.Filter{
			{CreatedAfter: epoch.Truncate(24*time.Hour).AddDate(0, 0, 1)}, {CreatedBefore: epoch.Truncate(24 * time.Hour)},
		} {
			sameSummary(t, st, f, store.Day, selected(kept, f))
		}
	}},
}

// tagConcurrency is what several callers do to a day of many tags.
var tagConcurrency = testCase{"more tags on a day than are counted, without drift", func(t *briefT, st store.Store) {
	race(func(w int) {
		some := func(i int) (ts []string) {
			for j := range 10 {
				ts = append(ts, fmt.Sprintf("t%03d", (w*31+i*10+j*7)%400))
			}
			return ts
		}
		for i := range 30 {
			var err error
			switch (w + i) % 5 {
			case 0, 1:
				_, err = st.Create(t.Context(), record(i, tags(some(i)...), score(float64(i)/30)))
			case 2, 3:
				_, _, err = st.Put(t.Context(), vote(i, fmt.Sprint(i%4), tags(some(i*3)...), score(float64(i)/30)))
			case 4:
				_, err = st.Erase(t.Context(), scope, store.Filter{Tag: some(i - 1)[0], UserID: fmt.Sprint(i % 4)})
			}
			if err != nil {
				t.Errorf("worker %d: %v", w, err)
			}
		}
	})
	kept := all(t, st, store.Query{Ascending: true}, 100)
	sameCrowd(t, st, store.Filter{}, store.Day, kept)
	sameComparison(t, st, store.Filter{}, "t", kept)
	for i := range 400 {
		f := store.Filter{Tag: fmt.Sprintf("t%03d", i)}
		sameCrowd(t, st, f, store.Day, selected(kept, f))
	}
	if _, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
		t.Fatal(err)
	}
	sameSummary(t, st, store.Filter{}, store.NoInterval, nil)
}}
