package handler_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// An observer notes what it is told.
type observer struct {
	mu    sync.Mutex
	calls []handler.Call
	ended error // of the context it was told with
}

func (o *observer) observe(ctx context.Context, c handler.Call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls = append(o.calls, c)
	o.ended = errors.Join(o.ended, ctx.Err())
}

const (
	routeFeedbacks = "/v1/Assistants/{assistant_id}/Feedbacks"
	routeVote      = "/v1/Assistants/{assistant_id}/Sessions/{session_id}/Messages/{message_id}/Feedback"
)

func TestObserveIsToldOnceWhateverHappens(t *testing.T) {
	unavailable := fmt.Errorf("db-7: %w", store.ErrUnavailable)
	st := memory.New()
	fill(t, st, 1500)
	reviewed := memory.New()
	seen := fill(t, reviewed, 1)[0]
	broken := brokenStore{st, func(context.Context) error { return unavailable }}
	panics := brokenStore{st, func(context.Context) error { panic("late") }}
	failing := failingStore{fail: func() error { return unavailable }}
	panicking := failingStore{fail: func() error { panic("early") }}
	aborting := failingStore{fail: func() error { panic(http.ErrAbortHandler) }}
	a := handler.Principal{Account: accountA}
	for name, c := range map[string]struct {
		st                 store.Store
		method, path, body string
		stranger, http10   bool
		want               handler.Call
		cause              error  // in Err
		message            string // in Err
	}{
		"a create":            {st: memory.New(), method: "POST", path: feedbacks, body: `{"session_id":"s","score":1}`, want: handler.Call{Route: routeFeedbacks, Status: 201, Principal: a, Bytes: 1}},
		"a vote":              {st: memory.New(), method: "PUT", path: onMessage, body: `{"score":1}`, want: handler.Call{Route: routeVote, Status: 201, Principal: a, Bytes: 1}},
		"no content":          {st: st, method: "DELETE", path: feedbacks + "/" + fill(t, st, 1)[0].ID, want: handler.Call{Route: routeFeedbacks + "/{id}", Status: 204, Principal: a}},
		"a review":            {st: reviewed, method: "PUT", path: feedbacks + "/" + seen.ID + "/Review", body: `{"verdict":"agree"}`, want: handler.Call{Route: routeFeedbacks + "/{id}/Review", Status: 200, Principal: a, Bytes: 1}},
		"a conflict":          {st: reviewed, method: "PUT", path: feedbacks + "/" + seen.ID + "/Review", body: `{"verdict":"unclear","updated_at":"2026-01-01T00:00:00Z"}`, want: handler.Call{Route: routeFeedbacks + "/{id}/Review", Status: 409, Principal: a, Bytes: 1}, cause: store.ErrConflict},
		"a bad body":          {st: st, method: "POST", path: feedbacks, body: `{"session_id":"s","score":2}`, want: handler.Call{Route: routeFeedbacks, Status: 400, Principal: a, Bytes: 1}, message: "score must"},
		"a stranger":          {st: st, method: "GET", path: feedbacks, stranger: true, want: handler.Call{Route: routeFeedbacks, Status: 401, Bytes: 1}, message: "credentials"},
		"no path of the API":  {st: st, method: "GET", path: "/nothing/ann", want: handler.Call{Status: 404, Principal: a, Bytes: 1}, message: "not found"},
		"another method":      {st: st, method: "PATCH", path: feedbacks, want: handler.Call{Route: routeFeedbacks, Status: 405, Principal: a, Bytes: 1}, message: "method"},
		"a method of its own": {st: st, method: "ANN", path: feedbacks, want: handler.Call{Route: routeFeedbacks, Method: "_OTHER", Status: 405, Principal: a, Bytes: 1}, message: "method"},
		"in public":           {st: st, method: "GET", path: "/v1/openapi.json", stranger: true, want: handler.Call{Route: "/v1/openapi.json", Status: 200, Bytes: 1}},
		"a stream":            {st: st, method: "GET", path: feedbacks, want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a, Bytes: 1}},
		"a file":              {st: st, method: "GET", path: feedbacks + "?Format=csv", want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a, Bytes: 1}},
		"the head of a file":  {st: st, method: "HEAD", path: feedbacks + "?Format=csv", want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a}},
		"HEAD":                {st: st, method: "HEAD", path: feedbacks, want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a}},
		"HEAD of a summary":   {st: st, method: "HEAD", path: feedbacks + "/Summary", want: handler.Call{Route: routeFeedbacks + "/Summary", Status: 200, Principal: a}},
		"HTTP/1.0":            {st: st, method: "GET", path: feedbacks, http10: true, want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a, Bytes: 1}},
		"an outage":           {st: failing, method: "GET", path: feedbacks, want: handler.Call{Route: routeFeedbacks, Status: 503, Principal: a, Bytes: 1}, cause: store.ErrUnavailable, message: "db-7"},
		"a panic":             {st: panicking, method: "PUT", path: onMessage, body: `{"score":1}`, want: handler.Call{Route: routeVote, Status: 500, Principal: a, Bytes: 1}, message: "internal"},
		"an abort":            {st: aborting, method: "PUT", path: onMessage, body: `{"score":1}`, want: handler.Call{Route: routeVote, Principal: a, BrokenOff: true}, cause: http.ErrAbortHandler},
		"a stream that fails": {st: broken, method: "GET", path: feedbacks, want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a, Bytes: 1, BrokenOff: true}, cause: store.ErrUnavailable},
		"a file that fails":   {st: broken, method: "GET", path: feedbacks + "?Format=ndjson", want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a, Bytes: 1, BrokenOff: true}, cause: store.ErrUnavailable},
		"failing HTTP/1.0":    {st: broken, method: "GET", path: feedbacks, http10: true, want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a, Bytes: 1, BrokenOff: true}, cause: store.ErrUnavailable},
		"a panic midway":      {st: panics, method: "GET", path: feedbacks, want: handler.Call{Route: routeFeedbacks, Status: 200, Principal: a, Bytes: 1, BrokenOff: true}, cause: http.ErrAbortHandler},
	} {
		t.Run(name, func(t *testing.T) {
			var seen observer
			opts := quiet()
			opts.Observe = seen.observe
			opts.Authenticate = func(r *http.Request) (handler.Principal, error) {
				_, err := basicAuth()(r)
				return a, err // whatever comes with an error is nobody
			}
			h, done := handler.New(c.st, opts), make(chan struct{})
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(done) // a second request would panic
				h.ServeHTTP(w, r)
			}))
			defer s.Close()
			got := raw(t, s, c.method, c.path, c.body, c.http10, c.stranger)
			<-done
			if len(seen.calls) != 1 {
				t.Fatalf("Observe was called %d times, want once: %+v", len(seen.calls), seen.calls)
			}
			call := seen.calls[0]
			if c.want.Method == "" {
				c.want.Method = c.method
			}
			if c.want.Bytes > 0 { // all that the client got, and after a break perhaps more
				if c.want.Bytes = got; c.want.BrokenOff && call.Bytes >= got {
					c.want.Bytes = call.Bytes
				}
			}
			if err := call.Err; (err != nil) != (c.cause != nil || c.message != "") || c.cause != nil && !errors.Is(err, c.cause) || err != nil && !strings.Contains(err.Error(), c.message) {
				t.Errorf("Err is %v, want %v, with %q", err, c.cause, c.message)
			}
			if call.Duration <= 0 || seen.ended != nil {
				t.Errorf("took %v, with a context that has ended: %v", call.Duration, seen.ended)
			}
			call.Duration, call.Err = 0, nil
			if call != c.want {
				t.Errorf("Observe was told\n%+v, want\n%+v", call, c.want)
			}
		})
	}
}

// raw makes a request on a connection of its own and returns how many bytes of a body
// came.
func raw(t *testing.T, s *httptest.Server, method, path, body string, http10, stranger bool) int64 {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	proto, auth := "HTTP/1.1", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(accountA+":"+tokenA))+"\r\n"
	if http10 {
		proto = "HTTP/1.0"
	}
	if stranger {
		auth = ""
	}
	fmt.Fprintf(conn, "%s %s %s\r\nHost: x\r\nConnection: close\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, proto, auth, len(body), body)
	req, _ := http.NewRequest(method, path, nil)
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil { // it broke off before its header
		return 0
	}
	n, _ := io.Copy(io.Discard, resp.Body)
	return n
}

// Whoever leaves is told of too, and what is told cannot change the answer.
func TestObserveOfAClientThatLeaves(t *testing.T) {
	st := memory.New()
	fill(t, st, 1500)
	var seen observer
	ctx, leave := context.WithCancel(t.Context())
	opts := quiet()
	opts.Observe = seen.observe
	h := handler.New(brokenStore{st, func(ctx context.Context) error { leave(); return ctx.Err() }}, opts)
	r := httptest.NewRequestWithContext(ctx, "GET", feedbacks, nil)
	r.SetBasicAuth(accountA, tokenA)
	func() {
		defer func() { recover() }()
		h.ServeHTTP(httptest.NewRecorder(), r)
	}()
	if len(seen.calls) != 1 || !seen.calls[0].BrokenOff || !errors.Is(seen.calls[0].Err, context.Canceled) || seen.ended != nil {
		t.Errorf("Observe was told %+v, %v, want a call that broke off", seen.calls, seen.ended)
	}
}

func TestAPanicInObserveChangesNothing(t *testing.T) {
	st := memory.New()
	fill(t, st, 1500)
	for name, c := range map[string]struct {
		st     store.Store
		status int // 0 is a broken connection
	}{
		"whole":      {st, 200},
		"broken off": {brokenStore{st, func(context.Context) error { return store.ErrUnavailable }}, 0},
		"an outage":  {failingStore{fail: func() error { return store.ErrUnavailable }}, 503},
	} {
		var log bytes.Buffer
		opts := quiet()
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		opts.Observe = func(context.Context, handler.Call) { panic("observer") }
		s := httptest.NewServer(handler.New(c.st, opts))
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
		req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL+feedbacks, nil)
		req.SetBasicAuth(accountA, tokenA)
		status := 0
		if resp, err := s.Client().Do(req); err == nil {
			if _, err = io.Copy(io.Discard, resp.Body); err == nil {
				status = resp.StatusCode
			}
			resp.Body.Close()
		}
		s.Close()
		if status != c.status || !strings.Contains(log.String(), "panic in Observe") {
			t.Errorf("%s: %d, want %d; the log is %s", name, status, c.status, &log)
		}
	}
}

// A middleware's host observes what it answers itself.
func TestObserveIsNotToldOfWhatAMiddlewarePassesOn(t *testing.T) {
	var seen observer
	opts := quiet()
	opts.Observe = seen.observe
	h := handler.Middleware(memory.New(), opts)(http.NotFoundHandler())
	for _, path := range []string{"/elsewhere", "/v1/openapi.json", feedbacks} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	if len(seen.calls) != 1 || seen.calls[0].Route != routeFeedbacks {
		t.Errorf("Observe was told %+v, want the list alone", seen.calls)
	}
}
