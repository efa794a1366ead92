package store

import (
	"context"
	"fmt"
	"iter"
)

// All returns every record that q selects, reading the store page by page, with
// q.Limit records a page (MaxLimit when it is 0). No page is read before it is
// needed, and records that come and go meanwhile neither repeat nor skip others.
// An error is yielded once, with a zero Feedback, and ends the sequence. It is one
// too when a page does not go on beyond where it was.
//
// The records are the caller's to keep, unless q has a Buffer: then the Tags of
// each are overwritten once the sequence goes on, which spares a long export
// most of its garbage.
func All(ctx context.Context, st Store, s Scope, q Query) iter.Seq2[Feedback, error] {
	if q.Limit == 0 {
		q.Limit = MaxLimit
	}
	reuseTags := q.Buffer != nil
	return func(yield func(Feedback, error) bool) {
		q := q // a copy: the sequence may be ranged over again
		for {
			page, err := st.List(ctx, s, q)
			if err != nil {
				yield(Feedback{}, err)
				return
			}
			for _, f := range page.Feedbacks {
				if !yield(f, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			if q.After != "" && (page.Next == q.After || page.Next > q.After != q.Ascending) { // else it would never end
				yield(Feedback{}, fmt.Errorf("store: List after %s goes on at %s: it does not advance", q.After, page.Next))
				return
			}
			q.After = page.Next
			if !reuseTags {
				for i := range page.Feedbacks {
					page.Feedbacks[i].Tags = nil
				}
			}
			q.Buffer = page.Feedbacks[:0] // all of it has been yielded, by value
		}
	}
}
