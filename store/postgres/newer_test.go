package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// rows are all that is stored, as text.
func rows(t *testing.T, pool *pgxpool.Pool) (all string) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), `SELECT concat_ws(E'\n', string_agg(f::text, E'\n' ORDER BY id), (SELECT string_agg(r::text, E'\n' ORDER BY tag) FROM feedbacks_rollups r),
		(SELECT string_agg(d::text, E'\n' ORDER BY position, tag) FROM feedbacks_deltas d)) FROM feedbacks f`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// What a newer version wrote fails the calls that meet it, and is left alone.
func TestNewerRecordsAreLeftAlone(t *testing.T) {
	for _, of := range []struct{ column, value string }{
		{"details", `{"v": 2, "metadata": ["another", "form"]}`}, {"details", `{"sentiment": "angry"}`},
		{"staff", `{"v": 2, "review": ["another", "form"]}`}, {"staff", `{"assignee": "bob"}`},
	} {
		pool := newPool(t, migrated(t))
		st := postgres.New(pool, nil)
		newer, older := vote("newer", 0.25), vote("older", 0.25)
		newer.Text = "x"
		for _, f := range []store.Feedback{newer, older} {
			if _, err := st.Create(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		exec(t, pool, "UPDATE feedbacks SET "+of.column+" = $1::text::jsonb WHERE user_id = 'newer'", of.value)
		before := rows(t, pool)
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
		only := map[string][]store.Filter{"details": {{HasCorrection: &no}, {Text: "x"}, {Metadata: store.Pair{Name: "a", Value: "b"}}}, "staff": {{Handled: &no}, {Handled: new(true)}}}[of.column]
		for _, f := range append(only, store.Filter{SessionID: "s"}, store.Filter{UserID: "newer"}) {
			if n, err := st.Erase(t.Context(), scope, f); n != 0 || !errors.Is(err, store.ErrNewerVersion) {
				t.Errorf("Erase of %+v with %s: %d, %v; want ErrNewerVersion", f, of.value, n, err)
			}
		}
		if after := rows(t, pool); after != before {
			t.Errorf("there was\n%s\nand is\n%s", before, after)
		}
		if n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "older"}); n != 1 || err != nil {
			t.Errorf("Erase of the other: %d, %v", n, err)
		}
	}
}

// Those who share a statement with who meets a newer record do not.
func TestANewerRecordFailsItsCallerAlone(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	if _, err := st.Create(t.Context(), vote("7", 0.25)); err != nil {
		t.Fatal(err)
	}
	exec(t, pool, `UPDATE feedbacks SET details = '{"v": 2}'`)
	blocked(t, pool, 50, func(i int) {
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
	postgres.SmallWindows(t)
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	for range 10 { // several chunks
		if _, err := st.Create(t.Context(), record("")); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, pool, `UPDATE feedbacks SET details = '{"v": 2}' WHERE id = (SELECT max(id::text)::uuid FROM feedbacks)`)
	if n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != 0 || !errors.Is(err, store.ErrNewerVersion) {
		t.Errorf("Erase: %d, %v; want ErrNewerVersion", n, err)
	}
}

// An Erase looks before it starts; what a newer version writes then is not erased.
func TestARecordThatBecomesNewerIsNotErased(t *testing.T) {
	db := &faulty{DB: newPool(t, migrated(t)), around: func(do func() error) error { return do() }}
	st := postgres.New(db, nil)
	for range 2 {
		if _, err := st.Create(t.Context(), record("")); err != nil {
			t.Fatal(err)
		}
	}
	sent := 0
	db.around = func(do func() error) error {
		if sent++; sent == 2 {
			exec(t, db.DB.(*pgxpool.Pool), `UPDATE feedbacks SET details = '{"v": 2}' WHERE id = (SELECT max(id::text)::uuid FROM feedbacks)`)
		}
		return do()
	}
	if n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != 0 || !errors.Is(err, store.ErrNewerVersion) {
		t.Errorf("Erase: %d, %v; want ErrNewerVersion", n, err)
	}
	if s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{}); err != nil || s.Count != 2 {
		t.Errorf("%d records, %v; want both", s.Count, err)
	}
}

// A condition that was added to Filter and forgotten here must not select all.
func TestAForgottenConditionIsAnError(t *testing.T) {
	st := newStore(t)
	if _, err := st.Create(t.Context(), record("note")); err != nil {
		t.Fatal(err)
	}
	postgres.Forget(t, sqlfilter.Comparison{Field: store.Text, Op: store.Present})
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
	if s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{}); err != nil || s.Count != 1 {
		t.Errorf("%d records, %v; want the one", s.Count, err)
	}
}
