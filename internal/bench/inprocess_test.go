package bench

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/bench/naive"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const (
	path    = "/v1/Assistants/aia_asst_11111111-aaaa-bbbb-cccc-222222222222/Feedbacks"
	body    = `{"session_id":"demo", "score": 1, "text": "problem resolved" }`
	token   = "0123456789abcdef0123456789abcdef"
	account = "AC0123456789abcdef0123456789abcdef"
)

// ours has Basic authentication, strict checks, indexes and rollups.
func ours() http.Handler {
	tokens := []string{token}
	return handler.New(memory.New(), &handler.Options{
		Authenticate: handler.BasicAuth(func(context.Context, string) ([]string, error) { return tokens, nil }),
	})
}

var inProcess = []measurement{{
	name: "POST in process, memory",
	open: func(testing.TB) []contender {
		return []contender{{"ours", post(ours)}, {"naive", post(naive.Memory)}}
	},
	rows: []row{
		{unit: "ns/op", of: "ours", against: "naive", atMost: true, reach: 0.7, aim: 0.5},
		{unit: "allocs/op", of: "ours", atMost: true, reach: 20},
	},
}, {
	name: "list of 1,000,000 records",
	open: func(tb testing.TB) []contender {
		return []contender{{"ours", list(tb, ours(), "")}, {"naive", list(tb, naive.Memory(), "")}}
	},
	rows: []row{{unit: "MB/s", of: "ours", against: "naive", reach: 2.5, aim: 3.5}},
}, {
	name: "export of 1,000,000 records",
	open: func(tb testing.TB) []contender {
		return []contender{{"ours", list(tb, ours(), "?Format=ndjson")}, {"naive", list(tb, naive.Memory(), "")}}
	},
	rows: []row{{unit: "MB/s", of: "ours", against: "naive", reach: 2.5, aim: 3.5}},
}}

// post measures POST …/Feedbacks on a new handler.
func post(newHandler func() http.Handler) func(testing.TB, time.Duration) figures {
	return func(tb testing.TB, d time.Duration) figures {
		h := newHandler()
		req := httptest.NewRequest("POST", path, nil)
		req.SetBasicAuth(account, token)
		req.Header.Set("Content-Type", "application/json")
		w := &discard{header: http.Header{}}
		rd := strings.NewReader(body)
		rc := io.NopCloser(rd)
		return benchmark(tb, d, func() {
			rd.Reset(body)
			req.Body = rc
			r := *req // as the server does: a request is new each time
			clear(w.header)
			if h.ServeHTTP(w, &r); w.status != http.StatusCreated {
				tb.Fatalf("status %d", w.status)
			}
		})
	}
}

// list measures GET …/Feedbacks of all the records that it adds first.
func list(tb testing.TB, h http.Handler, query string) func(testing.TB, time.Duration) figures {
	do := func(method, path, body string) int64 {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.SetBasicAuth(account, token)
		r.Header.Set("Content-Type", "application/json")
		w := &discard{header: http.Header{}, status: http.StatusOK}
		if h.ServeHTTP(w, r); w.status >= 300 {
			tb.Fatalf("%s: status %d", method, w.status)
		}
		return w.n
	}
	n := 1_000_000
	if *rounds == 0 {
		n = 1000
	}
	for range n {
		do("POST", path, body)
	}
	return func(testing.TB, time.Duration) figures {
		start := time.Now()
		n := do("GET", path+query, "")
		return figures{"MB/s": float64(n) / 1e6 / time.Since(start).Seconds()}
	}
}

// A discard is a ResponseWriter that costs nothing.
type discard struct {
	header http.Header
	status int
	n      int64
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(s int)   { d.status = s }
func (d *discard) Write(b []byte) (int, error) {
	d.n += int64(len(b))
	return len(b), nil
}
