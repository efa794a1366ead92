package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// filters are some of every kind, alone and together, for the records of mixed.
var filters = []store.Filter{
	{},
	{SessionID: "s0"}, {MessageID: "m1"}, {UserID: "u2"}, {Tag: "a"}, {Tag: "none"},
	{SessionID: "S0"}, {SessionID: "none"}, {MessageID: "none"}, {UserID: "none"},
	{MinScore: new(0.5)}, {MaxScore: new(0.5)}, {MinScore: new(0.3), MaxScore: new(0.3)}, {MinScore: new(0.0)}, {MinScore: new(1.0)},
	{MinScore: new(0.6), MaxScore: new(0.4)},
	{Text: "note"}, {Text: "SAID THIS"}, {Text: "e"}, {Text: "none"}, {Text: "Note", HasCorrection: new(false), UserID: "u1"},
	{Handled: new(true)}, {Handled: new(false)}, {Waiting: new(true)}, {Waiting: new(false)}, {Waiting: new(true), Handled: new(true)},
	{Waiting: new(true), UserID: "u1"}, {Waiting: new(true), CreatedAfter: epoch.Add(9 * time.Hour), CreatedBefore: epoch.Add(70 * time.Hour)},
	{Waiting: new(true), HasText: new(false)}, {Waiting: new(false), SessionID: "s1"}, {Handled: new(true), MaxScore: new(0.4), Tag: "a"},
	{HasText: new(true)}, {HasText: new(false)}, {HasCorrection: new(true)}, {HasCorrection: new(false)},
	{Metadata: store.Pair{Name: "model", Value: "x-1"}}, {Metadata: store.Pair{Name: "model", Value: "X-1"}}, {Metadata: store.Pair{Name: "Model", Value: "x-1"}},
	{Metadata: store.Pair{Name: "trace_id", Value: "x-1"}}, {Metadata: store.Pair{Name: "a.b-c_0", Value: `{"v":2}: '%_\`}}, {Metadata: store.Pair{Name: "none", Value: "x-1"}},
	{CreatedAfter: epoch.Add(9 * time.Hour)}, {CreatedBefore: epoch.Add(9 * time.Hour)},
	{CreatedAfter: epoch.Add(3 * time.Hour), CreatedBefore: epoch.Add(40 * time.Hour)},
	{CreatedAfter: epoch.Add(40 * time.Hour), CreatedBefore: epoch.Add(3 * time.Hour)},
	{CreatedAfter: epoch.Add(3 * time.Hour), CreatedBefore: epoch.Add(3 * time.Hour)},
	{CreatedAfter: epoch.Add(3*time.Hour + 1), CreatedBefore: epoch.Add(6*time.Hour + 1)}, // a nanosecond on
	{CreatedAfter: time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), CreatedBefore: time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)},
	{CreatedAfter: time.Date(2026, 3, 15, 0, 0, 0, 0, time.FixedZone("", 7200))},
	{SessionID: "s1", UserID: "u1"}, {SessionID: "s0", MessageID: "m2", UserID: "u1"},
	{SessionID: "s1", CreatedAfter: epoch.Add(20 * time.Hour)},
	{UserID: "u0", Tag: "b", HasText: new(true)},
	{Metadata: store.Pair{Name: "model", Value: "x-1"}, HasCorrection: new(true)}, {SessionID: "s1", HasCorrection: new(true), HasText: new(false)},
	{UserID: "u1", Metadata: store.Pair{Name: "model", Value: "x-2"}, Tag: "a"}, {MessageID: "m1", HasCorrection: new(false), MinScore: new(0.3)},
	{Metadata: store.Pair{Name: "model", Value: "x-2"}, CreatedAfter: epoch.Add(9 * time.Hour), CreatedBefore: epoch.Add(70 * time.Hour)},
	{MessageID: "m0", MinScore: new(0.2), MaxScore: new(0.8), CreatedBefore: epoch.Add(70 * time.Hour)},
	{Tag: "b", CreatedAfter: epoch.Add(20 * time.Hour), CreatedBefore: epoch.Add(50 * time.Hour)},
	{Tag: "a", MinScore: new(0.5), HasText: new(false), SessionID: "s0", MessageID: "m0", UserID: "u0", CreatedAfter: epoch,
		HasCorrection: new(false), Metadata: store.Pair{Name: "model", Value: "x-1"}},
}

// mixed returns records of every combination of a few sessions, messages and
// users, about an hour and a half apart, over a few days.
func mixed() []store.Feedback {
	var fs []store.Feedback
	for i := range 72 {
		f := recordAt(epoch.Add(time.Duration(i)*90*time.Minute), score(float64(i%11)/10))
		f.SessionID = fmt.Sprintf("s%d", i%2)
		if i%4 < 3 {
			f.MessageID = fmt.Sprintf("m%d", i%4)
		}
		if i%5 < 3 {
			f.UserID = fmt.Sprintf("u%d", i%5)
		}
		if i%3 == 0 {
			f.Text = "note"
		}
		f.Tags = [][]string{nil, {"a"}, {"b"}, {"b", "a"}}[i/3%4]
		if i%7 == 2 || i%11 == 0 {
			f.Correction = "it should have said this"
		}
		f.Metadata = []map[string]string{nil, {"model": "x-1"}, {"model": "x-2", "trace_id": "x-1"}, {"a.b-c_0": `{"v":2}: '%_\`, "model": "x-1"}}[i/2%4]
		if i%13 == 3 || i%17 == 0 {
			handled("so it is")(&f)
		}
		fs = append(fs, f)
	}
	return fs
}

// waits says what waits for staff, in the suite's own words.
func waits(r store.Feedback) bool {
	return r.Review == nil && (r.Score < 0.5 || r.Text != "" || r.Correction != "")
}

// selects says what a filter means, in the suite's own words.
func selects(f store.Filter, r store.Feedback) bool {
	at := r.CreatedAt()
	return (f.SessionID == "" || f.SessionID == r.SessionID) &&
		(f.MessageID == "" || f.MessageID == r.MessageID) &&
		(f.UserID == "" || f.UserID == r.UserID) &&
		(f.Tag == "" || slices.Contains(r.Tags, f.Tag)) &&
		(f.Text == "" || contains(f.Text)(r)) &&
		(f.MinScore == nil || *f.MinScore <= r.Score) &&
		(f.MaxScore == nil || *f.MaxScore >= r.Score) &&
		(f.HasText == nil || *f.HasText == (r.Text != "")) &&
		(f.HasCorrection == nil || *f.HasCorrection == (r.Correction != "")) &&
		(f.Handled == nil || *f.Handled == (r.Review != nil)) &&
		(f.Waiting == nil || *f.Waiting == waits(r)) &&
		(f.Metadata == store.Pair{} || r.Metadata[f.Metadata.Name] == f.Metadata.Value) &&
		(f.CreatedAfter.IsZero() || at.Equal(f.CreatedAfter) || at.After(f.CreatedAfter)) &&
		(f.CreatedBefore.IsZero() || at.Before(f.CreatedBefore))
}

func selected(fs []store.Feedback, f store.Filter) []store.Feedback {
	return slices.DeleteFunc(slices.Clone(fs), func(r store.Feedback) bool { return !selects(f, r) })
}

var filterCases = []testCase{
	{"list and summary select the same, alone and in combination", func(t *briefT, st store.Store) {
		fs := create(t, st, mixed()...)
		for _, f := range filters {
			want := selected(fs, f)
			sameList(t, fmt.Sprintf("List(%s)", selecting(f)), all(t, st, store.Query{Filter: f}, 5), reversed(want))
			sameList(t, fmt.Sprintf("List(%s) ascending", selecting(f)), all(t, st, store.Query{Filter: f, Ascending: true}, 5), want)
			sameSummary(t, st, f, store.NoInterval, want)
		}
	}},
	{"every field of a filter selects, or is refused", everyField},
	{"few among many are found, with every position on the way", func(t *briefT, st store.Store) {
		fs := many(3000)
		for i := range fs {
			fs[i].Tags = nil
		}
		fs[1700].Tags = []string{"rare"}
		fs[3].Tags = []string{"rare"}
		createFast(t, st, fs)
		want := []store.Feedback{fs[3].Normalize(), fs[1700].Normalize()}
		rare := store.Filter{Tag: "rare"}
		sameList(t, "List ascending", all(t, st, store.Query{Filter: rare, Ascending: true}, 1), want)
		sameList(t, "List", all(t, st, store.Query{Filter: rare}, 1), reversed(want))
		sameSummary(t, st, store.Filter{Tag: "rare", HasText: new(fs[3].HasText())}, store.NoInterval, selected(want, store.Filter{HasText: new(fs[3].HasText())}))
	}},
	{"a vote that changes moves between filters", func(t *briefT, st store.Store) {
		put(t, st, vote(0, "u", score(0), text("note"), tags("slow"), correction("so"), metadata("model", "x-1", "old", "1")))
		now, _ := put(t, st, vote(1, "u", score(1), tags("good"), metadata("model", "x-2")))
		for _, f := range []store.Filter{{Tag: "slow"}, {HasText: new(true)}, {MaxScore: new(0.5)}, {HasCorrection: new(true)},
			{Metadata: store.Pair{Name: "model", Value: "x-1"}}, {Metadata: store.Pair{Name: "old", Value: "1"}}} {
			sameList(t, fmt.Sprintf("List(%s)", selecting(f)), all(t, st, store.Query{Filter: f}, 5), nil)
		}
		for _, f := range []store.Filter{{Tag: "good"}, {HasText: new(false)}, {MinScore: new(0.5)}, {UserID: "u"}, {CreatedBefore: epoch.Add(1)},
			{HasCorrection: new(false)}, {Metadata: store.Pair{Name: "model", Value: "x-2"}}} {
			sameList(t, fmt.Sprintf("List(%s)", selecting(f)), all(t, st, store.Query{Filter: f}, 5), []store.Feedback{now})
		}
	}},
}

// everyField goes by reflection over a Filter's fields, so that one that is added
// to Filter, and that a store has never heard of, selects no record that it should
// not: a store that ignores it would erase all.
func everyField(t *briefT, st store.Store) {
	fs := create(t, st, mixed()...)
	left := fs
	for field := range reflect.TypeFor[store.Filter]().Fields() {
		f := alone(t, field)
		want := selected(fs, f)
		if len(want) == 0 || len(want) == len(fs) {
			t.Errorf("%s selects %d of the suite's %d records: too few or too many to tell", field.Name, len(want), len(fs))
		}
		page, err := st.List(t.Context(), scope, store.Query{Filter: f, Limit: 1000})
		if errors.Is(err, store.ErrInvalid) { // refused, as Filter.Only does
			_, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: f})
			isErr(t, "Summarize by "+field.Name+", which List refuses", err, store.ErrInvalid)
			n, err := st.Erase(t.Context(), scope, f)
			isErr(t, "Erase by "+field.Name+", which List refuses", err, store.ErrInvalid)
			if n != 0 {
				t.Errorf("Erase by %s, which it refuses, erased %d", field.Name, n)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if page.Next == "" { // else it is short, which others look into
			sameList(t, "List by "+field.Name, page.Feedbacks, reversed(want))
		}
		sameSummary(t, st, f, store.NoInterval, selected(left, f))
		rest := slices.DeleteFunc(slices.Clone(left), func(r store.Feedback) bool { return selects(f, r) })
		if n, err := st.Erase(t.Context(), scope, f); err != nil || n != int64(len(left)-len(rest)) {
			t.Fatalf("Erase by %s returned %d, %v, want %d", field.Name, n, err, len(left)-len(rest))
		}
		sameList(t, "List after Erase by "+field.Name, all(t, st, store.Query{Ascending: true}, 100), rest)
		left = fs
		createFast(t, st, fs)
	}
}

// alone returns a filter with one field, set to what some of mixed's records have.
func alone(t *briefT, field reflect.StructField) (f store.Filter) {
	t.Helper()
	value, ok := map[string]any{
		"SessionID": "s0", "MessageID": "m1", "UserID": "u2", "Tag": "a", "Text": "NOTE", "MinScore": new(0.5), "MaxScore": new(0.5), "HasText": new(true),
		"HasCorrection": new(true), "Handled": new(true), "Waiting": new(true), "Metadata": store.Pair{Name: "model", Value: "x-1"},
		"CreatedAfter": epoch.Add(9 * time.Hour), "CreatedBefore": epoch.Add(9 * time.Hour),
	}[field.Name]
	if !ok {
		t.Fatalf("the suite has no value for Filter.%s: add one here and to selects", field.Name)
	}
	reflect.ValueOf(&f).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(value))
	return f
}
