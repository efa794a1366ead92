package handler_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// lines returns a file of n records, a second apart.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":%q,"session_id":"demo","score":1}`+"\n", store.NewID(noon.Add(time.Duration(i)*time.Second)))
	}
	return b.String()
}

func (a api) imports(file string) answer {
	a.t.Helper()
	return a.do("POST", feedbacks, file, "Content-Type", "application/x-ndjson")
}

// countdownStore fails, or does as it is told, from its n-th Create on.
type countdownStore struct {
	store.Store
	left *atomic.Int64
	fail func(context.Context) error
}

func (s countdownStore) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	if s.left.Add(-1) < 0 {
		if err := s.fail(ctx); err != nil {
			return store.Feedback{}, err
		}
	}
	return s.Store.Create(ctx, f)
}

func TestAnImportThatBreaksOffCanBeRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		fail   func(context.Context) error
		status int
		code   float64
	}{
		"outage": {func(context.Context) error { return fmt.Errorf("down: %w", store.ErrUnavailable) }, 503, 20503},
		"bug":    {func(context.Context) error { return io.ErrClosedPipe }, 500, 20500},
		"panic":  {func(context.Context) error { panic("a bug") }, 500, 20500},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			opts := quiet()
			opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
			st := countdownStore{memory.New(), new(atomic.Int64), c.fail}
			st.left.Store(1500)
			a := serve(t, handler.New(st, opts))
			file := lines(3000)
			a.fails(a.imports(file), c.status, c.code, "")
			done := len(decode[[]idOnly](t, a.do("GET", feedbacks, "").body))
			if done < 1024 || done > 1500 || log.Len() == 0 {
				t.Errorf("%d records are there, want those of a batch or more; the log is %s", done, &log)
			}
			st.left.Store(1e9)
			if got, want := a.imports(file).body, fmt.Sprintf(`{"created":%d,"repeated":%d,"failed":0,"errors":[]}`, 3000-done, done); got != want {
				t.Errorf("again: %s, want %s", got, want)
			}
		})
	}
}

func TestAnImportHoldsManyCallsInFlight(t *testing.T) {
	var now, most atomic.Int64
	all := make(chan struct{})
	st := countdownStore{memory.New(), new(atomic.Int64), func(context.Context) error {
		defer now.Add(-1)
		if n := now.Add(1); n == 64 {
			close(all)
		} else {
			most.Store(max(most.Load(), n))
		}
		<-all // or the test times out
		return nil
	}}
	a := serve(t, handler.New(st, quiet()))
	if got := a.imports(lines(64)).body; got != `{"created":64,"repeated":0,"failed":0,"errors":[]}` || most.Load() > 64 {
		t.Errorf("%s with %d in flight", got, most.Load())
	}
}

func TestAnUploadThatIsCutOffIs400(t *testing.T) {
	file := lines(5)
	r := httptest.NewRequest("POST", feedbacks, io.MultiReader(strings.NewReader(file[:len(file)-10]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.SetBasicAuth(accountA, tokenA)
	r.Header.Set("Content-Type", "application/x-ndjson")
	st := memory.New()
	h := handler.New(st, quiet())
	ask(t, h, r, 400)
	if got := serve(t, h).imports(file).body; got != `{"created":1,"repeated":4,"failed":0,"errors":[]}` {
		t.Errorf("again: %s", got)
	}
}

func TestALongUploadOutlivesTheReadTimeout(t *testing.T) {
	s := newServer(t, handler.New(memory.New(), quiet()))
	s.Config.ReadTimeout = time.Second // for what comes before the body, on a busy machine too
	s.Start()
	in, out := io.Pipe()
	go func() {
		for line := range strings.Lines(lines(5)) {
			io.WriteString(out, line)
			time.Sleep(300 * time.Millisecond)
		}
		out.Close()
	}()
	req, _ := http.NewRequest("POST", s.URL+feedbacks, in)
	req.SetBasicAuth(accountA, tokenA)
	req.Header.Set("Content-Type", "application/x-ndjson")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || !strings.HasPrefix(string(b), `{"created":5,`) {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
}

func TestAnExportThatFails(t *testing.T) {
	st := memory.New()
	fill(t, st, 1500)
	for _, query := range []string{"?Format=csv", "?Format=ndjson"} {
		for name, second := range map[string]func(context.Context) error{
			"error": func(context.Context) error { return store.ErrUnavailable },
			"panic": func(context.Context) error { panic("a bug") },
		} {
			a := serve(t, handler.New(brokenStore{st, second}, quiet()))
			req, _ := http.NewRequest("GET", a.url+feedbacks+query, nil)
			req.SetBasicAuth(accountA, tokenA)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(resp.Body); resp.StatusCode != 200 || err == nil {
				t.Errorf("%s, %s: status %d, error %v after %d bytes; want it to break off", query, name, resp.StatusCode, err, len(b))
			}
			resp.Body.Close()
		}
		a := serve(t, handler.New(failingStore{fail: func() error { return store.ErrUnavailable }}, quiet()))
		ans := a.do("GET", feedbacks+query, "")
		a.fails(ans, 503, 20503, "please retry")
		if ans.header.Get("Content-Disposition") != "" {
			t.Errorf("%s: an error is for download: %v", query, ans.header)
		}
	}
}

func TestALineHasTheHostsLimits(t *testing.T) {
	opts := quiet()
	opts.MaxBody, opts.MaxText = 200, 5
	a := serve(t, handler.New(memory.New(), opts))
	id := store.NewID(noon)
	long := fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"text":"123456"}`, id)
	good := strings.Replace(long, "123456", "12345", 1)
	wide := good + strings.Repeat(" ", 201-len(good))
	got := a.imports(long + "\n" + wide + "\n" + wide[:200] + "\r\n" + strings.Repeat("x", 300_000)).body
	want := `{"created":1,"repeated":0,"failed":3,"errors":[{"line":1,"message":"text must be at most 5 characters, got 6"},` +
		`{"line":2,"message":"the line must be at most 200 bytes"},{"line":4,"message":"the line must be at most 200 bytes"}]}`
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
