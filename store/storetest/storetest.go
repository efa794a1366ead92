// Package storetest proves that a [store.Store] keeps its contract. A backend's
// test needs a few lines, and a fresh, empty store for every case:
//
//	func TestStore(t *testing.T) {
//		newStore := func(tb testing.TB) store.Store { return mystore.New() }
//		storetest.Run(t, newStore)
//		storetest.RunConcurrency(t, newStore)
//		storetest.RunGivenUp(t, func(tb testing.TB, dial storetest.Dial) (slow, fast store.Store) {
//			st := mystore.New() // over a network: two clients, the first with dial
//			return st, st
//		})
//	}
//
//	func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, newStore) }
//
// The cases depend on no clock, and on nothing but the standard library, with time/tzdata.
package storetest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// Run asserts the contract of [store.Store], as far as one healthy store can show
// it, and every rule of [store.Feedback.Check]. What a backend's own tests have to
// add is durability, several instances, and what happens when it fails. newStore
// returns an empty store; what has to be closed goes into the Cleanup of its
// argument. With names of groups of cases, as go test -v prints them, it runs these
// alone: for a store that goes about some calls in another way.
func Run(t *testing.T, newStore func(testing.TB) store.Store, groups ...string) {
	run := map[string]bool{}
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"Create", createCases},
		{"Put", putCases},
		{"Replace", replaceCases},
		{"Carried", carriedCases},
		{"GetDelete", refCases},
		{"Check", checkCases},
		{"List", listCases},
		{"Filter", filterCases},
		{"Search", searchCases},
		{"Summarize", summaryCases},
		{"Tags", tagCases},
		{"Zones", zoneCases},
		{"Erase", eraseCases},
		{"Scopes", scopesCases},
		{"Context", contextCases},
	} {
		if len(groups) > 0 && !slices.Contains(groups, group.name) {
			continue
		}
		run[group.name] = true
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.run(&briefT{T: t}, newStore(t)) })
			}
		})
	}
	for _, name := range groups {
		if !run[name] {
			t.Errorf("there is no group %q", name)
		}
	}
}

type testCase struct {
	name string
	run  func(t *briefT, st store.Store)
}

// epoch is when the suite's first records are made. It is no round day, hour or
// second.
var epoch = time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC)

var scope = store.Scope{Account: "AC00000000000000000000000000000001", Assistant: "aia_asst_1"}

// record returns a valid record of session "s", created n minutes after epoch,
// with mend applied.
func record(n int, mend ...func(*store.Feedback)) store.Feedback {
	return recordAt(epoch.Add(time.Duration(n)*time.Minute), mend...)
}

func recordAt(at time.Time, mend ...func(*store.Feedback)) store.Feedback {
	f := store.Feedback{Scope: scope, ID: store.NewID(at), SessionID: "s", Score: 1}
	for _, m := range mend {
		m(&f)
	}
	return f
}

// vote returns record n as user u's vote on message m.
func vote(n int, u string, mend ...func(*store.Feedback)) store.Feedback {
	return record(n, append([]func(*store.Feedback){func(f *store.Feedback) {
		f.MessageID, f.UserID = "m", u
		f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
	}}, mend...)...)
}

func score(s float64) func(*store.Feedback)   { return func(f *store.Feedback) { f.Score = s } }
func text(s string) func(*store.Feedback)     { return func(f *store.Feedback) { f.Text = s } }
func tags(ts ...string) func(*store.Feedback) { return func(f *store.Feedback) { f.Tags = ts } }
func metadata(pairs ...string) func(*store.Feedback) {
	return func(f *store.Feedback) {
		f.Metadata = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			f.Metadata[pairs[i]] = pairs[i+1]
		}
	}
}
func correction(s string) func(*store.Feedback) { return func(f *store.Feedback) { f.Correction = s } }
func stamped(tags, names []string) func(*store.Feedback) {
	return func(f *store.Feedback) { f.Stamped = store.Stamped{Tags: tags, Metadata: names} }
}

// handled gives a record a review, with a note.
func handled(note string) func(*store.Feedback) {
	return func(f *store.Feedback) {
		f.Review = &store.Review{Verdict: store.Agree, Note: note, Actor: "staff", At: epoch.Add(time.Hour)}
	}
}
func in(s store.Scope) func(*store.Feedback) { return func(f *store.Feedback) { f.Scope = s } }

func byID(f store.Feedback) store.Ref  { return store.Ref{ID: f.ID} }
func byKey(f store.Feedback) store.Ref { return store.Ref{Key: f.Key} }

// create adds records, and returns them as a store keeps them.
func create(t testing.TB, st store.Store, fs ...store.Feedback) []store.Feedback {
	t.Helper()
	return createBy(t, st, 1, fs)
}

// createFast is create by several callers at once: the records come in any order.
func createFast(t testing.TB, st store.Store, fs []store.Feedback) []store.Feedback {
	t.Helper()
	return createBy(t, st, 16, fs)
}

func createBy(t testing.TB, st store.Store, callers int, fs []store.Feedback) []store.Feedback {
	t.Helper()
	stored := make([]store.Feedback, len(fs))
	var done sync.WaitGroup
	var failed atomic.Bool
	for c := range callers {
		done.Go(func() {
			for i := c; i < len(fs) && !failed.Load(); i += callers {
				got, err := st.Create(t.Context(), fs[i])
				if err != nil {
					failed.Store(true)
					t.Errorf("Create(%+v): %v", fs[i], err)
					return
				}
				stored[i] = fs[i].Normalize()
				same(t, "Create", got, stored[i])
			}
		})
	}
	done.Wait()
	if failed.Load() {
		t.FailNow()
	}
	return stored
}

func put(t testing.TB, st store.Store, f store.Feedback) (now store.Feedback, before *store.Feedback) {
	t.Helper()
	now, before, err := st.Put(t.Context(), f)
	if err != nil {
		t.Fatalf("Put(%+v): %v", f, err)
	}
	return now, before
}

// replace changes a record with mend applied, and returns it as it is then.
func replace(t testing.TB, st store.Store, was store.Feedback, mend ...func(*store.Feedback)) store.Feedback {
	t.Helper()
	want := was.Normalize()
	for _, m := range mend {
		m(&want)
	}
	want = want.Normalize()
	now, err := st.Replace(t.Context(), was, want)
	if err != nil {
		t.Fatalf("Replace(%+v, %+v): %v", was, want, err)
	}
	same(t, "Replace", now, want)
	return want
}

func get(t testing.TB, st store.Store, r store.Ref) store.Feedback {
	t.Helper()
	f, err := st.Get(t.Context(), scope, r)
	if err != nil {
		t.Fatalf("Get(%+v): %v", r, err)
	}
	return f
}

// same asserts that a store returned want, in every field.
func same(t testing.TB, call string, got, want store.Feedback) {
	t.Helper()
	if d := difference(got, want); d != "" {
		t.Errorf("%s returned %s, but %s", call, name(got), d)
	}
}

// all lists everything that q selects, in pages of limit, and asserts that no
// page is longer and that each goes on beyond the one before.
func all(t testing.TB, st store.Store, q store.Query, limit int) []store.Feedback {
	t.Helper()
	q.Limit = limit
	var fs []store.Feedback
	for more := true; more; {
		var page store.Page
		page, more = next(t, st, &q)
		for _, f := range page.Feedbacks {
			f.Tags = slices.Clone(f.Tags) // a buffer's are overwritten by the next page
			fs = append(fs, f)
		}
	}
	return fs
}

// next reads a page and has q go on after it, unless it is the last.
func next(t testing.TB, st store.Store, q *store.Query) (page store.Page, more bool) {
	t.Helper()
	page, err := st.List(t.Context(), scope, *q)
	if err != nil {
		t.Fatalf("List(%s): %v", selecting(q.Filter), err)
	}
	if len(page.Feedbacks) > q.Limit {
		t.Fatalf("List returned %d records, want at most %d", len(page.Feedbacks), q.Limit)
	}
	for _, f := range page.Feedbacks {
		if !beyond(f.ID, *q) {
			t.Fatalf("List after %s returned %s, which is not beyond", q.After, name(f))
		}
	}
	if page.Next == "" {
		return page, false
	}
	if !beyond(page.Next, *q) {
		t.Fatalf("List after %s goes on at %s: it does not advance", q.After, page.Next)
	}
	q.After = page.Next
	return page, true
}

// beyond reports whether id comes after q's position, in its order.
func beyond(id string, q store.Query) bool {
	return q.After == "" || id != q.After && id > q.After == q.Ascending
}

// sameList asserts that a store listed want, in that order.
func sameList(t testing.TB, call string, got, want []store.Feedback) {
	t.Helper()
	if d := listDifference(got, want); d != "" {
		t.Errorf("%s returned %s", call, d)
	}
}

// reversed returns what a list in the other order has.
func reversed(fs []store.Feedback) []store.Feedback {
	fs = slices.Clone(fs)
	slices.Reverse(fs)
	return fs
}

func isErr(t testing.TB, call string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", call, err, want)
	}
}
