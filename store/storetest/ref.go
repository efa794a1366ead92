package storetest

import (
	"github.com/humanfeedback/feedbacks/store"
)

var refCases = []testCase{
	{"absence is ErrNotFound", func(t *briefT, st store.Store) {
		f := vote(0, "u")
		for _, when := range []string{"in an empty store", "beside another record"} {
			for _, ref := range []store.Ref{byID(f), byKey(f)} {
				isErr(t, "Get "+when, getErr(t, st, ref), store.ErrNotFound)
				_, err := st.Delete(t.Context(), scope, ref)
				isErr(t, "Delete "+when, err, store.ErrNotFound)
			}
			create(t, st, record(1))
		}
	}},
	{"a Ref is one id or one key, well-formed", func(t *briefT, st store.Store) {
		f := create(t, st, vote(0, "u"))[0]
		for _, ref := range []store.Ref{{}, {ID: f.ID, Key: f.Key}, {ID: "x"}, {ID: f.Key}, {Key: f.ID}, {Key: "x"}, {ID: f.ID + " "}} {
			isErr(t, "Get", getErr(t, st, ref), store.ErrInvalid)
			_, err := st.Delete(t.Context(), scope, ref)
			isErr(t, "Delete", err, store.ErrInvalid)
		}
	}},
	{"a Scope needs an assistant", func(t *briefT, st store.Store) {
		f := create(t, st, vote(0, "u"))[0]
		for _, s := range []store.Scope{{}, {Account: "a"}, {Assistant: "a\x00b"}, {Account: "\xff", Assistant: "a"}} {
			_, err := st.Get(t.Context(), s, byID(f))
			isErr(t, "Get", err, store.ErrInvalid)
			_, err = st.Delete(t.Context(), s, byID(f))
			isErr(t, "Delete", err, store.ErrInvalid)
			_, err = st.List(t.Context(), s, store.Query{Limit: 1})
			isErr(t, "List", err, store.ErrInvalid)
			_, err = st.Summarize(t.Context(), s, store.SummaryQuery{})
			isErr(t, "Summarize", err, store.ErrInvalid)
			_, err = st.Erase(t.Context(), s, store.Filter{UserID: "u"})
			isErr(t, "Erase", err, store.ErrInvalid)
		}
	}},
	{"Delete returns what it removed, from everywhere", func(t *briefT, st store.Store) {
		for i, ref := range []func(store.Feedback) store.Ref{byID, byKey} {
			kept := create(t, st, record(10*i, tags("a")))[0]
			f := create(t, st, vote(10*i+1, "u", text("gone"), tags("a", "b")))[0]
			got, err := st.Delete(t.Context(), scope, ref(f))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Delete", got, f)
			isErr(t, "Get by ID", getErr(t, st, byID(f)), store.ErrNotFound)
			isErr(t, "Get by Key", getErr(t, st, byKey(f)), store.ErrNotFound)
			_, err = st.Delete(t.Context(), scope, ref(f))
			isErr(t, "Delete again", err, store.ErrNotFound)
			for name, filter := range map[string]store.Filter{"session": {SessionID: "s"}, "time": {CreatedAfter: kept.CreatedAt()}, "tag": {Tag: "a"}} {
				sameList(t, "List by "+name, all(t, st, store.Query{Filter: filter}, 10), []store.Feedback{kept})
				sameSummary(t, st, filter, store.NoInterval, []store.Feedback{kept})
			}
			sameList(t, "List by user", all(t, st, store.Query{Filter: store.Filter{UserID: "u"}}, 10), nil)
			sameList(t, "List by message", all(t, st, store.Query{Filter: store.Filter{MessageID: "m"}}, 10), nil)
			sameSummary(t, st, store.Filter{Tag: "b"}, store.NoInterval, nil)
			if _, err := st.Delete(t.Context(), scope, byID(kept)); err != nil {
				t.Fatal(err)
			}
		}
		sameSummary(t, st, store.Filter{}, store.NoInterval, nil)
	}},
	{"an id may come back after Delete", func(t *briefT, st store.Store) {
		f := create(t, st, vote(0, "u"))[0]
		if _, err := st.Delete(t.Context(), scope, byID(f)); err != nil {
			t.Fatal(err)
		}
		create(t, st, vote(0, "u", score(0), func(g *store.Feedback) { g.ID = f.ID }))
	}},
}
