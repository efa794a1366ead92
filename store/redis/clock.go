package redis

import (
	"sync"
	"time"
)

// A clock estimates a server's clock, so that a write can carry the time until
// which it may be done: a request that was stuck on its way, or in a server that
// stood still, is then refused instead of undoing what was written since.
type clock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration // the server's time since 1970 less ours since started
}

// started is where our time starts: the monotonic clock, which nobody sets.
var started = time.Now()

// observe learns from a reply that the server dated millis.
func (c *clock) observe(sent, received time.Time, millis int64) {
	server := time.Duration(millis) * time.Millisecond
	// The reply was dated after sent and before received. The lower bound errs
	// towards refusing; a slow reply does not worsen it.
	low, high := server-received.Sub(started), server+time.Millisecond-sent.Sub(started)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.known, c.ahead = true, low
	}
	c.ahead = min(max(c.ahead, low), high)
}

// at returns the server's time at one of ours, in milliseconds since 1970.
func (c *clock) at(t time.Time) (millis int64, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return (t.Sub(started) + c.ahead).Milliseconds(), c.known
}
