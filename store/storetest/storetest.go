// Package storetest proves that a [store.Store] keeps its contract. A backend's
// test needs a few lines, and a fresh, empty store for every case:
//
//	func TestStore(t *testing.T) {
//		newStore := func(tb testing.TB) store.Store { return mystore.New() }
//		storetest.Run(t, newStore)
//		storetest.RunConcurrency(t, newStore)
//	}
//
//	func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, newStore) }
//
// The cases depend on no clock, and on nothing but the standard library.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// Run asserts the contract of [store.Store], as far as one healthy store can show
// it, and every rule of [store.Feedback.Check]. What a backend's own tests have to
// add is durability, several instances, and what happens when it fails. newStore
// returns an empty store; what has to be closed goes into the Cleanup of its
// argument.
func Run(t *testing.T, newStore func(testing.TB) store.Store) {
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"Create", createCases},
		{"Put", putCases},
		{"Carried", carriedCases},
		{"GetDelete", refCases},
		{"Check", checkCases},
		{"List", listCases},
		{"Filter", filterCases},
		{"Summarize", summaryCases},
		{"Erase", eraseCases},
		{"Scopes", scopesCases},
		{"Context", contextCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.run(t, newStore(t)) })
			}
		})
	}
}

type testCase struct {
	name string
	run  func(t *testing.T, st store.Store)
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
func in(s store.Scope) func(*store.Feedback)    { return func(f *store.Feedback) { f.Scope = s } }

func byID(f store.Feedback) store.Ref  { return store.Ref{ID: f.ID} }
func byKey(f store.Feedback) store.Ref { return store.Ref{Key: f.Key} }

// create adds records and returns them as a store keeps them.
func create(t testing.TB, st store.Store, fs ...store.Feedback) []store.Feedback {
	t.Helper()
	stored := make([]store.Feedback, len(fs))
	for i, f := range fs {
		got, err := st.Create(t.Context(), f)
		if err != nil {
			t.Fatalf("Create(%+v): %v", f, err)
		}
		stored[i] = f.Normalize()
		same(t, "Create", got, stored[i])
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
	if !got.Equal(want) || got.Tags == nil != (want.Tags == nil) || got.Metadata == nil != (want.Metadata == nil) || got.UpdatedAt.Location() != time.UTC {
		t.Errorf("%s returned\n%+v, want\n%+v", call, got, want)
	}
}

// all lists everything that q selects, in pages of limit, and asserts that no
// page is longer and that the list ends.
func all(t testing.TB, st store.Store, q store.Query, limit int) []store.Feedback {
	t.Helper()
	q.Limit = limit
	var fs []store.Feedback
	for range 100_000 {
		page, err := st.List(t.Context(), scope, q)
		if err != nil {
			t.Fatalf("List(%+v): %v", q, err)
		}
		if len(page.Feedbacks) > limit {
			t.Fatalf("List returned %d records, want at most %d", len(page.Feedbacks), limit)
		}
		for _, f := range page.Feedbacks {
			f.Tags = slices.Clone(f.Tags) // a buffer's are overwritten by the next page
			fs = append(fs, f)
		}
		if page.Next == "" {
			return fs
		}
		q.After = page.Next
	}
	t.Fatal("the list does not end")
	return nil
}

// sameList asserts that a store listed want, in that order.
func sameList(t testing.TB, call string, got, want []store.Feedback) {
	t.Helper()
	if !slices.EqualFunc(got, want, store.Feedback.Equal) {
		t.Errorf("%s returned the records %v, want %v", call, idsOf(got), idsOf(want))
	}
}

func idsOf(fs []store.Feedback) []string {
	ids := make([]string, len(fs))
	for i, f := range fs {
		ids[i] = fmt.Sprintf("%s (%s, %v)", f.ID, f.CreatedAt().Format(time.RFC3339Nano), f.Score)
	}
	return ids
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
