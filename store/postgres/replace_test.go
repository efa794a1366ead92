package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// reviewed is a record with a review.
func reviewed(f store.Feedback) store.Feedback {
	f.Review = &store.Review{Verdict: store.Agree, At: f.CreatedAt()}
	return f.Normalize()
}

// A record that is written after a Replace has looked at it is looked at again.
func TestAReplaceLooksAgain(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		want error
	}{
		"in the same words":  {"UPDATE feedbacks SET written_at = clock_timestamp()", nil},
		"in other words":     {"UPDATE feedbacks SET written_at = clock_timestamp(), text = 'other'", store.ErrConflict},
		"and is taken away":  {"DELETE FROM feedbacks", store.ErrNotFound},
		"by whoever is gone": {"SELECT FROM feedbacks FOR UPDATE", nil},
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool(t, migrated(t))
			st := postgres.New(pool, nil)
			was, err := st.Create(t.Context(), record(""))
			if err != nil {
				t.Fatal(err)
			}
			other := begin(t, pool, c.sql)
			replaced := make(chan error, 1)
			go func() {
				_, err := st.Replace(t.Context(), was, reviewed(was))
				replaced <- err
			}()
			waits(t, pool, "transactionid") // for the row
			if err := other.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-replaced; !errors.Is(err, c.want) {
				t.Errorf("Replace: %v, want %v", err, c.want)
			}
			if f, err := st.Get(t.Context(), scope, store.Ref{ID: was.ID}); c.want != store.ErrNotFound && (err != nil || f.Handled() != (c.want == nil)) {
				t.Errorf("the record is %+v, %v", f, err)
			}
		})
	}
}

// What has begun before an erasure would keep a record from it, since that leaves what
// was written after it had begun.
func TestAReplaceFromBeforeAnErasureIsNotDone(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	was, err := st.Create(t.Context(), vote("u", 0.25))
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := st.Erase(t.Context(), scope, store.Filter{UserID: "nobody"}); err != nil {
		t.Fatal(err)
	}
	if err := postgres.ReplaceSince(t.Context(), st, was, reviewed(was), begun); !errors.Is(err, postgres.ErrInTheWay) {
		t.Errorf("a Replace of before the erasure: %v, want %v", err, postgres.ErrInTheWay)
	}
	if f, err := st.Get(t.Context(), scope, store.Ref{ID: was.ID}); err != nil || f.Handled() {
		t.Errorf("it has left %+v, %v", f, err)
	}
	if _, err := st.Replace(t.Context(), was, reviewed(was)); err != nil { // whose caller waits
		t.Error(err)
	}
	isRecount(t, st)
}

// A change that is under way when an erasure begins, and is committed before it gets to
// the record, was written before that began: what waits no more is to stay nevertheless.
func TestAnErasureOfWhatWaitsLeavesWhatWaitsNoMore(t *testing.T) {
	for name, change := range map[string]string{
		"it is handled":        `staff = '{"review":{"verdict":"agree","at":"2026-11-22T15:34:30Z"}}'`,
		"its giver changed it": "score = 1",
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool(t, migrated(t))
			st := postgres.New(pool, nil)
			f, err := st.Create(t.Context(), vote("u", 0.25))
			if err != nil {
				t.Fatal(err)
			}
			other := begin(t, pool, "UPDATE feedbacks SET written_at = clock_timestamp(), "+change)
			erased := make(chan error, 1)
			go func() {
				n, err := st.Erase(t.Context(), scope, store.Filter{Waiting: new(true)})
				if n != 0 {
					t.Errorf("Erase of what waits removed %d", n)
				}
				erased <- err
			}()
			waits(t, pool, "transactionid") // for the row
			if err := other.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-erased; err != nil {
				t.Error(err)
			}
			if _, err := st.Get(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
				t.Errorf("Get of what no longer waited: %v", err)
			}
		})
	}
}
