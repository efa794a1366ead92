package bench

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const (
	path    = "/v1/Assistants/aia_asst_11111111-aaaa-bbbb-cccc-222222222222/Feedbacks"
	body    = `{"session_id":"demo", "score": 1, "text": "problem resolved" }`
	token   = "0123456789abcdef0123456789abcdef"
	account = "AC0123456789abcdef0123456789abcdef"
)

func newOurs() http.Handler {
	tokens := []string{token}
	return handler.New(memory.New(), &handler.Options{
		Authenticate: handler.BasicAuth(func(context.Context, string) ([]string, error) { return tokens, nil }),
	})
}

var rivals = []struct {
	name string
	new  func() http.Handler
}{{"naive", newNaive}, {"ours", newOurs}}

// BenchmarkPost measures POST …/Feedbacks in process: ours with Basic
// authentication, strict checks, indexes and rollups.
func BenchmarkPost(b *testing.B) {
	for _, rival := range rivals {
		b.Run(rival.name, func(b *testing.B) {
			h := rival.new()
			req := httptest.NewRequest("POST", path, nil)
			req.SetBasicAuth(account, token)
			req.Header.Set("Content-Type", "application/json")
			w := &discard{header: http.Header{}}
			rd := strings.NewReader(body)
			rc := io.NopCloser(rd)
			b.ReportAllocs()
			for b.Loop() {
				rd.Reset(body)
				req.Body = rc
				r := *req // as the server does: a request is new each time
				clear(w.header)
				h.ServeHTTP(w, &r)
				if w.status != http.StatusCreated {
					b.Fatalf("status %d", w.status)
				}
			}
		})
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

// BenchmarkList measures GET …/Feedbacks of 100,000 records.
func BenchmarkList(b *testing.B) {
	for _, rival := range rivals {
		b.Run(rival.name, func(b *testing.B) {
			h := rival.new()
			do := func(method, body string) int64 {
				r := httptest.NewRequest(method, path, strings.NewReader(body))
				r.SetBasicAuth(account, token)
				r.Header.Set("Content-Type", "application/json")
				w := &discard{header: http.Header{}, status: http.StatusOK}
				h.ServeHTTP(w, r)
				if w.status >= 300 {
					b.Fatalf("%s: status %d", method, w.status)
				}
				return w.n
			}
			for range 100_000 {
				do("POST", body)
			}
			b.SetBytes(do("GET", ""))
			for b.Loop() {
				do("GET", "")
			}
		})
	}
}
