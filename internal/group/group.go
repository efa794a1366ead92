// Package group turns what many callers want at once into one call: group
// commit. While one call is under way, what arrives waits, and goes out together
// as soon as it returns. There is no deliberate delay, and nothing runs when
// nobody waits.
package group

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrFull is returned when as many callers wait as may, and wrapped when one
	// has waited for as long as it may.
	ErrFull = errors.New("too many callers are waiting")
	// ErrPanic is returned, wrapped, to all of a batch whose Run panicked, or ended
	// its goroutine.
	ErrPanic = errors.New("panic")
)

// Ungrouped lets each item go by itself, at once, while it is true: for benchmarks
// that measure what grouping gains.
var Ungrouped atomic.Bool

// A Result is what one item came to.
type Result[R any] struct {
	Value R
	Err   error
}

// A Group collects items of type T and does them together. Set the exported
// fields before the first call. It is safe for concurrent use.
type Group[T, R any] struct {
	// Run does a batch and returns a result for each item, in their order. Its
	// context ends when Timeout is over, or when no caller waits any more. It is that
	// of a caller who goes alone, with what that holds, and else no caller's. A panic
	// fails its batch only.
	Run func(ctx context.Context, batch []T) []Result[R]
	// Key keeps items with the same key out of one batch: the later one goes
	// with a later batch. nil or "" lets all go together.
	Key func(T) string
	// Max is how many items a batch has at the most, Backlog how many may wait.
	Max, Backlog int
	// Size measures an item, if set, and MaxSize bounds the sum of a batch, unless
	// one item alone has more.
	Size    func(T) int
	MaxSize int
	// Bytes measures the memory that an item takes, if set, and BacklogBytes bounds
	// the sum of those that wait; one item may always wait.
	Bytes        func(T) int
	BacklogBytes int
	// Timeout bounds a run, and how long an item may wait for its run.
	Timeout time.Duration
	// Observe, if set, is told how many items have just gone out together, 0 if none
	// has, and by how many more or fewer wait now. It must not block or panic.
	Observe func(sent, waiting int)

	mu      sync.Mutex
	waiting []*waiter[T, R]
	bytes   int // of waiting
	running bool
}

// A waiter is a caller whose item is on its way.
type waiter[T, R any] struct {
	item   T
	bytes  int
	result Result[R]
	done   chan struct{} // closed when result is there
	batch  *batch        // nil while it waits
}

// A batch knows how many of its callers still wait for it.
type batch struct {
	callers int
	cancel  context.CancelFunc
	ended   chan struct{}
}

// Do does an item, together with others that are there at the time. When ctx
// ends first, Do returns its error: sent tells whether the item may have been
// done. The other items of its batch are not affected.
func (g *Group[T, R]) Do(ctx context.Context, item T) (value R, sent bool, err error) {
	if Ungrouped.Load() {
		return g.single(ctx, item)
	}
	g.mu.Lock()
	if !g.running {
		g.running = true
		g.mu.Unlock()
		return g.alone(ctx, item)
	}
	w := &waiter[T, R]{item: item, done: make(chan struct{})}
	if g.Bytes != nil {
		w.bytes = g.Bytes(item)
	}
	if len(g.waiting) >= g.Backlog || g.Bytes != nil && len(g.waiting) > 0 && g.bytes+w.bytes > g.BacklogBytes {
		g.mu.Unlock()
		return value, false, ErrFull
	}
	g.waiting, g.bytes = append(g.waiting, w), g.bytes+w.bytes
	g.mu.Unlock()
	g.observe(0, 1)

	timer := time.NewTimer(g.Timeout)
	defer timer.Stop()
	for {
		select {
		case <-w.done:
			return w.result.Value, true, w.result.Err
		case <-ctx.Done():
			return value, g.leave(w), ctx.Err()
		case <-timer.C: // a run is bounded by itself
			if g.stillWaits(w) {
				return value, false, fmt.Errorf("%w: for %v", ErrFull, g.Timeout)
			}
		}
	}
}

// alone does the item of a caller who finds nobody else, on the caller's own
// goroutine: to hand it to another would cost a tenth of a statement's time. Those
// who came meanwhile go on without the caller.
func (g *Group[T, R]) alone(ctx context.Context, item T) (value R, sent bool, err error) {
	defer g.handOn() // also when Run ends this goroutine
	return g.single(ctx, item)
}

// handOn has those who wait go on.
func (g *Group[T, R]) handOn() {
	g.mu.Lock()
	if g.running = len(g.waiting) > 0; g.running {
		go g.work() // ends when nobody waits
	}
	g.mu.Unlock()
}

// single runs a batch of one.
func (g *Group[T, R]) single(ctx context.Context, item T) (value R, sent bool, err error) {
	limited, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	g.observe(1, 0)
	r := g.run(limited, []T{item})[0]
	if r.Err != nil && ctx.Err() != nil {
		return value, true, ctx.Err()
	}
	return r.Value, true, r.Err
}

// stillWaits takes a caller out if its item is not in a batch yet.
func (g *Group[T, R]) stillWaits(w *waiter[T, R]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.batch != nil {
		return false
	}
	g.drop(w)
	return true
}

func (g *Group[T, R]) observe(sent, waiting int) {
	if g.Observe != nil {
		g.Observe(sent, waiting)
	}
}

// drop takes a caller out of those who wait.
func (g *Group[T, R]) drop(w *waiter[T, R]) {
	if i := slices.Index(g.waiting, w); i >= 0 {
		g.waiting, g.bytes = slices.Delete(g.waiting, i, i+1), g.bytes-w.bytes
		g.observe(0, -1)
	}
}

// leave takes a caller out whose context has ended, and reports whether its item
// was sent. The last caller of a batch stops it and waits until it has ended.
func (g *Group[T, R]) leave(w *waiter[T, R]) (sent bool) {
	g.mu.Lock()
	if w.batch == nil {
		g.drop(w)
		g.mu.Unlock()
		return false
	}
	b := w.batch
	b.callers--
	last := b.callers == 0
	g.mu.Unlock()
	if last {
		b.cancel()
		<-b.ended
	}
	return true
}

// work runs batch after batch until nobody waits.
func (g *Group[T, R]) work() {
	for {
		g.mu.Lock()
		waiters := g.take()
		if len(waiters) == 0 {
			g.running = false
			g.mu.Unlock()
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), g.Timeout)
		b := &batch{callers: len(waiters), cancel: cancel, ended: make(chan struct{})}
		items := make([]T, len(waiters))
		for i, w := range waiters {
			w.batch = b
			items[i] = w.item
		}
		g.mu.Unlock()
		g.observe(len(items), -len(items))
		g.batch(ctx, b, waiters, items)
	}
}

// batch does a batch and tells its callers. Should Run end this goroutine, another
// goes on.
func (g *Group[T, R]) batch(ctx context.Context, b *batch, waiters []*waiter[T, R], items []T) {
	var results []Result[R]
	defer func() {
		b.cancel()
		if results == nil {
			results = failed[R](len(items), fmt.Errorf("%w: the goroutine was ended", ErrPanic))
			defer g.handOn()
		}
		for i, w := range waiters {
			w.result = results[i]
			close(w.done)
		}
		close(b.ended)
	}()
	results = g.run(ctx, items)
}

// take removes the next batch from those who wait: the first of each key.
func (g *Group[T, R]) take() []*waiter[T, R] {
	var waiters, later []*waiter[T, R]
	var keys map[string]bool
	if g.Key != nil {
		keys = map[string]bool{}
	}
	size := 0
	for i, w := range g.waiting {
		if g.Size != nil {
			size += g.Size(w.item)
		}
		if len(waiters) == g.Max || len(waiters) > 0 && g.Size != nil && size > g.MaxSize {
			later = append(later, g.waiting[i:]...)
			break
		}
		if g.Key != nil {
			if key := g.Key(w.item); key != "" {
				if keys[key] {
					later = append(later, w)
					continue
				}
				keys[key] = true
			}
		}
		waiters = append(waiters, w)
		g.bytes -= w.bytes
	}
	g.waiting = later
	return waiters
}

// run is Run with a panic turned into the batch's error.
func (g *Group[T, R]) run(ctx context.Context, items []T) (results []Result[R]) {
	defer func() {
		if v := recover(); v != nil {
			results = failed[R](len(items), fmt.Errorf("%w: %v\n%s", ErrPanic, v, debug.Stack()))
		}
	}()
	return g.Run(ctx, items)
}

func failed[R any](n int, err error) []Result[R] {
	results := make([]Result[R], n)
	for i := range results {
		results[i].Err = err
	}
	return results
}
