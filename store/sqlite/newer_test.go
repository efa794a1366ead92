package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// rows are all that is stored, as text.
func rows(t *testing.T, c *sql.Conn) string {
	t.Helper()
	return one(t, c, `SELECT (SELECT group_concat(concat_ws('/', hex(id), user_id, score, text, tags, updated_at, details, staff), ' ') FROM feedbacks)
		|| (SELECT group_concat(concat_ws('/', day, count, sum), ' ') FROM feedbacks_days)`)
}

// What a newer version wrote fails the calls that meet it, and is left alone.
func TestNewerRecordsAreLeftAlone(t *testing.T) {
	for _, of := range []struct{ column, value string }{
		{"details", `{"v": 2, "metadata": ["another", "form"]}`}, {"details", `{"sentiment": "angry"}`},
		{"staff", `{"v": 2, "review": ["another", "form"]}`}, {"staff", `{"assignee": "bob"}`},
	} {
		path := testserver.File(t)
		st, c := open(t, path, nil), other(t, path)
		newer, older := vote("newer", 0.25), vote("older", 0.25)
		newer.Text = "x"
		create(t, st, newer)
		create(t, st, older)
		exec(t, c, "UPDATE feedbacks SET "+of.column+" = ? WHERE user_id = 'newer'", of.value)
		before := rows(t, c)
		for name, call := range map[string]func() error{
			"Get":           func() error { _, err := st.Get(t.Context(), scope, store.Ref{ID: newer.ID}); return err },
			"Create":        func() error { _, err := st.Create(t.Context(), vote("newer", 1)); return err },
			"Put":           func() error { _, _, err := st.Put(t.Context(), vote("newer", 1)); return err },
			"Replace":       func() error { _, err := st.Replace(t.Context(), newer, newer); return err },
			"Delete":        func() error { _, err := st.Delete(t.Context(), scope, store.Ref{ID: newer.ID}); return err },
			"Delete by key": func() error { _, err := st.Delete(t.Context(), scope, store.Ref{Key: newer.Key}); return err },
			"List":          func() error { _, err := st.List(t.Context(), scope, store.Query{Limit: 10}); return err },
		} {
			if err := call(); !errors.Is(err, store.ErrNewerVersion) || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s with %s: %v, want ErrNewerVersion", name, of.value, err)
			}
		}
		no := false
		only := map[string][]store.Filter{"details": {{HasCorrection: &no}, {Metadata: store.Pair{Name: "a", Value: "b"}}}, "staff": {{Handled: &no}, {Handled: new(true)}}}[of.column]
		for _, f := range append(only, store.Filter{SessionID: "s"}, store.Filter{UserID: "newer"}) {
			if n, err := st.Erase(t.Context(), scope, f); n != 0 || !errors.Is(err, store.ErrNewerVersion) {
				t.Errorf("Erase of %+v with %s: %d, %v; want ErrNewerVersion", f, of.value, n, err)
			}
		}
		if err := st.Rebuild(t.Context(), scope); err != nil { // what is counted is known
			t.Error(err)
		}
		if after := rows(t, c); after != before {
			t.Errorf("there was\n%s\nand is\n%s", before, after)
		}
		if n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "older"}); n != 1 || err != nil {
			t.Errorf("Erase of the other: %d, %v", n, err)
		}
	}
}

// Those who share a transaction with who meets a newer record do not.
func TestANewerRecordFailsItsCallerAlone(t *testing.T) {
	path := testserver.File(t)
	st, c := open(t, path, nil), other(t, path)
	create(t, st, vote("7", 0.25))
	exec(t, c, `UPDATE feedbacks SET details = '{"v": 2}'`)
	blocked(t, c, 50, func(i int) {
		_, _, err := st.Put(t.Context(), vote(fmt.Sprint(i), 1))
		_, err2 := st.Create(t.Context(), vote(fmt.Sprint(i), 1))
		for _, err := range []error{err, err2} {
			if i == 7 && !errors.Is(err, store.ErrNewerVersion) || i != 7 && err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
		}
	})
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != 50 || s.Negative != 1 {
		t.Errorf("%d records, %d as at first, %v; want 50 and 1", s.Count, s.Negative, err)
	}
}

func TestEraseLooksBeforeItStarts(t *testing.T) {
	sqlite.SmallWindows(t)
	path := testserver.File(t)
	st := open(t, path, nil)
	for range 10 { // several chunks
		create(t, st, record(""))
	}
	exec(t, other(t, path), `UPDATE feedbacks SET details = '{"v": 2}' WHERE id = (SELECT max(id) FROM feedbacks)`)
	if n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != 0 || !errors.Is(err, store.ErrNewerVersion) {
		t.Errorf("Erase: %d, %v; want ErrNewerVersion", n, err)
	}
}

// An Erase looks before it starts; what a newer version writes then is not erased,
// nor what else is in its chunk.
func TestARecordThatBecomesNewerIsNotErased(t *testing.T) {
	path := testserver.File(t)
	st, c := open(t, path, nil), other(t, path)
	create(t, st, record(""))
	create(t, st, record(""))
	exec(t, c, "BEGIN IMMEDIATE")
	exec(t, c, `UPDATE feedbacks SET details = '{"v": 2}' WHERE id = (SELECT max(id) FROM feedbacks)`)
	erased := make(chan error)
	sqlite.WhenWaiting(t, func() { exec(t, c, "COMMIT") }) // the look is over
	go func() {
		n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"})
		if n != 0 {
			t.Errorf("%d were erased", n)
		}
		erased <- err
	}()
	if err := <-erased; !errors.Is(err, store.ErrNewerVersion) {
		t.Errorf("Erase: %v, want ErrNewerVersion", err)
	}
	if n := count(t, st); n != 2 {
		t.Errorf("%d records; want both", n)
	}
}

// A condition that was added to Filter and forgotten here must not select all.
func TestAForgottenConditionIsAnError(t *testing.T) {
	st := newStore(t)
	create(t, st, record("note"))
	sqlite.Forget(t, sqlfilter.Comparison{Field: store.Text, Op: store.Present})
	no := false
	f := store.Filter{HasText: &no}
	for name, call := range map[string]func(ctx context.Context) error{
		"Erase": func(ctx context.Context) error { _, err := st.Erase(ctx, scope, f); return err },
		"List": func(ctx context.Context) error {
			_, err := st.List(ctx, scope, store.Query{Filter: f, Limit: 1})
			return err
		},
		"Summarize": func(ctx context.Context) error {
			_, err := st.Summarize(ctx, scope, store.SummaryQuery{Filter: f})
			return err
		},
	} {
		if err := call(t.Context()); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	if n := count(t, st); n != 1 {
		t.Errorf("%d records; want the one", n)
	}
}

// Rebuild mends counts, and takes away those of what is not there.
func TestRebuild(t *testing.T) {
	path := testserver.File(t)
	st, c := open(t, path, nil), other(t, path)
	for _, tag := range []string{"a", "b", "b"} {
		f := record("")
		f.Tags = []string{tag}
		create(t, st, f)
	}
	exec(t, c, "UPDATE feedbacks SET tags = 'c' WHERE tags = 'a'")
	exec(t, c, "INSERT INTO feedbacks_days SELECT scope, 7, count, sum, positive, negative, with_text, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, uncounted, tags FROM feedbacks_days")
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != 3 || fmt.Sprint(s.Tags) != "map[b:2 c:1]" {
		t.Errorf("%+v, %v", s, err)
	}
	intact(t, path, st)
}

// People see the API's names and values.
func TestFeedbacksView(t *testing.T) {
	path := testserver.File(t)
	st := open(t, path, nil)
	f := vote("u", 0.25)
	f.Tags, f.Metadata, f.Correction = []string{"a", "b"}, map[string]string{"model": "m"}, "better"
	f = create(t, st, f)
	got := one(t, other(t, path), `SELECT concat_ws('|', account_sid, assistant_id, id, user_id, score, tags, metadata, correction, vote, created_at) FROM feedbacks_view`)
	want := strings.Join([]string{"AC1|aia_asst_1", f.ID, `u|0.25|a, b|{"model":"m"}|better|1`, f.CreatedAt().Format("2006-01-02T15:04:05.000Z")}, "|")
	if got != want {
		t.Errorf("it shows %s, want %s", got, want)
	}
}
