package storetest

import (
	"context"

	"github.com/humanfeedback/feedbacks/store"
)

var contextCases = []testCase{
	{"a call whose context has ended does nothing", func(t *briefT, st store.Store) {
		kept := create(t, st, vote(0, "u"))
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		expired, cancel := context.WithTimeout(t.Context(), -1)
		defer cancel()
		for _, ctx := range []context.Context{cancelled, expired} {
			for call, do := range map[string]func() error{
				"Create":    func() error { _, err := st.Create(ctx, record(1)); return err },
				"Put":       func() error { _, _, err := st.Put(ctx, vote(1, "v")); return err },
				"Replace":   func() error { _, err := st.Replace(ctx, kept[0], kept[0]); return err },
				"Get":       func() error { _, err := st.Get(ctx, scope, byID(kept[0])); return err },
				"Delete":    func() error { _, err := st.Delete(ctx, scope, byID(kept[0])); return err },
				"List":      func() error { _, err := st.List(ctx, scope, store.Query{Limit: 1}); return err },
				"Summarize": func() error { _, err := st.Summarize(ctx, scope, store.SummaryQuery{}); return err },
				"Erase":     func() error { _, err := st.Erase(ctx, scope, store.Filter{UserID: "u"}); return err },
				"Scopes":    func() error { _, err := st.Scopes(ctx, store.Scope{}, 1); return err },
			} {
				isErr(t, call, do(), ctx.Err())
			}
		}
		sameList(t, "List", all(t, st, store.Query{}, 10), kept)
		sameSummary(t, st, store.Filter{}, store.NoInterval, kept)
	}},
	{"All pages through a list, and stops when asked or when it fails", func(t *briefT, st store.Store) {
		want := reversed(create(t, st, many(10)...))
		seq := store.All(t.Context(), st, scope, store.Query{Limit: 3})
		for range 2 { // it can be ranged over again
			var got []store.Feedback
			for f, err := range seq {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, f)
			}
			sameList(t, "All", got, want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []store.Feedback
		var failed []error
		for f, err := range store.All(ctx, st, scope, store.Query{Limit: 3}) {
			if err != nil {
				failed = append(failed, err)
				continue
			}
			got = append(got, f)
			cancel() // the page at hand is still yielded
		}
		sameList(t, "All", got, want[:3])
		if len(failed) != 1 {
			t.Fatalf("All yielded the errors %v, want one", failed)
		}
		isErr(t, "All", failed[0], context.Canceled)
	}},
}
