package postgres_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// A proxy is a name for a server: new connections go where it leads. Those that a
// host has which is gone without a word get no answer, and no reset.
type proxy struct {
	addr string

	mu   sync.Mutex
	to   string
	gone chan struct{} // closed for the connections of now, once their host is gone
	end  chan struct{} // of the test
}

func newProxy(tb testing.TB, to string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String(), to: to, gone: make(chan struct{}), end: make(chan struct{})}
	tb.Cleanup(func() { l.Close(); close(p.end) })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			to, gone := p.to, p.gone
			p.mu.Unlock()
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			go p.pass(server, client, gone)
			go p.pass(client, server, gone)
		}
	}()
	return p
}

func (p *proxy) pass(to, from net.Conn, gone chan struct{}) {
	defer to.Close()
	io.Copy(link{to, p, gone}, from)
	select {
	case <-gone:
		<-p.end
	default:
	}
}

// A link passes bytes on until its host is gone.
type link struct {
	io.Writer
	p    *proxy
	gone chan struct{}
}

func (l link) Write(b []byte) (int, error) {
	select {
	case <-l.gone:
		<-l.p.end
	default:
	}
	return l.Writer.Write(b)
}

// leadTo has new connections go elsewhere.
func (p *proxy) leadTo(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = addr
}

// lose has the host of all connections that there are be gone.
func (p *proxy) lose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.gone)
	p.gone = make(chan struct{})
}

// url is that of a database, by this name.
func (p *proxy) url(tb testing.TB, database string) string {
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	u.Host = p.addr
	return u.String()
}

// host is the address in a database's URL.
func host(tb testing.TB, database string) string {
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	return u.Host
}
