package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

var eraseCases = []testCase{
	{"removes what every filter selects, and nothing else", func(t *briefT, st store.Store) {
		for _, f := range filters[1:] { // but the zero one
			if _, err := st.Erase(t.Context(), scope, store.Filter{MinScore: new(0.0)}); err != nil {
				t.Fatal(err)
			}
			fs := createFast(t, st, mixed())
			gone := selected(fs, f)
			kept := slices.DeleteFunc(slices.Clone(fs), func(r store.Feedback) bool { return selects(f, r) })
			for _, want := range []int{len(gone), 0} { // repeatable
				n, err := st.Erase(t.Context(), scope, f)
				if err != nil || n != int64(want) {
					t.Errorf("Erase(%s) returned %d, %v, want %d", selecting(f), n, err, want)
				}
			}
			sameList(t, fmt.Sprintf("List after Erase(%s)", selecting(f)), all(t, st, store.Query{}, 50), reversed(kept))
			sameSummary(t, st, store.Filter{}, store.Day, kept)
			sameSummary(t, st, store.Filter{Tag: "a"}, store.Day, selected(kept, store.Filter{Tag: "a"}))
		}
	}},
	{"removes votes from under their keys", func(t *briefT, st store.Store) {
		put(t, st, vote(0, "u"))
		if n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "u"}); n != 1 || err != nil {
			t.Fatalf("Erase returned %d, %v, want 1", n, err)
		}
		isErr(t, "Get by Key", getErr(t, st, byKey(vote(0, "u"))), store.ErrNotFound)
		if _, before := put(t, st, vote(1, "u")); before != nil {
			t.Errorf("Put after Erase replaced %+v", before)
		}
	}},
	{"removes thousands", func(t *briefT, st store.Store) {
		fs := createFast(t, st, many(3000))
		n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"})
		if err != nil || n != int64(len(fs)) {
			t.Errorf("Erase returned %d, %v, want %d", n, err, len(fs))
		}
		sameSummary(t, st, store.Filter{}, store.NoInterval, nil)
	}},
	{"needs a condition", func(t *briefT, st store.Store) {
		kept := create(t, st, record(0))
		elsewhere := time.Time{}.In(time.FixedZone("", 3600)) // zero, but not == time.Time{}
		for _, f := range []store.Filter{{}, {SessionID: "\x00"}, {MaxScore: new(-1.0)},
			{CreatedAfter: elsewhere}, {CreatedBefore: elsewhere}, {CreatedAfter: time.Unix(-62135596800, 0), CreatedBefore: elsewhere}} {
			n, err := st.Erase(t.Context(), scope, f)
			isErr(t, fmt.Sprintf("Erase(%s)", selecting(f)), err, store.ErrInvalid)
			if n != 0 {
				t.Errorf("Erase(%s) returned %d, want 0", selecting(f), n)
			}
		}
		sameList(t, "List", all(t, st, store.Query{}, 10), kept)
	}},
	{"of nothing is 0", func(t *briefT, st store.Store) {
		if n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "u"}); n != 0 || err != nil {
			t.Errorf("Erase returned %d, %v, want 0", n, err)
		}
	}},
}
