package redis_test

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// A proxy stands between a client and a server, and swallows replies when told to.
type proxy struct {
	addr       string
	swallowing atomic.Bool
}

func newProxy(tb testing.TB, server string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			conn, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			go func() { // requests
				io.Copy(conn, client)
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

func (p *proxy) swallow(on bool) { p.swallowing.Store(on) }

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
