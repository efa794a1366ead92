package group_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/internal/group"
)

// A recorder runs batches when it is told to, and notes them.
type recorder struct {
	mu      sync.Mutex
	batches [][]int
	release chan struct{} // nil: at once
}

func (r *recorder) run(ctx context.Context, items []int) []group.Result[int] {
	r.mu.Lock()
	r.batches = append(r.batches, slices.Clone(items))
	r.mu.Unlock()
	results := make([]group.Result[int], len(items))
	if r.release != nil {
		select {
		case <-r.release:
		case <-ctx.Done():
			for i := range results {
				results[i].Err = ctx.Err()
			}
			return results
		}
	}
	for i, item := range items {
		if item < 0 {
			panic("a bad item")
		}
		results[i].Value = item * 10
	}
	return results
}

func newGroup(r *recorder) *group.Group[int, int] {
	return &group.Group[int, int]{Run: r.run, Max: 4, Backlog: 8, Timeout: time.Minute}
}

func TestALoneCallerGoesStraightThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		g := newGroup(r)
		start := time.Now()
		for i := range 3 {
			if v, sent, err := g.Do(t.Context(), i); v != i*10 || !sent || err != nil {
				t.Errorf("Do(%d) = %d, %v, %v", i, v, sent, err)
			}
		}
		if len(r.batches) != 3 || time.Since(start) != 0 {
			t.Errorf("batches %v after %v, want three at once", r.batches, time.Since(start))
		}
	})
}

func TestWhoArrivesMeanwhileGoesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if v, _, err := g.Do(t.Context(), i); v != i*10 || err != nil {
					t.Errorf("Do(%d) = %d, %v", i, v, err)
				}
			})
			synctest.Wait()
		}
		close(r.release)
		wg.Wait()
		if got := r.batches; len(got) != 3 || !slices.Equal(got[0], []int{0}) || !slices.Equal(got[1], []int{1, 2, 3, 4}) || !slices.Equal(got[2], []int{5, 6, 7}) {
			t.Errorf("batches %v, want [0] [1 2 3 4] [5 6 7]", got)
		}
	})
}

func TestItemsOfOneKeyGoOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		g.Key = func(i int) string { return string(rune('a' + i%2)) }
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() { g.Do(t.Context(), i) })
			synctest.Wait()
		}
		close(r.release)
		wg.Wait()
		if got := r.batches; len(got) != 3 || !slices.Equal(got[1], []int{1, 2}) || !slices.Equal(got[2], []int{3, 4}) {
			t.Errorf("batches %v, want [0] [1 2] [3 4]", got)
		}
	})
}

func TestAFullBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		var wg sync.WaitGroup
		for i := range 9 { // one runs, eight wait
			wg.Go(func() {
				if _, _, err := g.Do(t.Context(), i); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if _, sent, err := g.Do(t.Context(), 9); sent || !errors.Is(err, group.ErrFull) {
			t.Errorf("Do with a full backlog: %v, %v, want ErrFull", sent, err)
		}
		close(r.release)
		wg.Wait()
	})
}

func TestACallerWhoLeavesHarmsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		var wg sync.WaitGroup
		do := func(ctx context.Context, item int, wantSent bool, wantErr error) {
			wg.Go(func() {
				if _, sent, err := g.Do(ctx, item); sent != wantSent || !errors.Is(err, wantErr) {
					t.Errorf("Do(%d): sent %v, %v; want %v, %v", item, sent, err, wantSent, wantErr)
				}
			})
			synctest.Wait()
		}
		leaving, cancel := context.WithCancel(t.Context())
		do(t.Context(), 0, true, nil)           // runs alone
		do(leaving, 1, false, context.Canceled) // leaves while it waits
		do(t.Context(), 2, true, nil)           // waits, and is done
		cancel()                                //
		synctest.Wait()                         //
		r.release <- struct{}{}                 // 0 is done, 2 runs
		synctest.Wait()                         //
		joining, cancel2 := context.WithCancel(t.Context())
		do(joining, 3, false, context.Canceled)
		cancel2()
		synctest.Wait()
		r.release <- struct{}{}
		wg.Wait()
		if got := r.batches; len(got) != 2 || !slices.Equal(got[1], []int{2}) {
			t.Errorf("batches %v, want [0] [2]", got)
		}
	})
}

func TestWhoLeavesARunLeavesItToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		var wg sync.WaitGroup
		wg.Go(func() { g.Do(t.Context(), 0) })
		synctest.Wait()
		leaving, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if _, sent, err := g.Do(leaving, 1); !sent || err != context.Canceled {
				t.Errorf("who leaves: sent %v, %v", sent, err)
			}
		})
		wg.Go(func() {
			if v, _, err := g.Do(t.Context(), 2); v != 20 || err != nil {
				t.Errorf("who stays: %d, %v", v, err)
			}
		})
		synctest.Wait()
		r.release <- struct{}{} // 1 and 2 run
		synctest.Wait()
		cancel()
		synctest.Wait()
		r.release <- struct{}{}
		wg.Wait()
	})
}

func TestNobodyWaitsForLongerThanTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(&recorder{release: make(chan struct{})}) // nothing ever answers
		g.Max = 1
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				_, _, err := g.Do(t.Context(), i)
				if !errors.Is(err, group.ErrFull) && !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took > 2*g.Timeout {
			t.Errorf("the last waited for %v", took)
		}
	})
}

func TestABatchIsBoundedInSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		g.Size, g.MaxSize = func(i int) int { return i }, 5
		var wg sync.WaitGroup
		for _, i := range []int{0, 2, 3, 1, 9} {
			wg.Go(func() { g.Do(t.Context(), i) })
			synctest.Wait()
		}
		close(r.release)
		wg.Wait()
		if got := fmt.Sprint(r.batches); got != "[[0] [2 3] [1] [9]]" {
			t.Errorf("batches %s, want [[0] [2 3] [1] [9]]", got)
		}
	})
}

func TestTheLastCallerStopsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{release: make(chan struct{})} // never released
		g := newGroup(r)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, sent, err := g.Do(ctx, 1); !sent || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Do: sent %v, %v after %v; want the deadline after 1s", sent, err, time.Since(start))
		}
		// synctest fails if a goroutine is left
	})
}

func TestARunIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(&recorder{release: make(chan struct{})})
		start := time.Now()
		if _, _, err := g.Do(t.Context(), 1); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("Do: %v after %v, want the group's timeout", err, time.Since(start))
		}
	})
}

func TestAPanicFailsItsBatchOnly(t *testing.T) {
	g := newGroup(&recorder{})
	if _, _, err := g.Do(t.Context(), -1); !errors.Is(err, group.ErrPanic) {
		t.Errorf("a panic is %v, want ErrPanic", err)
	}
	if v, _, err := g.Do(t.Context(), 1); v != 10 || err != nil {
		t.Errorf("Do after a panic = %d, %v", v, err)
	}
}
