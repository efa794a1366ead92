// Package person finds and erases what one person gave to all of an account's
// assistants, for the handler and the console.
package person

import (
	"context"
	"iter"

	"github.com/humanfeedback/feedbacks/store"
)

// Scopes returns the account's scopes from just beyond an assistant on, in the
// order of [store.Store.Scopes]. After "" come all. An error is yielded once, and
// ends the sequence.
func Scopes(ctx context.Context, st store.Store, account, after string) iter.Seq2[store.Scope, error] {
	return func(yield func(store.Scope, error) bool) {
		last := store.Scope{Account: account, Assistant: after}
		for {
			page, err := st.Scopes(ctx, last, store.MaxLimit)
			if err != nil {
				yield(store.Scope{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, s := range page {
				if s.Account != account || !yield(s, nil) { // an account's are next to each other
					return
				}
				last = s
			}
		}
	}
}

// Records returns all that a person gave, by assistant, of each the newest first.
// No page is read before it is needed, and the Tags of a record are overwritten
// once the sequence goes on. An error is yielded once, and ends the sequence.
func Records(ctx context.Context, st store.Store, account, user string) iter.Seq2[store.Feedback, error] {
	return func(yield func(store.Feedback, error) bool) {
		q := store.Query{Filter: store.Filter{UserID: user}, Buffer: []store.Feedback{}}
		for s, err := range Scopes(ctx, st, account, "") {
			if err != nil {
				yield(store.Feedback{}, err)
				return
			}
			for f, err := range store.All(ctx, st, s, q) {
				if !yield(f, err) || err != nil {
					return
				}
			}
		}
	}
}

// Erase deletes all that a person gave, and returns how many records that were,
// also when it breaks off. It can be repeated then.
func Erase(ctx context.Context, st store.Store, account, user string) (n int64, err error) {
	for s, err := range Scopes(ctx, st, account, "") {
		if err != nil {
			return n, err
		}
		erased, err := st.Erase(ctx, s, store.Filter{UserID: user})
		n += erased
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Count returns how many records of a person there are.
func Count(ctx context.Context, st store.Store, account, user string) (n int64, err error) {
	for s, err := range Scopes(ctx, st, account, "") {
		if err != nil {
			return 0, err
		}
		sum, err := st.Summarize(ctx, s, store.SummaryQuery{Filter: store.Filter{UserID: user}})
		if err != nil {
			return 0, err
		}
		n += sum.Count
	}
	return n, nil
}
