// Package httptests holds the API over HTTP to what it promises, on any store:
//
//	func TestHTTP(t *testing.T) {
//		httptests.Run(t, func(tb testing.TB) store.Store { return mystore.New() })
//	}
//
// What no store has a part in, such as Twilio's clients, mounting and malformed
// bodies, is in the handler's own tests.
package httptests

import (
	"slices"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// Run runs every test on stores of newStore, which returns an empty one.
func Run(t *testing.T, newStore func(testing.TB) store.Store) {
	for _, c := range slices.Concat(recordCases, carriedCases, stampedCases, reviewCases, voteCases, sessionCases, filterCases, pageCases, summaryCases, comparisonCases, eraseCases, personCases,
		paramCases, exportCases, importCases) {
		t.Run(c.name, func(t *testing.T) { c.run(newAPI(t, newStore(t))) })
	}
	t.Run("an export is the same after an import into another store", func(t *testing.T) {
		testTransfer(newAPI(t, newStore(t)), newAPI(t, memory.New()), newAPI(t, newStore(t)))
	})
	t.Run("a summary is the recount after thousands of changes", func(t *testing.T) { testRandomChanges(t, newStore(t)) })
}

// A testCase is a test of an API without any records.
type testCase struct {
	name string
	run  func(a *api)
}
