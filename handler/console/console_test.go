package console_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const accountA, accountB, assistant = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "aia_asst_1"

var now = time.Date(2026, 11, 22, 10, 20, 30, 0, time.UTC)

// options are for accounts A and B, both with the password "secret".
func options() *console.Options {
	return &console.Options{
		Authenticate: handler.BasicAuth(func(_ context.Context, account string) ([]string, error) {
			return map[string][]string{accountA: {"secret"}, accountB: {"secret"}}[account], nil
		}),
		Logger: slog.New(slog.DiscardHandler),
		Now:    func() time.Time { return now },
	}
}

// anyone may delete.
func anyone(handler.Principal) bool { return true }

// add stores a feedback, by default of account A's assistant.
func add(t testing.TB, st store.Store, f store.Feedback) store.Feedback {
	t.Helper()
	if f.Scope == (store.Scope{}) {
		f.Scope = store.Scope{Account: accountA, Assistant: assistant}
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

// addMany stores n feedbacks that differ, a minute apart, the last of them now.
func addMany(t testing.TB, st store.Store, n int) (fs []store.Feedback) {
	t.Helper()
	for i := range n {
		f := store.Feedback{
			ID:        store.NewID(now.Add(time.Duration(i+1-n) * time.Minute)),
			SessionID: fmt.Sprint("session ", i%7), Score: float64(i%5) / 4,
		}
		if i%2 == 0 {
			f.MessageID, f.UserID = fmt.Sprint("message ", i%11), fmt.Sprint("user ", i%3)
		}
		if i%3 == 0 {
			f.Text, f.Tags = fmt.Sprint("note ", i), []string{"late", fmt.Sprint("tag ", i%4)}
		}
		if i%4 == 0 {
			f.Correction, f.Metadata = fmt.Sprint("correction ", i), map[string]string{"model": fmt.Sprint("m:", i%8), "trace_id": fmt.Sprint(i)}
		}
		fs = append(fs, add(t, st, f))
	}
	return fs
}

// at returns a page's address, with parameters given as names and values.
func at(name string, params ...string) string {
	q := url.Values{"Assistant": {assistant}}
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	return name + "?" + q.Encode()
}

func memoryWith(t testing.TB, n int) (store.Store, []store.Feedback) {
	st := memory.New()
	return st, addMany(t, st, n)
}
