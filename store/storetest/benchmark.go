package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// Benchmark measures what a host does most: creating and voting, by one caller
// and by many at once, and reading pages and summaries of a store of 10,000
// records.
func Benchmark(b *testing.B, newStore func(testing.TB) store.Store) {
	b.Run("Create", func(b *testing.B) {
		st := newStore(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := st.Create(b.Context(), recordAt(time.Now())); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Create/64 callers", func(b *testing.B) {
		st := newStore(b)
		parallel(b, func() error {
			_, err := st.Create(b.Context(), recordAt(time.Now()))
			return err
		})
	})
	b.Run("Put/64 callers", func(b *testing.B) {
		st := newStore(b)
		var n atomic.Int64
		parallel(b, func() error {
			f := recordAt(time.Now())
			f.MessageID, f.UserID = "m", fmt.Sprint(n.Add(1)%1000)
			f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
			_, _, err := st.Put(b.Context(), f)
			return err
		})
	})

	st := newStore(b)
	fs := many(10_000)
	for _, f := range fs {
		if _, err := st.Create(b.Context(), f); err != nil {
			b.Fatal(err)
		}
	}
	list := func(q store.Query) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			q.Limit = 50
			for b.Loop() {
				if _, err := st.List(b.Context(), scope, q); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("List/newest", list(store.Query{}))
	b.Run("List/deep", list(store.Query{After: fs[len(fs)/20].ID}))
	b.Run("List/message", list(store.Query{Filter: store.Filter{MessageID: "m"}}))
	b.Run("Summarize", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := st.Summarize(b.Context(), scope, store.SummaryQuery{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// parallel calls do from 64 callers at once.
func parallel(b *testing.B, do func() error) {
	b.SetParallelism(64)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := do(); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
