package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// What a record carries besides what is counted.
var carriedCases = []testCase{
	{"is kept, whatever it holds", func(t *briefT, st store.Store) {
		sixteen := metadata()
		full := record(0, sixteen)
		for i := range store.MaxMetadata {
			name := fmt.Sprintf("%02d%s", i, strings.Repeat("n", store.MaxMetadataNameLength-2))
			full.Metadata[name] = strings.Repeat("é", store.MaxMetadataValueLength)
		}
		var want []store.Feedback
		for i, f := range []store.Feedback{
			record(0), full,
			record(0, metadata("a.b-c_0", "1", "A", "2", "a", "3", "v", "4", "metadata", "5")),
			record(0, correction("c")), record(0, correction(strings.Repeat("long ", 40_000))),
			record(0, text("t"), tags("a"), metadata("trace_id", "t"), correction("both\r\n\t")),
			record(0, handled("")), record(0, text("t"), handled(strings.Repeat("long ", 40_000))),
			record(0, text("t"), tags("a"), metadata("m", "1"), correction("c"), handled("all\r\n\t")),
			record(0, func(f *store.Feedback) { f.Review = &store.Review{Verdict: store.Unclear, At: time.Unix(0, 0).UTC()} }),
			record(0, func(f *store.Feedback) {
				f.Review = &store.Review{Verdict: store.Disagree, Actor: strings.Repeat("é", 127), At: time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)}
			}),
			record(0, tags("é,\"", "b", "c"), stamped([]string{"é,\"", "b"}, nil)),
			record(0, tags("b"), metadata("m", "1", "n", "2"), correction("c"), stamped([]string{"b"}, []string{"n", "m"})),
		} {
			f.ID = record(i).ID
			want = append(want, create(t, st, f)...)
			same(t, "Get", get(t, st, byID(f)), want[i])
		}
		for i, s := range []string{"\x01\x1f\x7f\u0085", "\u2028\u2029", "\ufeffbom", "a\r\nb", " ", "\\u0000", `{"v":2}`, "'; DROP TABLE feedbacks; --",
			"{{.}}", "<script>", "\U0001f469\u200d\U0001f4bb", "\ufffd", "\uffff", "Z\u0351\u036b\u0343", `"`, `\`, "\u202eab"} {
			f := create(t, st, record(100+i, metadata("n", s), correction(s), handled(s)))[0]
			same(t, "Get", get(t, st, byID(f)), f)
			sameList(t, fmt.Sprintf("List by metadata n:%q", s), all(t, st, store.Query{Filter: store.Filter{Metadata: store.Pair{Name: "n", Value: s}}}, 10), []store.Feedback{f})
			want = append(want, f)
		}
		sameList(t, "List", all(t, st, store.Query{Ascending: true}, 4), want)
		sameSummary(t, st, store.Filter{}, store.NoInterval, want)
	}},
	{"is normalized", func(t *briefT, st store.Store) {
		f := create(t, st, record(0, metadata()))[0]
		if got := get(t, st, byID(f)); got.Metadata != nil {
			t.Errorf("no metadata came back as %v, want nil", got.Metadata)
		}
		f = record(2, handled(""))
		f.Review.At = time.Date(2026, 1, 1, 0, 59, 59, 999_999_999, time.FixedZone("", 3600))
		create(t, st, f)
		if got := get(t, st, byID(f)); !got.Handled() || got.Review.At != time.Date(2025, 12, 31, 23, 59, 59, 999_999_000, time.UTC) {
			t.Errorf("the review came back as %+v, want it of UTC, its microseconds cut", got.Review)
		}
		f = record(1, tags("b", "a"), metadata("m", "1", "n", "2"), stamped([]string{"b", "a"}, []string{"n", "m"}))
		create(t, st, f)
		if got := get(t, st, byID(f)); !slices.Equal(got.Tags, []string{"b", "a"}) || !slices.Equal(got.Stamped.Tags, []string{"a", "b"}) || !slices.Equal(got.Stamped.Metadata, []string{"m", "n"}) {
			t.Errorf("what is stamped came back as %v of %v, want it in byte order", got.Stamped, got.Tags)
		}
	}},
	{"stays as it was when Create finds the record", func(t *briefT, st store.Store) {
		first := create(t, st, vote(0, "u", metadata("a", "1"), correction("one")))[0]
		sameID := record(1, metadata("b", "2"))
		sameID.ID = first.ID
		for name, again := range map[string]store.Feedback{"ID": sameID, "Key": vote(1, "u", correction("two"))} {
			got, err := st.Create(t.Context(), again)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Create of its "+name, got, first)
			same(t, "Get", get(t, st, byID(first)), first)
		}
	}},
	{"is replaced by Put as all else", func(t *briefT, st store.Store) {
		var last store.Feedback
		for i, f := range []store.Feedback{
			vote(0, "u", metadata("a", "1", "b", "2"), correction("one")), vote(1, "u", metadata("a", "3")), vote(2, "u", correction("two")), vote(3, "u"),
			vote(4, "u", metadata("c", "4"), correction("three")), vote(5, "u", tags("a"), metadata("c", "4"), stamped([]string{"a"}, []string{"c"})),
			vote(6, "u", tags("a"), metadata("c", "4"), stamped(nil, []string{"c"})), vote(7, "u", tags("a"), metadata("c", "4")),
		} {
			want := f.Normalize()
			if i > 0 {
				want.ID = last.ID
			}
			now, before := put(t, st, f)
			same(t, "Put", now, want)
			if i > 0 {
				same(t, "Put's before", *before, last)
			}
			same(t, "Get", get(t, st, byKey(f)), want)
			sameList(t, "List", all(t, st, store.Query{}, 10), []store.Feedback{want})
			sameSummary(t, st, store.Filter{}, store.Day, []store.Feedback{want}) // which nothing carried changes
			last = want
		}
		gone, err := st.Delete(t.Context(), scope, byKey(last))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "Delete", gone, last)
		sameSummary(t, st, store.Filter{}, store.Day, nil)
	}},
	{"shares no memory with its caller", func(t *briefT, st store.Store) {
		f := vote(0, "u", metadata("a", "1"))
		want := f.Normalize()
		now, _ := put(t, st, f)
		f.Metadata["a"], now.Metadata["a"] = "x", "y"
		got := get(t, st, byKey(f))
		same(t, "Get after mutation of what went in and out of Put", got, want)
		if got.Metadata == nil {
			return
		}
		got.Metadata["a"] = "z"
		page := all(t, st, store.Query{}, 10)
		sameList(t, "List after mutation of what came out of Get", page, []store.Feedback{want})
		page[0].Metadata["a"] = "z"
		again, err := st.Create(t.Context(), vote(1, "u"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "Create after mutation of what came out of List", again, want)
		again.Metadata["a"] = "z"
		_, before := put(t, st, vote(2, "u"))
		same(t, "Put's before", *before, want)
		f = record(3, metadata("a", "1"))
		want = f.Normalize()
		created, err := st.Create(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		f.Metadata["a"], created.Metadata["a"] = "x", "y"
		same(t, "Get after mutation of what went in and out of Create", get(t, st, byID(f)), want)
		f = record(4, tags("a"), metadata("a", "1"), stamped([]string{"a"}, []string{"a"}))
		want = f.Normalize()
		if created, err = st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		f.Stamped.Tags[0], created.Stamped.Metadata[0] = "x", "x"
		f = record(5, handled("a"))
		reviewed := f.Normalize()
		if created, err = st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		f.Review.Note, created.Review.Note = "x", "x"
		got = get(t, st, byID(f))
		same(t, "Get after mutation of a review that went in and out", got, reviewed)
		if got.Handled() {
			got.Review.Note = "x"
			page := all(t, st, store.Query{Filter: store.Filter{Handled: new(true)}}, 10)
			sameList(t, "List after mutation of a review that came out of Get", page, []store.Feedback{reviewed})
			page[0].Review.Note = "x"
			same(t, "Get after mutation of a review that came out of List", get(t, st, byID(f)), reviewed)
		}
		got = get(t, st, byID(want))
		same(t, "Get after mutation of what is stamped", got, want)
		if !got.Stamped.IsZero() {
			got.Stamped.Tags[0] = "z"
			same(t, "Get after mutation of what came out of Get", get(t, st, byID(want)), want)
		}
	}},
}
