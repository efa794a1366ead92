package bench

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// manyTags has what tags without bound cost: an assistant with 100,000 distinct
// tags today, whose records bring ten new ones each, beside one whose records all
// bear the same ten. Eight callers post, one more posts for another assistant at
// the same time, and then the summary is taken.
var manyTags = []measurement{
	tagged("PostgreSQL", 250, func(tb testing.TB) store.Store {
		pool := connect(tb, startPostgres(tb).URL)
		if err := postgres.Migrate(tb.Context(), pool, nil); err != nil {
			tb.Fatal(err)
		}
		return postgres.New(pool, nil)
	}),
	tagged("Redis", 100, openRedis),
	tagged("memory", 100, func(testing.TB) store.Store { return memory.New() }),
}

func tagged(name string, summary float64, open func(testing.TB) store.Store) measurement {
	m := measurement{name: name + ", one scope, 100,000 distinct tags", rows: []row{
		{unit: "median µs", of: "new tags", against: "same tags", atMost: true, reach: 1.5, aim: 1},
		{unit: "p99 ms", of: "new tags", against: "same tags", atMost: true, reach: 1.5, aim: 1},
		{unit: "p99 ms, another scope", of: "new tags", against: "same tags", atMost: true, reach: 1.5, aim: 1},
		{unit: "ms, summary", of: "new tags", atMost: true, reach: summary, aim: 10},
	}}
	m.open = func(tb testing.TB) []contender {
		h := handler.New(open(tb), &handler.Options{Logger: slog.New(slog.DiscardHandler)})
		var n atomic.Int64 // tags
		fresh := func() (tags []string) {
			for range 10 {
				tags = append(tags, fmt.Sprint("trace-", n.Add(1)))
			}
			return tags
		}
		same := fresh()
		records := 10_000
		if *rounds == 0 {
			records = 100
		}
		contend := func(name string, tags func() []string) contender {
			each(records, func() error { return postTags(h, name, tags()) }, tb)
			return contender{name, func(tb testing.TB, d time.Duration) figures {
				return taggedOnce(tb, h, name, tags, d)
			}}
		}
		return []contender{contend("new tags", fresh), contend("same tags", func() []string { return same })}
	}
	return m
}

// taggedOnce has posts of one assistant and of another for d, and then a summary.
func taggedOnce(tb testing.TB, h http.Handler, assistant string, tags func() []string, d time.Duration) figures {
	var others figures
	var other sync.WaitGroup
	other.Go(func() {
		others = call(tb, 1, d, func(context.Context) error { return postTags(h, "another", []string{"a", "b"}) })
	})
	f := call(tb, 8, d, func(context.Context) error { return postTags(h, assistant, tags()) })
	other.Wait()
	f["p99 ms, another scope"] = others["p99 ms"]
	start := time.Now()
	if w := request(h, "GET", assistant, "/Summary", ""); w.Code != 200 {
		tb.Fatalf("the summary is %d: %s", w.Code, w.Body)
	}
	f["ms, summary"] = time.Since(start).Seconds() * 1e3
	return f
}

func postTags(h http.Handler, assistant string, tags []string) error {
	w := request(h, "POST", assistant, "", `{"session_id":"demo","score":1,"tags":["`+strings.Join(tags, `","`)+`"]}`)
	if w.Code != 201 {
		return fmt.Errorf("POST answered %d: %s", w.Code, w.Body)
	}
	return nil
}

func request(h http.Handler, method, assistant, rest, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/v1/Assistants/"+strings.ReplaceAll(assistant, " ", "-")+"/Feedbacks"+rest, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// each does n operations by 64 callers.
func each(n int, op func() error, tb testing.TB) {
	var left atomic.Int64
	left.Store(int64(n))
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			for left.Add(-1) >= 0 && !tb.Failed() {
				if err := op(); err != nil {
					tb.Error(err)
				}
			}
		})
	}
	callers.Wait()
}
