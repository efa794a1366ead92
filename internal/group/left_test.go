package group_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/humanfeedback/feedbacks/internal/group"
)

// Whose key keeps it out of a batch that gets full goes with a later one.
func TestWhoIsDeferredIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		g.Max, g.Key = 2, func(i int) string { return []string{"leader", "a", "a", "b", "c"}[i] }
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				if v, _, err := g.Do(t.Context(), i); v != i*10 || err != nil {
					t.Errorf("Do(%d) = %d, %v", i, v, err)
				}
			})
			synctest.Wait()
		}
		close(r.release)
		wg.Wait()
		if got := fmt.Sprint(r.batches); got != "[[0] [1 3] [2 4]]" {
			t.Errorf("batches %s, want [[0] [1 3] [2 4]]", got)
		}
	})
}

// Once Do has returned to the last caller of a batch, nothing of it is under way.
func TestTheLastCallerWaitsForTheRunToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, ended := make(chan struct{}), make(chan struct{})
		under := false
		g := newGroup(nil)
		g.Run = func(ctx context.Context, items []int) []group.Result[int] {
			if items[0] == 0 {
				<-first
				return make([]group.Result[int], len(items))
			}
			under = true
			<-ctx.Done()
			<-ended // as a statement takes its time to be cancelled
			under = false
			return make([]group.Result[int], len(items))
		}
		var wg sync.WaitGroup
		wg.Go(func() { g.Do(t.Context(), 0) })
		synctest.Wait()
		leaving, cancel := context.WithCancel(t.Context())
		returned := false
		wg.Go(func() {
			if _, sent, err := g.Do(leaving, 1); !sent || !errors.Is(err, context.Canceled) || under {
				t.Errorf("Do: sent %v, %v; still under way: %v", sent, err, under)
			}
			returned = true
		})
		synctest.Wait()
		close(first)
		synctest.Wait()
		cancel()
		synctest.Wait()
		if returned {
			t.Error("the last caller did not wait")
		}
		close(ended)
		wg.Wait()
	})
}

// A Run that ends its goroutine, as a test's FailNow in a wrapper does, fails its
// own callers and nobody after them.
func TestARunThatEndsItsGoroutine(t *testing.T) {
	for name, alone := range map[string]bool{"alone": true, "in a batch": false} {
		synctest.Test(t, func(t *testing.T) {
			r := &recorder{release: make(chan struct{}, 10)}
			g := newGroup(r)
			g.Run = func(ctx context.Context, items []int) []group.Result[int] {
				results := r.run(ctx, items)
				if items[0] == 1 {
					runtime.Goexit()
				}
				return results
			}
			var wg sync.WaitGroup
			do := func(item int, want error) {
				wg.Go(func() {
					if v, _, err := g.Do(t.Context(), item); !errors.Is(err, want) || err == nil && v != item*10 {
						t.Errorf("%s: Do(%d) = %d, %v, want %v", name, item, v, err, want)
					}
				})
				synctest.Wait()
			}
			if alone {
				do(1, nil) // it does not return
			} else {
				do(0, nil)
				do(1, group.ErrPanic)
				r.release <- struct{}{}
				synctest.Wait()
			}
			do(2, nil)
			for range 3 {
				r.release <- struct{}{}
			}
			wg.Wait()
			r.release <- struct{}{}
			do(3, nil)
			wg.Wait()
		})
	}
}

// What waits is bounded by its size, however little of it there is.
func TestABacklogIsBoundedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		g.Bytes, g.BacklogBytes = func(i int) int { return i }, 10
		var wg sync.WaitGroup
		do := func(ctx context.Context, item int, want error) {
			wg.Go(func() {
				if _, _, err := g.Do(ctx, item); !errors.Is(err, want) {
					t.Errorf("Do(%d): %v, want %v", item, err, want)
				}
			})
			synctest.Wait()
		}
		do(t.Context(), 0, nil) // runs
		leaving, cancel := context.WithCancel(t.Context())
		do(leaving, 50, context.Canceled) // one may always wait
		do(t.Context(), 1, group.ErrFull)
		cancel()
		synctest.Wait()
		do(t.Context(), 6, nil)
		do(t.Context(), 5, group.ErrFull)
		do(t.Context(), 4, nil)
		do(t.Context(), 1, group.ErrFull)
		r.release <- struct{}{} // 6 and 4 run
		synctest.Wait()
		do(t.Context(), 1, nil)
		do(t.Context(), 9, nil)
		close(r.release)
		wg.Wait()
	})
}
