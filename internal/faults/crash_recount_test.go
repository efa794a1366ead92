package faults

import (
	"reflect"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// seeded is the session of records of earlier days.
const seeded = "seeded"

// seed adds some, so that summaries have a course over time.
func (f *fleet) seed(st store.Store) {
	f.t.Helper()
	for n := range f.assistants {
		for day := range 5 {
			r := store.Feedback{
				Scope: f.scope(n), ID: store.NewID(time.Now().AddDate(0, 0, -day-1)),
				SessionID: seeded, Score: float64(day) / 4, Text: "seed", Tags: []string{"red"},
			}
			if _, err := st.Create(f.t.Context(), r); err != nil {
				f.t.Fatal(err)
			}
		}
	}
}

// recount compares summaries, which stores make of rollups, with those of a copy
// of the records in memory.
func recount(t *testing.T, st store.Store, scope store.Scope) (v verdict) {
	t.Helper()
	copied := memory.New()
	for f, err := range store.All(t.Context(), st, scope, store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := copied.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	for name, filter := range map[string]store.Filter{
		"all":        {},
		"a tag":      {Tag: "red"},
		"a span":     {CreatedAfter: now.AddDate(0, 0, -3), CreatedBefore: now.AddDate(0, 0, 1)},
		"both":       {Tag: "blue", CreatedAfter: now.AddDate(0, 0, -2)},
		"with text":  {HasText: new(true)},
		"bad scores": {MaxScore: new(0.4)},
	} {
		for _, by := range []store.Interval{store.NoInterval, store.Day} {
			got, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: filter, Interval: by})
			if err != nil {
				t.Fatal(err)
			}
			want, err := copied.Summarize(t.Context(), scope, store.SummaryQuery{Filter: filter, Interval: by})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				v.wrong++
				v.say("the summary of %s in %s by %q is %+v, want %+v", name, scope.Assistant, by, got, want)
			}
		}
	}
	return v
}
