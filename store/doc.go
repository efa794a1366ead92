// Package store defines what Feedbacks keeps, and the contract of the places
// that keep it.
//
// A [Feedback] is what one person thinks of one answer of an AI assistant, or of
// a whole session. A [Store] keeps feedback; the packages beside
// storetest below this one implement it, and package storetest proves any
// implementation against the contract:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(tb testing.TB) store.Store { return mystore.New() })
//	}
//
// This package knows no backend and no HTTP.
package store
