package storetest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/humanfeedback/feedbacks/store"
)

// readerCases are about callers who read, or erase, what others write.
var readerCases = []testCase{
	{"readers beside writers see whole records, in order", func(t *briefT, st store.Store) {
		const rounds = 25
		stay := create(t, st, many(30)...)
		race(func(w int) {
			for i := range rounds {
				user := fmt.Sprint("w", w/2) // the vote that one worker changes and the next gets
				if w%2 == 0 {
					write(t, st, user, w*100+i)
				} else {
					read(t, st, user, stay, len(stay)+workers*rounds) // that many there ever are
				}
			}
		})
		sameSummary(t, st, store.Filter{}, store.Day, all(t, st, store.Query{Ascending: true}, 100))
	}},
	{"Erase spares what no longer matches", func(t *briefT, st store.Store) {
		for round := range 3 {
			var bad, good []store.Feedback
			for i := range 100 {
				user := fmt.Sprint(round, "/", i)
				bad = append(bad, vote(i, user, tags("bad")))
				good = append(good, vote(i, user, tags("good")))
			}
			create(t, st, bad...)
			race(func(w int) {
				if w == 0 {
					if _, err := st.Erase(t.Context(), scope, store.Filter{Tag: "bad"}); err != nil {
						t.Errorf("Erase: %v", err)
					}
					return
				}
				for i := w - 1; i < len(good); i += workers - 1 {
					if _, _, err := st.Put(t.Context(), good[i]); err != nil {
						t.Errorf("Put: %v", err)
					}
				}
			})
			fs := all(t, st, store.Query{}, 1000) // each vote was replaced, or erased and then added
			if want := len(good) * (round + 1); len(fs) != want || len(selected(fs, store.Filter{Tag: "good"})) != want {
				t.Fatalf("%d records are there after Erase of those that others replace, want %d", len(fs), want)
			}
			sameSummary(t, st, store.Filter{}, store.NoInterval, fs)
		}
	}},
}

// write makes every kind of write: to the user's vote, and of a record that comes
// and goes.
func write(t *briefT, st store.Store, user string, n int) {
	ctx := t.Context()
	marked := func(f *store.Feedback) { // so that a reader can tell a torn record
		f.Score = float64(n) / 1000
		f.Text = fmt.Sprint(f.Score)
		f.Tags = []string{f.Text, "marked"}
	}
	_, _, putErr := st.Put(ctx, vote(n, user, marked))
	f := record(n*600, marked)
	_, createErr := st.Create(ctx, f)
	_, deleteErr := st.Delete(ctx, scope, byID(f))
	var eraseErr error
	if n%5 == 4 {
		_, eraseErr = st.Erase(ctx, scope, store.Filter{UserID: user})
	}
	if err := errors.Join(putErr, createErr, deleteErr, eraseErr); err != nil {
		t.Errorf("a write failed: %v", err)
	}
}

// read makes every kind of read and asserts that each answer is consistent in
// itself: that it has the records that stay, and none torn.
func read(t *briefT, st store.Store, user string, stay []store.Feedback, most int) {
	ctx := t.Context()
	take := func(call string, f store.Feedback) {
		if slices.Contains(f.Tags, "marked") && (f.Text != fmt.Sprint(f.Score) || f.Tags[0] != f.Text) {
			t.Errorf("%s returned the torn record %+v", call, f)
		}
		for i := range f.Tags {
			f.Tags[i] = "mine" // the store's own is elsewhere
		}
	}

	f, err := st.Get(ctx, scope, store.Ref{Key: store.VoteKey("s", "m", user)})
	if err != nil && !errors.Is(err, store.ErrNotFound) || err == nil && f.UserID != user {
		t.Errorf("Get of %s's vote returned %+v, %v", user, f, err)
	}
	take("Get", f)

	last, n := "", 0
	for f, err := range store.All(ctx, st, scope, store.Query{Ascending: true, Limit: 7}) {
		if err != nil || f.ID <= last {
			t.Errorf("List returned %s after %s, %v", f.ID, last, err)
			return
		}
		if last = f.ID; n < len(stay) && f.ID == stay[n].ID {
			n++
		}
		take("List", f)
	}
	if n != len(stay) {
		t.Errorf("List returned %d of the %d records that stay", n, len(stay))
	}

	sum, err := st.Summarize(ctx, scope, store.SummaryQuery{Interval: store.Week})
	var bins, points int64
	for _, n := range sum.Histogram {
		bins += n
	}
	for _, p := range sum.Series {
		points += p.Count
	}
	if even := len(selected(stay, store.Filter{Tag: "even"})); err != nil || sum.Count < int64(len(stay)) || sum.Count > int64(most) ||
		bins != sum.Count || points != sum.Count || sum.Positive+sum.Negative > sum.Count || sum.Tags["even"] != int64(even) {
		t.Errorf("Summarize returned %+v, %v, which contradicts itself or the %d records that stay", sum, err, len(stay))
	}

	if scopes, err := st.Scopes(ctx, store.Scope{}, 10); err != nil || !slices.Equal(scopes, []store.Scope{scope}) {
		t.Errorf("Scopes returned %q, %v, want %q", scopes, err, scope)
	}
}
