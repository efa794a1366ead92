package redis_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

var (
	scope = store.Scope{Account: "AC1", Assistant: "aia_asst_1"}
	epoch = time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC)
)

// record returns a record of session "s", created n minutes after epoch.
func record(n int, tags ...string) store.Feedback {
	return store.Feedback{Scope: scope, ID: store.NewID(epoch.Add(time.Duration(n) * time.Minute)), SessionID: "s", Score: float64((n%11+11)%11) / 10, Tags: tags}
}

// vote returns record n as a user's vote on message "m".
func vote(n int, user string, tags ...string) store.Feedback {
	f := record(n, tags...)
	f.MessageID, f.UserID = "m", user
	f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
	return f
}

func create(t testing.TB, st store.Store, f store.Feedback) store.Feedback {
	t.Helper()
	got, err := st.Create(t.Context(), f)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return got
}

func put(t testing.TB, st store.Store, f store.Feedback) store.Feedback {
	t.Helper()
	got, _, err := st.Put(t.Context(), f)
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	return got
}

// all lists every record of the scope, newest first.
func all(t testing.TB, st store.Store) (fs []store.Feedback) {
	t.Helper()
	for f, err := range store.All(context.WithoutCancel(t.Context()), st, scope, store.Query{}) {
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		fs = append(fs, f)
	}
	return fs
}

// sound asserts that the rollups and the indexes are those of the records that are
// there, and returns these.
func sound(t testing.TB, st store.Store) []store.Feedback {
	t.Helper()
	fs := all(t, st)
	for _, tag := range []string{"", "a", "b"} {
		f := store.Filter{Tag: tag}
		rollups := summarize(t, st, f)
		f.MinScore = new(0.0) // which rollups do not know
		if scanned := summarize(t, st, f); rollups != scanned {
			t.Errorf("the rollups of tag %q are\n%s, want\n%s", tag, rollups, scanned)
		}
	}
	for _, waiting := range []bool{true, false} {
		f := store.Filter{Waiting: &waiting}
		listed := 0
		for _, err := range store.All(context.WithoutCancel(t.Context()), st, scope, store.Query{Filter: f}) {
			if err != nil {
				t.Fatalf("List: %v", err)
			}
			listed++
		}
		for _, r := range fs {
			if f.Match(r) {
				listed--
			}
		}
		if listed != 0 {
			t.Errorf("%d records more than there are are listed as waiting: %t", listed, waiting)
		}
	}
	for _, f := range fs {
		for name, by := range map[string]store.Filter{"session": {SessionID: f.SessionID}, "message": {MessageID: f.MessageID}, "user": {UserID: f.UserID}} {
			at := f.CreatedAt()
			by.CreatedAfter, by.CreatedBefore = at, at.Add(time.Microsecond)
			page, err := st.List(t.Context(), scope, store.Query{Filter: by, Limit: 1000})
			if err != nil || !slices.ContainsFunc(page.Feedbacks, f.Equal) {
				t.Errorf("the index by %s lacks %+v, %v", name, f, err)
			}
		}
		if f.Key != "" {
			if got, err := st.Get(t.Context(), scope, store.Ref{Key: f.Key}); err != nil || !got.Equal(f) {
				t.Errorf("Get by key returned %+v, %v, want %+v", got, err, f)
			}
		}
	}
	return fs
}

// summarize returns a summary that can be compared.
func summarize(t testing.TB, st store.Store, f store.Filter) string {
	t.Helper()
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: f, Interval: store.Day})
	if err != nil {
		t.Fatalf("Summarize: %v", err)
	}
	mean := -1.0
	if s.MeanScore != nil {
		mean = *s.MeanScore
	}
	out := fmt.Sprint(s.Count, mean, s.Positive, s.Negative, s.WithText, s.Histogram, s.Tags)
	for _, p := range s.Series {
		out += fmt.Sprint("\n", p.Start, p.Count, p.Positive, p.Negative)
	}
	return out
}
