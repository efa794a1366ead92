package storetest

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A Dial makes connections, as a [net.Dialer]'s DialContext does. Clients of
// databases take one: pgx as DialFunc, go-redis as Dialer.
type Dial = func(ctx context.Context, network, addr string) (net.Conn, error)

// A gate is in front of the connections that it dials. It passes all on, but for what
// it is told to hold: then requests stay where they are, and arrive when it is opened,
// also those of who has closed the connection since.
type gate struct {
	mu     sync.Mutex
	armed  bool
	passes int  // how many requests go through before one is held
	loses  bool // the reply to that one, and not the request
	conns  map[*gated]bool
	caught chan struct{} // closed when something is held
	cut    chan struct{} // closed when what waits for a lost reply is to hear of it

	opened, next time.Time // when it was opened, and when the next request came
}

// patience is how long a client may take to close the connection of who gives up, or
// to tell the server that it has. It is more than that takes: few of its requests to
// cancel then come to what was held.
const patience = 50 * time.Millisecond

// A gated is a connection.
type gated struct {
	net.Conn
	gate    *gate
	writing sync.Mutex

	// By the gate's mutex.
	held, loses, flushed, closed bool
	pending                      []byte
	answered                     chan struct{} // closed by what comes after flushed, or the end
	left                         chan struct{} // closed with the connection
	end, leave                   sync.Once
}

func (g *gate) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conns == nil {
		g.conns = map[*gated]bool{}
	}
	conn := &gated{Conn: c, gate: g, answered: make(chan struct{}), left: make(chan struct{})}
	g.conns[conn] = true
	return conn, nil
}

// arm has the gate let some requests through, and hold the next one with all that
// comes after it on the connections that there are then; later ones pass, so that
// another one may tell the server to cancel. With loses it holds that one's reply.
func (g *gate) arm(passes int, loses bool) (caught <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed, g.passes, g.loses, g.opened, g.next = true, passes, loses, time.Time{}, time.Time{}
	g.caught, g.cut = make(chan struct{}), make(chan struct{})
	return g.caught
}

// open lets through what was held, and waits until the server has done it.
func (g *gate) open(t testing.TB) {
	t.Helper()
	g.mu.Lock()
	g.armed = false
	close(g.cut)
	var held, waited []*gated
	for c := range g.conns {
		if c.held {
			held = append(held, c)
		}
		if c.held && len(c.pending) > 0 {
			waited = append(waited, c)
		}
	}
	g.mu.Unlock()
	for _, c := range waited { // until the server was told to cancel, if it is
		select {
		case <-c.left:
		case <-time.After(patience):
		}
	}
	g.mu.Lock()
	g.opened = time.Now()
	g.mu.Unlock()
	for _, c := range held {
		c.flush()
	}
	for _, c := range held {
		select {
		case <-c.answered:
		case <-time.After(time.Minute):
			t.Fatal("the server does not answer what was held")
		}
	}
}

// Write implements [net.Conn]. What is held counts as written.
func (c *gated) Write(b []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.holds(b) {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *gated) holds(b []byte) bool {
	g := c.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.armed && !c.held {
		if g.passes > 0 {
			g.passes--
		} else if g.passes == 0 {
			g.passes = -1 // once
			if g.loses {
				c.loses = true
				return false
			}
			for c := range g.conns {
				c.held = true
			}
			close(g.caught)
		}
	}
	if c.held {
		c.pending = append(c.pending, b...)
	}
	if !g.opened.IsZero() && g.next.IsZero() {
		g.next = time.Now()
	}
	return c.held
}

// rested returns how long after it was opened the next request came.
func (g *gate) rested() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.next.Sub(g.opened)
}

// Read implements [net.Conn].
func (c *gated) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	g := c.gate
	g.mu.Lock()
	loses, cut := c.loses, g.cut
	if c.flushed && n > 0 {
		c.isAnswered()
	}
	if loses {
		c.loses = false
		close(g.caught)
	}
	g.mu.Unlock()
	if loses {
		<-cut
		c.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func (c *gated) isAnswered() { c.end.Do(func() { close(c.answered) }) }

// flush writes what was held.
func (c *gated) flush() {
	c.writing.Lock()
	g := c.gate
	g.mu.Lock()
	pending, closed := c.pending, c.closed
	c.held, c.flushed, c.pending = false, true, nil
	if len(pending) == 0 {
		c.isAnswered()
	}
	g.mu.Unlock()
	c.Conn.Write(pending) // should it fail, so does what reads
	c.writing.Unlock()
	if closed {
		go c.drain()
	}
}

// SetDeadline implements [net.Conn]. No write of who is held takes time.
func (c *gated) SetDeadline(t time.Time) error { return c.Conn.SetReadDeadline(t) }

// SetWriteDeadline implements [net.Conn].
func (c *gated) SetWriteDeadline(time.Time) error { return nil }

// Close implements [net.Conn]. What was held is still sent.
func (c *gated) Close() error {
	g := c.gate
	g.mu.Lock()
	c.closed = true
	c.leave.Do(func() { close(c.left) })
	held, flushed := c.held, c.flushed
	if !held {
		delete(g.conns, c)
	}
	g.mu.Unlock()
	switch {
	case held:
		return c.Conn.SetReadDeadline(time.Unix(1, 0)) // for who reads
	case flushed:
		go c.drain()
		return nil
	}
	return c.Conn.Close()
}

// drain closes a connection when the server has done what was sent: at once, and
// it would be reset.
func (c *gated) drain() {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	c.Conn.SetReadDeadline(time.Now().Add(time.Minute))
	io.Copy(io.Discard, c.Conn)
	c.Conn.Close()
	c.gate.mu.Lock()
	delete(c.gate.conns, c)
	c.isAnswered()
	c.gate.mu.Unlock()
}
