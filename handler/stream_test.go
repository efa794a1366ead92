package handler_test

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A heap is the most memory that objects took, those that are garbage included,
// when it was looked at.
type heap struct{ rest, most uint64 }

// atRest has the collector work as it does by default, until the test ends.
func atRest(t *testing.T) *heap {
	percent := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what was in a pool
	runtime.ReadMemStats(&m)
	return &heap{rest: m.HeapAlloc}
}

func (h *heap) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.most = max(h.most, m.HeapAlloc)
}

// above returns by how many MB the most was above rest.
func (h *heap) above() float64 { return float64(int64(h.most)-int64(h.rest)) / 1e6 }

// A wordyStore makes a long note of each record's, as a database would: memory of
// its own each time.
type wordyStore struct {
	store.Store
	heap *heap
	text []byte
}

func (s wordyStore) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	page, err := s.Store.List(ctx, scope, q)
	for i := range page.Feedbacks {
		page.Feedbacks[i].Text = string(s.text)
	}
	s.heap.look()
	return page, err
}

// A watchedWriter drops what it gets, but the end of it.
type watchedWriter struct {
	*httptest.ResponseRecorder
	heap *heap
	size int
	end  []byte
}

func (w *watchedWriter) Write(b []byte) (int, error) {
	w.heap.look()
	w.size += len(b)
	w.end = append(w.end[:0], b[max(0, len(b)-2000):]...)
	return len(b), nil
}

func TestAPageOfLongNotesIsNotHeldInMemory(t *testing.T) {
	h := atRest(t)
	st := wordyStore{memory.New(), h, bytes.Repeat([]byte("𝄞"), 10_000)}
	fill(t, st, 2000)
	api := handler.New(st, quiet())
	get := func(url string) (meta page) {
		*h = *atRest(t)
		r := httptest.NewRequest("GET", url, nil)
		r.SetBasicAuth(accountA, tokenA)
		w := &watchedWriter{ResponseRecorder: httptest.NewRecorder(), heap: h}
		api.ServeHTTP(w, r)
		if mb := h.above(); w.size < 40_000_000 || mb > 30 {
			t.Errorf("GET %s: %d MB take %.1f MB of memory, want less than 30", url, w.size/1e6, mb)
		}
		_, end, _ := strings.Cut(string(w.end), `],"meta":`)
		return decode[page](t, `{"meta":`+end)
	}
	first := get(feedbacks + "?PageSize=1000")
	second := get(first.Meta.Next)
	get(second.Meta.Previous)
}

// A long page back is read twice, and records come and go meanwhile.
func TestALongPageBack(t *testing.T) {
	for _, order := range []string{"", "&Order=asc"} {
		st := &changingStore{Store: memory.New(), left: -1}
		fs := fill(t, st, 700)
		if order != "" {
			slices.Reverse(fs)
		}
		a := serve(t, handler.New(st, quiet()))
		url := a.page(a.page(feedbacks + "?PageSize=350" + order).Meta.Next).Meta.Previous
		p := a.page(url)
		if !slices.Equal(ids(p.Feedbacks), ids(fs[:350])) || p.Meta.Previous != "" {
			t.Errorf("back%s: %d records before %q, want the first 350", order, len(p.Feedbacks), p.Meta.Previous)
		}
		if next := a.page(p.Meta.Next); !slices.Equal(ids(next.Feedbacks), ids(fs[350:])) {
			t.Errorf("and forwards%s: %d records, want the other 350", order, len(next.Feedbacks))
		}
		st.left, st.change = 4, func() { // it has gone back by then
			for _, f := range []store.Feedback{fs[120], fs[349]} {
				if _, err := st.Delete(t.Context(), f.Scope, store.Ref{ID: f.ID}); err != nil {
					t.Error(err)
				}
			}
			if _, err := st.Create(t.Context(), record(accountA, fs[200].CreatedAt().Add(time.Millisecond))); err != nil {
				t.Error(err)
			}
		}
		if p = a.page(url); !slices.Equal(ids(p.Feedbacks), slices.Concat(ids(fs[:120]), ids(fs[121:349]))) || st.left >= 0 {
			t.Errorf("back%s, while records come and go: %d records, want those of 350 that stay", order, len(p.Feedbacks))
		}
	}
}

// A changingStore changes before it lists, after so many lists more.
type changingStore struct {
	store.Store
	left   int
	change func()
}

func (s *changingStore) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if s.left--; s.left == -1 {
		s.change()
	}
	return s.Store.List(ctx, scope, q)
}

// Bodies that were large once must not stay in memory.
func TestLargeBuffersAreNotKept(t *testing.T) {
	const bodies, size = 16, 4 << 20
	opts := quiet()
	opts.MaxBody = 2 * size
	api := handler.New(memory.New(), opts)
	heap := atRest(t)
	var sent, all sync.WaitGroup
	sent.Add(bodies)
	for range bodies {
		all.Go(func() {
			body := io.MultiReader(strings.NewReader(`{"x":"`+strings.Repeat("x", size)+`"}`), await{&sent})
			r := httptest.NewRequest("POST", feedbacks, body)
			r.SetBasicAuth(accountA, tokenA)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if api.ServeHTTP(w, r); w.Code != 400 {
				t.Error(w.Code, w.Body)
			}
		})
	}
	all.Wait()
	runtime.GC() // once: a pool keeps what it has for one more
	if heap.look(); heap.above() > bodies*size/1e6/4 {
		t.Errorf("%.1f MB stay in memory", heap.above())
	}
}

// await ends a body once all have been sent.
type await struct{ sent *sync.WaitGroup }

func (a await) Read([]byte) (int, error) {
	a.sent.Done()
	a.sent.Wait()
	return 0, io.EOF
}
