package group_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/humanfeedback/feedbacks/internal/group"
)

// Who is told adds up to who waits, however they leave: sent, or given up.
func TestObserveAddsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		waiting, sent := 0, []int{}
		r := &recorder{release: make(chan struct{})}
		g := newGroup(r)
		g.Observe = func(s, w int) {
			mu.Lock()
			defer mu.Unlock()
			waiting += w
			if s > 0 {
				sent = append(sent, s)
			}
		}
		state := func(want string) {
			t.Helper()
			synctest.Wait()
			if got := fmt.Sprint(sent, waiting); got != want {
				t.Errorf("sent and waiting: %s, want %s", got, want)
			}
		}
		var wg sync.WaitGroup
		do := func(ctx context.Context) { wg.Go(func() { g.Do(ctx, 1) }) }
		do(t.Context())
		state("[1] 0")
		for range 5 {
			do(t.Context())
		}
		leaving, leave := context.WithCancel(t.Context())
		do(leaving)
		synctest.Wait()
		state("[1] 6")
		leave()
		state("[1] 5")
		r.release <- struct{}{}
		state("[1 4] 1")
		r.release <- struct{}{}
		state("[1 4 1] 0")
		r.release <- struct{}{}
		wg.Wait()
		do(t.Context())
		state("[1 4 1 1] 0")
		for range g.Backlog {
			do(t.Context())
		}
		synctest.Wait()
		if _, _, err := g.Do(t.Context(), 1); err != group.ErrFull {
			t.Errorf("one too many: %v", err)
		}
		state(fmt.Sprint("[1 4 1 1] ", g.Backlog)) // who is turned away never waited
		close(r.release)
		wg.Wait()
		state("[1 4 1 1 4 4] 0")
	})
}

// Those who have waited for too long wait no more.
func TestObserveOfATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waiting := 0
		g := newGroup(nil)
		g.Observe = func(_, w int) { waiting += w }
		stuck := make(chan struct{})
		g.Run = func(_ context.Context, items []int) []group.Result[int] {
			<-stuck // beyond its context's end
			return make([]group.Result[int], len(items))
		}
		var wg sync.WaitGroup
		wg.Go(func() { g.Do(t.Context(), 0) })
		synctest.Wait()
		if _, _, err := g.Do(t.Context(), 1); err == nil || waiting != 0 {
			t.Errorf("after %v %d wait, want none", err, waiting)
		}
		close(stuck)
		wg.Wait()
	})
}
