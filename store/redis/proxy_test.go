package redis_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// A proxy stands between a client and a server, and swallows replies or holds requests
// when told to. It can be pointed to another server, as a name can: connections that
// are there stay.
type proxy struct {
	addr       string
	server     atomic.Value
	swallowing atomic.Bool
	requests   sync.RWMutex // is held while these are
	arrived    atomic.Int64 // requests, held ones too
}

func newProxy(tb testing.TB, server string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String()}
	p.point(server)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			conn, err := net.Dial("tcp", p.server.Load().(string))
			if err != nil {
				client.Close()
				continue
			}
			go func() { // requests
				io.Copy(requests{p, conn}, client)
				conn.Close()
			}()
			go func() { // replies
				io.Copy(replies{p, client}, conn)
				client.Close()
			}()
		}
	}()
	tb.Cleanup(func() { l.Close() })
	return p
}

func (p *proxy) point(server string) { p.server.Store(server) }

func (p *proxy) swallow(on bool) { p.swallowing.Store(on) }

type requests struct {
	*proxy
	server net.Conn
}

func (r requests) Write(b []byte) (int, error) {
	r.arrived.Add(1)
	r.requests.RLock()
	defer r.requests.RUnlock()
	return r.server.Write(b)
}

type replies struct {
	*proxy
	client net.Conn
}

func (r replies) Write(b []byte) (int, error) {
	if r.swallowing.Load() {
		return len(b), nil
	}
	return r.client.Write(b)
}
