package summing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/summing"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A comparison reads the records of days with too many tags, the latest days
// first, as far as that goes, and says of which tags it may not know all.
func TestComparisonSaysWhatIsNotComplete(t *testing.T) {
	first := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	st := memory.New()
	scope := store.Scope{Assistant: "a"}
	add := func(day int, tags ...string) {
		t.Helper()
		f := store.Feedback{Scope: scope, ID: store.NewID(first.AddDate(0, 0, day)), SessionID: "s", Score: 1, Tags: tags}
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	for _, day := range []int{0, 2} {
		add(day, "v:always")
		for n := range store.MaxDayTags {
			add(day, fmt.Sprintf("trace-%d", n))
		}
		add(day, "v:late")
	}
	add(1, "v:between")
	const aDay = store.MaxDayTags + 2

	for _, c := range []struct {
		records int // that may be read
		tags    int // of a day
		late    int64
		says    map[string]bool // of each tag, whether that is all
	}{
		{2 * aDay, 1, 2, map[string]bool{"v:always": true, "v:late": true, "v:between": true}},
		{2*aDay - 1, 1, 1, map[string]bool{"v:always": true, "v:late": false, "v:between": false}},
		{2 * aDay, 0, 0, map[string]bool{"v:always": true, "v:between": false}},
		{aDay - 1, 1, 0, map[string]bool{"v:always": true, "v:between": false}},
	} {
		summing.SetMaxRecompared(t, c.records, c.tags)
		s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Compare: "v:"})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, tag := range s.Comparison {
			got[tag.Tag] = tag.Complete
			if want := map[string]int64{"v:always": 2, "v:late": c.late, "v:between": 1}[tag.Tag]; tag.Count != want {
				t.Errorf("reading %d records and %d tags, %s counts %d, want %d", c.records, c.tags, tag.Tag, tag.Count, want)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.says) {
			t.Errorf("reading %d records and %d tags, complete are %v, want %v", c.records, c.tags, got, c.says)
		}
	}
}
