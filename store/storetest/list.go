package storetest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

var listCases = []testCase{
	{"empty", func(t *briefT, st store.Store) {
		for _, ascending := range []bool{false, true} {
			page, err := st.List(t.Context(), scope, store.Query{Ascending: ascending, Limit: 10, After: record(0).ID})
			if err != nil || len(page.Feedbacks) != 0 || page.Next != "" {
				t.Errorf("List returned %+v, %v, want nothing", page, err)
			}
		}
	}},
	{"newest first, or oldest first, in pages of any size", func(t *briefT, st store.Store) {
		want := create(t, st, many(25)...)
		for _, limit := range []int{1, 2, 7, 24, 25, 26, store.MaxLimit} {
			sameList(t, "List ascending", all(t, st, store.Query{Ascending: true}, limit), want)
			sameList(t, "List", all(t, st, store.Query{}, limit), reversed(want))
		}
	}},
	{"in order of ID, in whatever order records arrive", func(t *briefT, st store.Store) {
		want := many(50)
		shuffled := slices.Clone(want)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		create(t, st, shuffled...)
		for i := range want {
			want[i] = want[i].Normalize()
		}
		sameList(t, "List ascending", all(t, st, store.Query{Ascending: true}, 7), want)
		sameList(t, "List", all(t, st, store.Query{}, 7), reversed(want))
	}},
	{"records of one microsecond", func(t *briefT, st store.Store) {
		var fs []store.Feedback
		for range 20 {
			fs = append(fs, record(0)) // ids of one time, in order of making
		}
		want := create(t, st, fs...)
		sameList(t, "List ascending", all(t, st, store.Query{Ascending: true}, 3), want)
		sameList(t, "List", all(t, st, store.Query{}, 3), reversed(want))
		at := store.Filter{CreatedAfter: epoch, CreatedBefore: epoch.Add(time.Microsecond)}
		sameList(t, "List of the microsecond", all(t, st, store.Query{Filter: at}, 3), reversed(want))
	}},
	{"from a position that no record bears", func(t *briefT, st store.Store) {
		fs := create(t, st, many(9)...)
		between := store.NewID(fs[4].CreatedAt().Add(time.Microsecond))
		sameList(t, "List ascending", all(t, st, store.Query{Ascending: true, After: between}, 2), fs[5:])
		sameList(t, "List", all(t, st, store.Query{After: between}, 2), reversed(fs[:5]))
		first, last := store.MinID(time.Unix(0, 0)), store.NewID(epoch.AddDate(100, 0, 0))
		sameList(t, "List ascending from before all", all(t, st, store.Query{Ascending: true, After: first}, 2), fs)
		sameList(t, "List from before all", all(t, st, store.Query{After: first}, 2), nil)
		sameList(t, "List ascending from beyond all", all(t, st, store.Query{Ascending: true, After: last}, 2), nil)
		sameList(t, "List from beyond all", all(t, st, store.Query{After: last}, 2), reversed(fs))
	}},
	{"from the position of each record", func(t *briefT, st store.Store) {
		fs := create(t, st, many(5)...)
		for i, f := range fs {
			sameList(t, "List ascending", all(t, st, store.Query{Ascending: true, After: f.ID}, 2), fs[i+1:])
			sameList(t, "List", all(t, st, store.Query{After: f.ID}, 2), reversed(fs[:i]))
		}
	}},
	{"records that go between pages skip no others", func(t *briefT, st store.Store) {
		for _, q := range []store.Query{{}, {Ascending: true}, {Filter: store.Filter{SessionID: "s"}}, {Filter: store.Filter{Tag: "even"}}} {
			fs := create(t, st, many(20)...)
			var seen []string
			q.Limit = 4
			for {
				page, err := st.List(t.Context(), scope, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range page.Feedbacks { // all that was seen goes, the position's record too
					seen = append(seen, f.ID)
					if _, err := st.Delete(t.Context(), scope, byID(f)); err != nil {
						t.Fatal(err)
					}
				}
				if page.Next == "" {
					break
				}
				q.After = page.Next
			}
			var want []string
			for _, f := range fs {
				if q.Match(f) {
					want = append(want, f.ID)
				}
			}
			if slices.Sort(seen); !slices.Equal(seen, want) {
				t.Errorf("List(%s) saw %d records, want each of %d once", selecting(q.Filter), len(seen), len(want))
			}
			if _, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
				t.Fatal(err)
			}
		}
	}},
	{"records that come between pages repeat no others", func(t *briefT, st store.Store) {
		fs := create(t, st, many(10)...)
		q := store.Query{Limit: 4}
		page, err := st.List(t.Context(), scope, q)
		if err != nil {
			t.Fatal(err)
		}
		create(t, st, record(1000), record(1001), record(1002))
		q.After = page.Next
		rest := all(t, st, q, 4)
		sameList(t, "List", append(page.Feedbacks, rest...), reversed(fs))
	}},
	{"the last page, when it is full, ends the list", func(t *briefT, st store.Store) {
		create(t, st, many(6)...)
		var pages int
		q := store.Query{Limit: 3}
		for more := true; more; pages++ {
			_, more = next(t, st, &q)
		}
		if pages > 3 { // an empty one may follow
			t.Errorf("6 records took %d pages of 3", pages)
		}
	}},
	{"into a buffer of any size", func(t *briefT, st store.Store) {
		fs := create(t, st, many(10)...)
		for _, size := range []int{0, 1, 4, 5, 100} {
			buffer := make([]store.Feedback, size)
			for i := range buffer {
				buffer[i] = record(99, text("old"), tags("old", "older", "oldest"))
			}
			got := all(t, st, store.Query{Buffer: buffer[:size/2]}, 5)
			sameList(t, "List", got, reversed(fs))
			page, err := st.List(t.Context(), scope, store.Query{Limit: 5, Ascending: true, Buffer: buffer})
			if err != nil {
				t.Fatal(err)
			}
			for i := range page.Feedbacks { // the store's own records are elsewhere
				page.Feedbacks[i].Text = "mine"
				for j := range page.Feedbacks[i].Tags {
					page.Feedbacks[i].Tags[j] = "mine"
				}
			}
			sameList(t, "List after mutation of the buffer", all(t, st, store.Query{}, 100), reversed(fs))
		}
	}},
	{"a bad query is refused", func(t *briefT, st store.Store) {
		for name, q := range map[string]store.Query{
			"Limit":      {Limit: 0},
			"Limit -1":   {Limit: -1},
			"Limit max":  {Limit: store.MaxLimit + 1},
			"After":      {Limit: 1, After: "x"},
			"After key":  {Limit: 1, After: store.VoteKey("a", "b", "c")},
			"SessionId":  {Limit: 1, Filter: store.Filter{SessionID: "a\x00"}},
			"MessageId":  {Limit: 1, Filter: store.Filter{MessageID: "\xff"}},
			"UserId":     {Limit: 1, Filter: store.Filter{UserID: strings.Repeat("u", 256)}},
			"Tag":        {Limit: 1, Filter: store.Filter{Tag: strings.Repeat("t", 65)}},
			"Tag 2":      {Limit: 1, Filter: store.Filter{Tag: "a\n"}},
			"MinScore":   {Limit: 1, Filter: store.Filter{MinScore: new(-0.1)}},
			"MaxScore":   {Limit: 1, Filter: store.Filter{MaxScore: new(1.1)}},
			"Metadata":   {Limit: 1, Filter: store.Filter{Metadata: store.Pair{Name: "a b", Value: "v"}}},
			"Metadata 2": {Limit: 1, Filter: store.Filter{Metadata: store.Pair{Name: "n"}}},
			"Metadata 3": {Limit: 1, Filter: store.Filter{Metadata: store.Pair{Name: "n", Value: "a\xff"}}},
		} {
			_, err := st.List(t.Context(), scope, q)
			isErr(t, "List with a bad "+name, err, store.ErrInvalid)
			if field, _, _ := strings.Cut(name, " "); err != nil && !strings.Contains(err.Error(), field) {
				t.Errorf("List with a bad %s: error %v does not name it", name, err)
			}
		}
	}},
}

// many returns n records, in order of ID, some microseconds to hours apart, with
// varied contents.
func many(n int) []store.Feedback {
	at, fs := epoch, make([]store.Feedback, n)
	for i := range fs {
		f := recordAt(at, score(float64(i%11)/10))
		if i%2 == 0 {
			f.Tags = []string{"even"}
		}
		if i%3 == 0 {
			f.Tags = append(f.Tags, "third", "x")
			f.Text = "note"
			f.MessageID = "m"
		}
		if i%5 == 0 {
			f.UserID = "u"
		}
		fs[i] = f
		at = at.Add([]time.Duration{time.Microsecond, time.Second, 5 * time.Hour}[i%3])
	}
	return fs
}
