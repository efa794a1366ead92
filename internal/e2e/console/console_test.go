// Package console tests the console in a browser: what people see in its pages,
// and what they do there.
package console

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

func TestMain(m *testing.M) { browser.Main(m) }

const pageSize = 25 // records of a list

var (
	scope = store.Scope{Account: "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Assistant: "aia_asst_1"}
	now   = time.Date(2026, 11, 22, 10, 20, 30, 0, time.UTC)
)

// onEveryStore runs a test on an empty store of each kind.
func onEveryStore(t *testing.T, test func(*testing.T, store.Store)) {
	t.Run("memory", func(t *testing.T) { test(t, memory.New()) })
	t.Run("postgres", func(t *testing.T) {
		address := testserver.Postgres(t, "migrated", func(ctx context.Context, address string) error {
			pool, err := pgxpool.New(ctx, address)
			if err != nil {
				return err
			}
			defer pool.Close()
			return postgres.Migrate(ctx, pool, nil)
		})
		pool, err := pgxpool.New(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		test(t, postgres.New(pool, nil))
	})
}

// add stores a feedback of the assistant, made now unless it has an ID.
func add(t *testing.T, st store.Store, f store.Feedback) store.Feedback {
	t.Helper()
	if f.Scope == (store.Scope{}) {
		f.Scope = scope
	}
	if f.ID == "" {
		f.ID = store.NewID(now)
	}
	if f.SessionID == "" {
		f.SessionID = "demo"
	}
	f, err := st.Create(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// addMany stores n feedbacks that differ, three hours apart and the last of them
// now, and returns them as a list has them: the newest first.
func addMany(t *testing.T, st store.Store, n int) []store.Feedback {
	t.Helper()
	fs := make([]store.Feedback, n)
	for i := range n {
		f := store.Feedback{
			ID:        store.NewID(now.Add(time.Duration(i+1-n) * 3 * time.Hour)),
			SessionID: fmt.Sprint("session ", i%7), Score: float64(i%5) / 4,
		}
		if i%2 == 0 {
			f.MessageID, f.UserID, f.Text = fmt.Sprint("message ", i%11), fmt.Sprint("user ", i%3), fmt.Sprint("note ", i)
		}
		if i%3 == 0 {
			f.Tags = []string{"late", fmt.Sprint("tag ", i%4)}
		}
		fs[n-1-i] = add(t, st, f)
	}
	return fs
}

// A server serves a console below a prefix, to everybody as the one account.
type server struct{ url string }

func serve(t *testing.T, st store.Store, change ...func(*console.Options)) server {
	t.Helper()
	opts := &console.Options{
		Authenticate: func(*http.Request) (handler.Principal, error) { return handler.Principal{Account: scope.Account}, nil },
		Logger:       slog.New(slog.DiscardHandler),
		Now:          func() time.Time { return now },
	}
	for _, f := range change {
		f(opts)
	}
	mux := http.NewServeMux()
	mux.Handle("/console/", console.New(st, opts))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return server{s.URL + "/console/"}
}

func deleting(o *console.Options) { o.MayDelete = func(handler.Principal) bool { return true } }

// at returns the address of a page about the assistant, with parameters given as
// names and values.
func (s server) at(page string, params ...string) string {
	q := url.Values{"Assistant": {scope.Assistant}}
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	return s.url + page + "?" + q.Encode()
}

// visit does what leads to another page, and waits for that.
func visit(p *browser.Page, do func()) {
	p.Exec("window.left = true")
	do()
	p.Until(`!window.left && document.readyState === "complete"`)
}

// follow clicks a link or button that leads to another page.
func follow(p *browser.Page, selector string) { visit(p, func() { p.Click(selector) }) }

// has reports whether the page has an element.
func has(p *browser.Page, selector string) bool {
	return browser.Eval[bool](p, browser.In(selector)+" != null")
}

// texts returns what is in each of the elements, with single spaces.
func texts(p *browser.Page, selector string) []string {
	return browser.Eval[[]string](p, "[...document.querySelectorAll("+quote(selector)+`)].map((e) => e.textContent.trim().replace(/\s+/g, " "))`)
}

// shown returns the ids of the records in the page.
func shown(p *browser.Page) []string {
	return browser.Eval[[]string](p, `[...document.querySelectorAll(".card .when a")].map((a) => new URL(a.href).searchParams.get("Id"))`)
}

// ids returns those of the records that a condition selects, all for nil.
func ids(fs []store.Feedback, selects func(store.Feedback) bool) []string {
	list := []string{}
	for _, f := range fs {
		if selects == nil || selects(f) {
			list = append(list, f.ID)
		}
	}
	return list
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
