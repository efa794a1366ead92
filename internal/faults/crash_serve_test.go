package faults

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

// quiet hears of errors that faults make on purpose.
var quiet = slog.New(slog.DiscardHandler)

// deadlineHeader has the host put a deadline on a request.
const deadlineHeader = "X-Deadline"

// serve serves the API in this process. It returns where, and what ends it before
// the test does.
func serve(t *testing.T, st store.Store) (base string, stop func()) {
	t.Helper()
	api := handler.New(st, &handler.Options{
		Authenticate: handler.BasicAuth(func(context.Context, string) ([]string, error) { return []string{token}, nil }),
		Logger:       quiet,
	})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d, err := time.ParseDuration(r.Header.Get(deadlineHeader)); err == nil {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			r = r.WithContext(ctx)
		}
		api.ServeHTTP(w, r)
	})}
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		conn.(*net.TCPConn).SetWriteBuffer(16 << 10) // so that a slow reader is noticed soon
		return ctx
	}
	listener := listen(t)
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(listener) })
	stop = func() { server.Close(); wg.Wait() }
	t.Cleanup(stop)
	return "http://" + listener.Addr().String(), stop
}
