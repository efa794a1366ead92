package storetest

import (
	"math"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

var createCases = []testCase{
	{"returns and keeps every field", func(t *briefT, st store.Store) {
		f := record(0)
		f.MessageID, f.UserID, f.Score = "m", "u", 0.123456789012345
		f.Key = store.IdempotencyKey("once")
		f.Text, f.Tags = "so so\r\n\t", []string{"slow", "model:x", "a"}
		f.UpdatedAt = epoch.Add(time.Hour + 7*time.Microsecond)
		create(t, st, f)
		same(t, "Get by ID", get(t, st, byID(f)), f)
		same(t, "Get by Key", get(t, st, byKey(f)), f)
		sameList(t, "List", all(t, st, store.Query{}, 10), []store.Feedback{f})
	}},
	{"keeps the least that is allowed", func(t *briefT, st store.Store) {
		f := record(0, in(store.Scope{Assistant: "a"}), score(0))
		create(t, st, f)
		got, err := st.Get(t.Context(), f.Scope, byID(f))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "Get", got, f.Normalize())
		if !got.UpdatedAt.Equal(epoch) {
			t.Errorf("UpdatedAt is %v, want CreatedAt, %v", got.UpdatedAt, epoch)
		}
	}},
	{"normalizes -0, empty tags and times", func(t *briefT, st store.Store) {
		f := record(0, score(math.Copysign(0, -1)), tags([]string{}...))
		f.UpdatedAt = epoch.In(time.FixedZone("", 3600)).Add(999 * time.Nanosecond)
		create(t, st, f)
		got := get(t, st, byID(f))
		want := f.Normalize()
		same(t, "Get", got, want)
		if math.Signbit(got.Score) {
			t.Error("-0 came back as -0, want 0")
		}
	}},
	{"keeps scores exactly", func(t *briefT, st store.Store) {
		for i, s := range []float64{0, 1, 0.1, 1.0 / 3, 5e-324, 1e-7, 0.9999999999999999} {
			f := create(t, st, record(i, score(s)))[0]
			same(t, "Get", get(t, st, byID(f)), f)
		}
	}},
	{"again with the same ID returns the first", func(t *briefT, st store.Store) {
		first := create(t, st, record(0, text("first")))[0]
		second := record(1, text("second"), score(0), tags("x"))
		second.ID = first.ID
		got, err := st.Create(t.Context(), second)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "Create", got, first)
		sameList(t, "List", all(t, st, store.Query{}, 10), []store.Feedback{first})
		sameSummary(t, st, store.Filter{}, store.NoInterval, []store.Feedback{first})
	}},
	{"again with the same Key returns the first", func(t *briefT, st store.Store) {
		idem := func(f *store.Feedback) { f.Key = store.IdempotencyKey("k") }
		var want []store.Feedback
		for _, again := range [][2]store.Feedback{
			{record(0, text("first"), idem), record(1, text("second"), idem, score(0), tags("x"))},
			{vote(2, "u", text("first")), vote(3, "u", text("second"), score(0), tags("x"))},
		} {
			first := create(t, st, again[0])[0]
			got, err := st.Create(t.Context(), again[1])
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Create", got, first)
			want = append(want, first)
		}
		sameList(t, "List", all(t, st, store.Query{Ascending: true}, 10), want)
		sameSummary(t, st, store.Filter{}, store.NoInterval, want)
	}},
	{"prefers the ID over the Key", func(t *briefT, st store.Store) {
		a := create(t, st, record(0))[0]
		b := create(t, st, record(1, func(f *store.Feedback) { f.Key = store.IdempotencyKey("b") }))[0]
		both := record(2)
		both.ID, both.Key = a.ID, b.Key
		got, err := st.Create(t.Context(), both)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "Create", got, a)
	}},
	{"adds a vote that Put then replaces", func(t *briefT, st store.Store) {
		f := create(t, st, vote(0, "u"))[0]
		now, before := put(t, st, vote(1, "u", score(0)))
		if before == nil || !before.Equal(f) || now.ID != f.ID {
			t.Errorf("Put returned %+v and before %+v, want %+v replaced", now, before, f)
		}
	}},
	{"keeps ids apart that differ in case, normalization or spaces", func(t *briefT, st store.Store) {
		ids := []string{"ab", "AB", "aB", "Ab", "ab ", " ab", "é", "e\u0301", "ß", "ss", "ſ", "s",
			"ﬁ", "fi", "İ", "i", "ı", "I", "\u00c5", "\u212b", "\u200bab", "\ufeffab", "𐐀", "𐐨", "\ue000", "\uffff",
			"a.b", "a/b", "a%2Fb", "{a}", "a{b}c", "..", ".", "*", "a*", "a?", "[a]", "a_", "a%", `a\`, "a'b", `a"b`,
			"$1", "{{a}}", "-", "\U0010ffff", "日本", "\u202eab"}
		var want []store.Feedback
		for i, id := range ids {
			f := record(i)
			f.SessionID, f.MessageID, f.UserID, f.Text, f.Tags = id, id, id, id, []string{id}
			f.Key = store.VoteKey(id, id, id)
			want = append(want, create(t, st, f)...)
		}
		for i, id := range ids {
			for field, filter := range map[string]store.Filter{
				"session": {SessionID: id}, "message": {MessageID: id}, "user": {UserID: id}, "tag": {Tag: id},
			} {
				sameList(t, "List by "+field+" "+id, all(t, st, store.Query{Filter: filter}, 10), want[i:i+1])
			}
			sameSummary(t, st, store.Filter{Tag: id}, store.NoInterval, want[i:i+1])
		}
		sameSummary(t, st, store.Filter{}, store.NoInterval, want)
	}},
	{"keeps unusual text", func(t *briefT, st store.Store) {
		long := make([]byte, 200_000)
		for i := range long {
			long[i] = byte('a' + i%26)
		}
		for i, s := range []string{"\x01\x1f\x7f\u0085", "\u2028\u2029", "\ufeffbom", "a\r\nb", " ", "\\u0000", "'; DROP TABLE feedbacks; --",
			"{{.}}", "<script>", "\U0001f469\u200d\U0001f4bb", "\ufffd", "\uffff", "Z\u0351\u036b\u0343", string(long)} {
			f := create(t, st, record(i, text(s)))[0]
			same(t, "Get", get(t, st, byID(f)), f)
		}
	}},
	{"shares no memory with its caller", func(t *briefT, st store.Store) {
		f := record(0, tags("a", "b"))
		want := f.Normalize()
		got, err := st.Create(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		f.Tags[0], got.Tags[1] = "x", "y"
		got = get(t, st, byID(f))
		same(t, "Get after mutation of what went in and out of Create", got, want)
		got.Tags[0] = "z"
		page := all(t, st, store.Query{}, 10)
		sameList(t, "List after mutation of what came out of Get", page, []store.Feedback{want})
		page[0].Tags[0] = "z"
		same(t, "Get after mutation of what came out of List", get(t, st, byID(f)), want)
	}},
	{"returns the existing record as a copy", func(t *briefT, st store.Store) {
		want := create(t, st, vote(0, "u", tags("a", "b")))[0]
		sameID := record(1)
		sameID.ID = want.ID
		for name, again := range map[string]store.Feedback{"ID": sameID, "Key": vote(1, "u")} {
			got, err := st.Create(t.Context(), again)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Create of its "+name, got, want)
			got.Tags[0] = "mine"
			same(t, "Get after mutation of what came out of Create of its "+name, get(t, st, byID(want)), want)
		}
	}},
	{"keeps scopes apart", func(t *briefT, st store.Store) {
		scopes := []store.Scope{
			scope,
			{Account: "AC00000000000000000000000000000002", Assistant: scope.Assistant}, // the same assistant
			{Account: scope.Account, Assistant: "aia_asst_2"},
			{Assistant: scope.Assistant},
			{Account: "a", Assistant: "bc"}, {Account: "ab", Assistant: "c"}, // one string when joined
			{Account: "{a}", Assistant: "}{"}, {Account: "A", Assistant: "bc"},
		}
		shared := vote(0, "u")
		for i, s := range scopes {
			create(t, st, vote(0, "u", in(s), func(f *store.Feedback) { f.ID = shared.ID }, score(float64(i)/10), tags("t")))
		}
		for i, s := range scopes {
			want := float64(i) / 10
			for _, ref := range []store.Ref{byID(shared), byKey(shared)} {
				f, err := st.Get(t.Context(), s, ref)
				if err != nil || f.Score != want || f.Scope != s {
					t.Errorf("Get in %+v returned %+v, %v, want its own record", s, f, err)
				}
			}
			for f, err := range store.All(t.Context(), st, s, store.Query{Filter: store.Filter{UserID: "u"}}) {
				if err != nil || f.Score != want || f.Scope != s {
					t.Errorf("List in %+v returned %+v, %v, want its own record", s, f, err)
				}
			}
			sum, err := st.Summarize(t.Context(), s, store.SummaryQuery{})
			if err != nil || sum.Count != 1 || sum.Tags["t"] != 1 {
				t.Errorf("Summarize in %+v returned %+v, %v, want its own record", s, sum, err)
			}
		}
		if _, err := st.Delete(t.Context(), scopes[1], byID(shared)); err != nil {
			t.Fatal(err)
		}
		if n, err := st.Erase(t.Context(), scopes[2], store.Filter{UserID: "u"}); n != 1 || err != nil {
			t.Fatalf("Erase returned %d, %v, want 1", n, err)
		}
		if _, _, err := st.Put(t.Context(), vote(1, "u", in(scopes[3]), score(1))); err != nil {
			t.Fatal(err)
		}
		f := get(t, st, byID(shared))
		if f.Score != 0 {
			t.Errorf("what was done in other scopes changed this one's record: %+v", f)
		}
	}},
}
