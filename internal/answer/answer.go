// Package answer has what every answer needs, whoever gives it: deadlines that
// move on with the client, and what becomes of a panic.
package answer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"runtime/debug"
	"time"
)

// Patience is how long a client may take to read or to send one piece.
const Patience = 30 * time.Second

// Extend moves the write deadline on, whatever the server's WriteTimeout: a long
// answer may take its time as long as the client keeps reading.
func Extend(w http.ResponseWriter) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(Patience)) // where there are deadlines
}

// ExtendRead moves the read deadline on, whatever the server's ReadTimeout: a long
// body may take its time as long as it keeps coming.
func ExtendRead(w http.ResponseWriter) {
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(Patience)) // where there are deadlines
}

// Break ends an answer of which a part is out, such that the client cannot take it
// for the whole. In HTTP/1.0, which proxies may speak, the end of the connection is
// the answer's end unless it is reset.
func Break(w http.ResponseWriter, r *http.Request) {
	if !r.ProtoAtLeast(1, 1) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			if secure, ok := conn.(*tls.Conn); ok {
				conn = secure.NetConn() // whose Close says goodbye to nobody
			}
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			conn.Close()
		}
	}
	panic(http.ErrAbortHandler)
}

// Left reports whether the client has left, so that errors say nothing about the
// host.
func Left(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

// ToScript reports whether a browser says that a script made the request: the user
// has not gone anywhere, and is not to be asked for a password.
func ToScript(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Dest") == "empty" }

// A Call is what Recover has to know of a call.
type Call interface {
	// Started reports whether the answer's header is out.
	Started() bool
	// Log logs an error of the call.
	Log(msg string, args ...any)
	// Fail answers with an error that says nothing of its cause.
	Fail()
}

// Recover turns a panic into an error, or breaks the connection when an answer is
// already under way. It is to be deferred.
func Recover(c Call) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	c.Log("panic", "panic", v, "stack", string(debug.Stack()))
	if c.Started() {
		panic(http.ErrAbortHandler)
	}
	c.Fail()
}

// Forgive logs a panic in a function of the host's that is told of something, and
// cannot fail the call. It is to be deferred.
func Forgive(c Call, function string) {
	if v := recover(); v != nil {
		c.Log("panic in "+function, "panic", v, "stack", string(debug.Stack()))
	}
}
