package group_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/internal/group"
)

// who is the key of what each caller's context holds.
type who struct{}

// A seen run is what its context was: at its start, and at its end.
type seen struct {
	items []int
	who   any
	left  time.Duration // until its deadline
	ended error
}

// watching returns a group whose runs wait to be released, and what they saw.
func watching() (g *group.Group[int, int], runs *[]seen, release chan struct{}) {
	r := &recorder{release: make(chan struct{})}
	g, runs = newGroup(r), &[]seen{}
	g.Run = func(ctx context.Context, items []int) []group.Result[int] {
		deadline, _ := ctx.Deadline()
		s := seen{slices.Clone(items), ctx.Value(who{}), time.Until(deadline), nil}
		results := r.run(ctx, items)
		s.ended = ctx.Err()
		*runs = append(*runs, s)
		return results
	}
	return g, runs, r.release
}

func as(ctx context.Context, name string) context.Context { return context.WithValue(ctx, who{}, name) }

// Who goes first, and makes the others' run go on, has no part in it; nor has any of
// those who are in it: not their values, deadlines or departures.
func TestABatchHasNoCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, runs, release := watching()
		var wg sync.WaitGroup
		do := func(ctx context.Context, item, want int, wantErr error) {
			wg.Go(func() {
				if v, sent, err := g.Do(ctx, item); v != want || !sent || !errors.Is(err, wantErr) {
					t.Errorf("Do(%d) = %d, sent %v, %v; want %d, %v", item, v, sent, err, want, wantErr)
				}
			})
			synctest.Wait()
		}
		first, leave := context.WithCancel(as(t.Context(), "first"))
		defer leave()
		hasty, cancel := context.WithTimeout(as(t.Context(), "hasty"), 20*time.Second)
		defer cancel()
		do(first, 0, 0, nil)
		do(hasty, 1, 0, context.DeadlineExceeded)
		do(as(t.Context(), "patient"), 2, 20, nil)
		time.Sleep(10 * time.Second)
		release <- struct{}{} // 0 is done, 1 and 2 run
		synctest.Wait()
		leave()
		do(as(t.Context(), "late"), 3, 30, nil) // for the batch after that
		time.Sleep(20 * time.Second)            // 1 leaves
		release <- struct{}{}
		synctest.Wait()
		release <- struct{}{}
		wg.Wait()
		want := []seen{{[]int{0}, "first", time.Minute, nil}, {[]int{1, 2}, nil, time.Minute, nil}, {[]int{3}, nil, time.Minute, nil}}
		if !slices.EqualFunc(*runs, want, func(a, b seen) bool {
			return slices.Equal(a.items, b.items) && a.who == b.who && a.left == b.left && a.ended == b.ended
		}) {
			t.Errorf("the runs saw\n%v, want\n%v", *runs, want)
		}
	})
}

// A batch that all have left, or that has taken too long, ends neither the next one
// nor those who wait for that.
func TestABatchEndsAlone(t *testing.T) {
	for name, leave := range map[string]time.Duration{"left": time.Second, "too long": 2 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			g, runs, release := watching()
			var wg sync.WaitGroup
			wg.Go(func() { g.Do(t.Context(), 1) }) // alone, so that 2 waits
			synctest.Wait()
			leaving, cancel := context.WithTimeout(t.Context(), leave)
			defer cancel()
			wg.Go(func() {
				if _, sent, err := g.Do(leaving, 2); !sent || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: Do(2): sent %v, %v, want a deadline", name, sent, err)
				}
			})
			synctest.Wait()
			release <- struct{}{} // 1 is done, 2 runs and is never released
			time.Sleep(time.Second / 2)
			wg.Go(func() {
				if v, _, err := g.Do(t.Context(), 3); v != 30 || err != nil {
					t.Errorf("%s: Do(3) = %d, %v, want it done", name, v, err)
				}
			})
			time.Sleep(min(leave, g.Timeout)) // 2 has ended, and 3 runs
			release <- struct{}{}
			wg.Wait()
			if last := (*runs)[len(*runs)-1]; (*runs)[1].ended == nil || last.items[0] != 3 || last.left != time.Minute || last.ended != nil {
				t.Errorf("%s: the runs saw %v", name, *runs)
			}
		})
	}
}
