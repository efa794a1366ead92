// Package review marks records as handled, for the handler and the console.
package review

import (
	"context"
	"errors"

	"github.com/humanfeedback/feedbacks/store"
)

// Set gives a record the review r, or takes its review back if r is nil. before is what
// it replaced, nil if the record has what r says already, so that a request can be sent
// again: nothing is written then. The error is store.ErrConflict if the record is not
// what the caller has seen, as far as seen says, or if it changes at the same time; a nil
// seen accepts any.
func Set(ctx context.Context, st store.Store, s store.Scope, ref store.Ref, r *store.Review, seen func(*store.Feedback) bool) (now store.Feedback, before *store.Feedback, err error) {
	was, err := st.Get(ctx, s, ref)
	switch {
	case err != nil:
		return store.Feedback{}, nil, err
	case same(was.Review, r):
		return was, nil, nil
	case seen != nil && !seen(&was):
		return store.Feedback{}, nil, store.ErrConflict
	}
	next := was.Normalize() // which shares nothing with it
	next.Review = r
	now, err = st.Replace(ctx, was, next)
	if errors.Is(err, store.ErrConflict) { // with the same request, perhaps, which was sent twice
		if is, err := st.Get(ctx, s, ref); err == nil && same(is.Review, r) {
			return is, nil, nil
		}
	}
	return now, &was, err
}

// same reports whether two reviews say the same, whenever they were made.
func same(a, b *store.Review) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Verdict == b.Verdict && a.Note == b.Note && a.Actor == b.Actor
}
