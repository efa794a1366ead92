package redis_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// TestLargeRecords asserts that replies which stop early end no list.
func TestLargeRecords(t *testing.T) {
	t.Parallel()
	st := redis.New(lone(t), &redis.Options{Prefix: newPrefix()})
	var want []store.Feedback
	for i := range 80 {
		f := vote(i, "u", "a")
		f.Key, f.Text = "", strings.Repeat("x", 200_000)
		want = append(want, create(t, st, f))
	}
	for _, f := range []store.Filter{{}, {SessionID: "s"}, {MessageID: "m"}, {Tag: "a"}} {
		for _, limit := range []int{1, 30, 1000} {
			var got []store.Feedback
			for r, err := range store.All(t.Context(), st, scope, store.Query{Filter: f, Limit: limit, Ascending: true}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r)
			}
			if !slices.EqualFunc(got, want, store.Feedback.Equal) {
				t.Errorf("List(%+v) by %d has %d records, want %d", f, limit, len(got), len(want))
			}
		}
	}
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	sound(t, st)
	if n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "u"}); n != 80 || err != nil {
		t.Errorf("Erase returned %d, %v, want 80", n, err)
	}
	sound(t, st)
}
