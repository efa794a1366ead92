// Package clock estimates a server's clock, so that a write can carry the time
// until which it may be done: a request that was stuck on its way, or in a server
// that stood still, is then refused instead of undoing what was written since.
package clock

import (
	"sync"
	"time"
)

// A Clock is what is known of one server's clock. The zero value knows nothing. It
// is safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration // the server's time since 1970 less ours since started
}

// started is where our time starts: the monotonic clock, which nobody sets.
var started = time.Now()

// Observe learns from a reply that the server dated at, by a clock that shows whole
// units of precision.
func (c *Clock) Observe(sent, received, at time.Time, precision time.Duration) {
	server := time.Duration(at.UnixNano())
	// The reply was dated after sent and before received. The lower bound errs
	// towards refusing; a slow reply does not worsen it.
	low, high := server-received.Sub(started), server+precision-sent.Sub(started)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.known, c.ahead = true, low
	}
	c.ahead = min(max(c.ahead, low), high)
}

// Known reports whether a reply was observed.
func (c *Clock) Known() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known
}

// At returns the server's time at one of ours, once it is known.
func (c *Clock) At(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Unix(0, int64(t.Sub(started)+c.ahead))
}
