package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

var scope = store.Scope{Account: "AC1", Assistant: "aia_asst_1"}

func record(text string) store.Feedback {
	return store.Feedback{Scope: scope, ID: store.NewID(time.Now()), SessionID: "s", Score: 0.5, Text: text}
}

func vote(user string, score float64) store.Feedback {
	return store.Feedback{Scope: scope, ID: store.NewID(time.Now()), Key: store.VoteKey("s", "m", user),
		SessionID: "s", MessageID: "m", UserID: user, Score: score}
}

// calls are one of each that a store answers.
func calls(st store.Store) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Create":    func(ctx context.Context) error { _, err := st.Create(ctx, record("")); return err },
		"Put":       func(ctx context.Context) error { _, _, err := st.Put(ctx, vote("u", 1)); return err },
		"Replace":   func(ctx context.Context) error { f := record(""); return absent(st.Replace(ctx, f, f)) },
		"Get":       func(ctx context.Context) error { return absent(st.Get(ctx, scope, store.Ref{ID: record("").ID})) },
		"Delete":    func(ctx context.Context) error { return absent(st.Delete(ctx, scope, store.Ref{ID: record("").ID})) },
		"List":      func(ctx context.Context) error { _, err := st.List(ctx, scope, store.Query{Limit: 1}); return err },
		"Summarize": func(ctx context.Context) error { _, err := st.Summarize(ctx, scope, store.SummaryQuery{}); return err },
		"Erase":     func(ctx context.Context) error { _, err := st.Erase(ctx, scope, store.Filter{UserID: "x"}); return err },
		"Scopes":    func(ctx context.Context) error { _, err := st.Scopes(ctx, store.Scope{}, 1); return err },
	}
}

// writes are the calls that need the file's lock.
var writes = map[string]bool{"Create": true, "Put": true, "Replace": true, "Delete": true, "Erase": true}

func absent(_ store.Feedback, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func create(t testing.TB, st store.Store, f store.Feedback) store.Feedback {
	t.Helper()
	f, err := st.Create(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// count returns how many records a summary counts.
func count(t testing.TB, st store.Store) int64 {
	t.Helper()
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Count
}

// other returns a connection of somebody else's to the file.
func other(t testing.TB, path string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		db.Close()
	})
	return c
}

func exec(t testing.TB, c *sql.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := c.ExecContext(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// one returns what a query for one text returns.
func one(t testing.TB, c *sql.Conn, sql string) (s string) {
	t.Helper()
	if err := c.QueryRowContext(context.Background(), sql).Scan(&s); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return s
}

// holds asserts that the store has what is kept, and counts nothing else.
func holds(t testing.TB, st *sqlite.Store, kept []store.Feedback, when string) {
	t.Helper()
	for _, f := range kept {
		if got, err := st.Get(t.Context(), scope, store.Ref{ID: f.ID}); err != nil || !got.Equal(f) {
			t.Fatalf("%s a record is lost or changed: %v", when, err)
		}
	}
	if n := count(t, st); n != int64(len(kept)) {
		t.Errorf("%s %d records are counted, of %d", when, n, len(kept))
	}
}

// intact asserts that the file is, and that its counts are those of its records.
func intact(t testing.TB, path string, st *sqlite.Store) {
	t.Helper()
	c := other(t, path)
	if s := one(t, c, "PRAGMA integrity_check"); s != "ok" {
		t.Errorf("integrity_check: %s", s)
	}
	const counts = `SELECT coalesce(group_concat(c, ' '), '') FROM (SELECT concat_ws('/', scope, day, '', count, sum, positive, negative, with_text, h0, h5, h9, uncounted, tags) AS c FROM feedbacks_days
		UNION ALL SELECT concat_ws('/', scope, day, tag, count, sum, positive, negative, with_text, h0, h5, h9) FROM feedbacks_tags ORDER BY 1)`
	before := one(t, c, counts)
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	if after := one(t, c, counts); after != before {
		t.Errorf("counts were\n%s\nand of the records they are\n%s", before, after)
	}
}

// blocked calls do n times at once while nothing can be written, lets them all
// arrive, and then waits for them.
func blocked(t testing.TB, c *sql.Conn, n int, do func(i int)) {
	t.Helper()
	exec(t, c, "BEGIN IMMEDIATE")
	var arrived, done sync.WaitGroup
	arrived.Add(n)
	for i := range n {
		done.Go(func() {
			arrived.Done()
			do(i)
		})
	}
	arrived.Wait()
	exec(t, c, "ROLLBACK")
	done.Wait()
}
