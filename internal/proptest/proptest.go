// Package proptest runs random sequences of calls on a store and on
// store/memory, its model, in step, and asserts that both return the same. A
// sequence that tells them apart is shrunk to a few calls and printed.
//
//	func TestSequences(t *testing.T) { proptest.Run(t, newStore) }
//
// It makes 100 sequences, or as many as FEEDBACKS_SEQUENCES in the environment or
// the flag -rapid.checks says; -rapid.seed repeats a failure.
package proptest

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// Run asserts that the store behaves as store/memory does. newStore, called
// once, returns an empty store; no sequence sees the records of another.
func Run(t *testing.T, newStore func(testing.TB) store.Store) {
	setDefaults(t, cmp.Or(os.Getenv("FEEDBACKS_SEQUENCES"), "100"))
	check(t, newStore(t))
}

func setDefaults(t testing.TB, sequences string) {
	setDefault(t, "rapid.checks", sequences)
	setDefault(t, "rapid.steps", "50")        // of a sequence, on average
	setDefault(t, "rapid.nofailfile", "true") // no testdata: a seed does as well
}

// setDefault sets one of rapid's flags for the length of a test, unless it was
// given on the command line or in the environment.
func setDefault(t testing.TB, name, value string) {
	_, given := os.LookupEnv(strings.ToUpper(strings.ReplaceAll(name, ".", "_")))
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if given {
		return
	}
	v := flag.Lookup(name).Value // flag.Set would make it look given
	before := v.String()
	if err := v.Set(value); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(func() { v.Set(before) })
}

func check(tb rapid.TB, st store.Store) {
	tb.Helper()
	rapid.Check(tb, func(t *rapid.T) {
		s := newSequence(st)
		defer s.remove(context.WithoutCancel(t.Context()))
		t.Repeat(map[string]func(*rapid.T){
			"Create":         s.create,
			"Create another": s.create, // for lists worth telling apart
			"Create a third": s.create,
			"Create a crowd": s.createCrowd,
			"Put":            s.put,
			"Replace":        s.replace,
			"Get":            s.get,
			"Delete":         s.delete,
			"List":           s.list,
			"Summarize":      s.summarize,
			"Erase":          s.erase,
			"Scopes":         s.listScopes,
		})
		s.end(t)
	})
}

// A sequence is one random test. All that it draws is the same when it is run
// again, but for the prefix; so must be what it fails with, or rapid could not
// shrink it.
type sequence struct {
	store, model store.Store
	prefix       string // of the names of its scopes, which no other sequence uses
	scopes       []store.Scope
	crowded      bool             // there are, or were, more tags on a day than a store has to count
	made         []store.Feedback // all that Create and Put returned: records that are there, or were
}

var sequences atomic.Int64

func newSequence(st store.Store) *sequence {
	p := fmt.Sprintf("%08d", sequences.Add(1))
	return &sequence{store: st, model: memory.New(), prefix: p, scopes: []store.Scope{
		{Assistant: p + "a"}, {Account: p + "e\u0301", Assistant: p + "a"}, {Account: p + "é", Assistant: p + "a"},
	}}
}

// owns reports whether a scope is the sequence's.
func (s *sequence) owns(scope store.Scope) bool {
	return strings.HasPrefix(cmp.Or(scope.Account, scope.Assistant), s.prefix)
}

// held reports whether a scope holds a record, or did.
func (s *sequence) held(scope store.Scope) bool {
	return slices.ContainsFunc(s.made, func(f store.Feedback) bool { return f.Scope == scope })
}

// everything selects all records, but is a condition, and none that rollups know.
var everything = store.Filter{MinScore: new(0.0)}

// end compares all that there is, erases it, and compares what is left.
func (s *sequence) end(t *rapid.T) {
	s.readScopes(t, t.Context(), s.positions()[0], store.MaxLimit)
	s.readScopes(t, t.Context(), s.positions()[1], store.MaxLimit)
	for _, scope := range s.scopes {
		s.readAll(t, t.Context(), scope, store.Query{Limit: store.MaxLimit})
		for _, by := range intervals {
			s.sum(t, t.Context(), scope, store.SummaryQuery{Interval: by, Compare: "a"})
		}
		s.eraseAll(t, t.Context(), scope, everything)
		s.readAll(t, t.Context(), scope, store.Query{Limit: store.MaxLimit})
		s.sum(t, t.Context(), scope, store.SummaryQuery{Interval: store.Day})
	}
}

// remove leaves nothing to the sequences that follow, even after a failure.
func (s *sequence) remove(ctx context.Context) {
	for _, scope := range s.scopes {
		s.store.Erase(ctx, scope, everything)
	}
}
