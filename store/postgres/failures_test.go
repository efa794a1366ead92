package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// What runs only when something has gone wrong.

func once(do func() error) error { return do() }

// loseFirst does all, and loses the first reply.
func loseFirst() func(do func() error) error {
	first := true
	return func(do func() error) error {
		err := do()
		if err == nil && first {
			first = false
			return io.ErrUnexpectedEOF
		}
		return err
	}
}

func TestARepeatedReadSaysEverythingOnce(t *testing.T) {
	db := &faulty{newPool(t, migrated(t)), once}
	st := postgres.New(db, nil)
	var fs []store.Feedback
	for range 3 {
		fs = append(fs, tagged(t, st, "a"))
	}
	db.around = loseFirst()
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != 3 || s.Tags["a"] != 3 {
		t.Errorf("Summarize: %+v, %v", s, err)
	}
	db.around = loseFirst()
	if page, err := st.List(t.Context(), scope, store.Query{Limit: 10}); err != nil || len(page.Feedbacks) != 3 {
		t.Errorf("List: %d, %v, want 3", len(page.Feedbacks), err)
	}
	db.around = loseFirst()
	if page, err := st.List(t.Context(), scope, store.Query{Limit: 2}); err != nil || len(page.Feedbacks) != 2 || page.Next == "" {
		t.Errorf("List: %d, next %q, %v, want 2 and a next", len(page.Feedbacks), page.Next, err)
	}
	db.around = loseFirst()
	if scopes, err := st.Scopes(t.Context(), store.Scope{}, 10); err != nil || len(scopes) != 1 {
		t.Errorf("Scopes: %v, %v", scopes, err)
	}
	db.around = loseFirst()
	if f, err := st.Get(t.Context(), scope, store.Ref{ID: fs[1].ID}); err != nil || !f.Equal(fs[1]) {
		t.Errorf("Get: %+v, %v, want %+v", f, err, fs[1])
	}
	lose, other := loseFirst(), postgres.New(db.DB, nil)
	db.around = func(do func() error) error {
		err := lose(do)
		if err != nil { // before it is asked for again
			if _, err := other.Delete(t.Context(), scope, store.Ref{ID: fs[1].ID}); err != nil {
				t.Error(err)
			}
		}
		return err
	}
	if f, err := st.Get(t.Context(), scope, store.Ref{ID: fs[1].ID}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get of what is gone: %+v, %v, want ErrNotFound", f, err)
	}
}

// A server that has no room, is told to stop or has lost its disk is an outage.
func TestRefusalsAreOutages(t *testing.T) {
	var wg sync.WaitGroup
	for _, code := range []string{"53300", "53200", "57P01", "57P03", "57014", "58030", "08006", "40001", "40P01", "55P03", "25006"} {
		db := &faulty{nil, func(func() error) error { return &pgconn.PgError{Severity: "FATAL", Code: code} }}
		for name, call := range calls(postgres.New(db, nil)) {
			wg.Go(func() {
				if err := call(t.Context()); !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%s: %s: %v, want ErrUnavailable", code, name, err)
				}
			})
		}
	}
	wg.Wait()
}

// What the server says that it has undone is done again, even if doing it twice would
// matter.
func TestWhatWasUndoneIsRepeated(t *testing.T) {
	for _, code := range []string{"40001", "40P01", "57P03"} {
		db := &faulty{newPool(t, migrated(t)), once}
		st := postgres.New(db, nil)
		for name, call := range map[string]func() error{
			"Put":   func() error { _, _, err := st.Put(t.Context(), vote("u", 1)); return err },
			"Erase": func() error { _, err := st.Erase(t.Context(), scope, store.Filter{UserID: "u"}); return err },
		} {
			tries, which := 0, map[string]int{"Put": 1, "Erase": 2} // it looks first
			db.around = func(do func() error) error {
				err := do()
				if tries++; err == nil && tries == which[name] {
					err = &pgconn.PgError{Code: code}
				}
				return err
			}
			if err := call(); err != nil {
				t.Errorf("%s after %s: %v", name, code, err)
			}
		}
	}
}

// The server's clock is an hour ahead of what the store takes it for.
func TestAJumpOfTheServersClock(t *testing.T) {
	url := migrated(t)
	admin := newPool(t, url)
	exec(t, admin, "CREATE TABLE skew AS SELECT interval '0' AS ahead")
	exec(t, admin, "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM public.skew'")
	for name, write := range map[string]func(st store.Store) error{
		"Put": func(st store.Store) error { _, _, err := st.Put(t.Context(), vote("u", 1)); return err },
		"Delete": func(st store.Store) error {
			_, err := st.Delete(t.Context(), scope, store.Ref{Key: vote("u", 1).Key})
			return err
		},
		"Erase": func(st store.Store) error {
			n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "u"})
			if err == nil && n != 1 {
				err = fmt.Errorf("%d erased", n)
			}
			return err
		},
	} {
		exec(t, admin, "UPDATE skew SET ahead = '0'")
		st := postgres.New(newPool(t, url+"&search_path=public,pg_catalog"), nil)
		if _, _, err := st.Put(t.Context(), vote("u", 0)); err != nil {
			t.Fatal(err)
		}
		exec(t, admin, "UPDATE skew SET ahead = '1 hour'")
		if err := write(st); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f, err := st.Get(t.Context(), scope, store.Ref{Key: vote("u", 0).Key})
		if name == "Put" && f.Score != 1 || name != "Put" && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s is not done: %+v, %v", name, f, err)
		}
	}
}

// A vote whose caller has given up is not done, though it shares a statement with
// others who wait.
func TestADeadlineHoldsInABatch(t *testing.T) {
	db := &faulty{newPool(t, migrated(t)), once}
	st := postgres.New(db, nil)
	if _, _, err := st.Put(t.Context(), vote("first", 1)); err != nil {
		t.Fatal(err)
	}
	var statements atomic.Int64
	leads, follow := make(chan bool), make(chan bool)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	db.around = func(do func() error) error {
		switch statements.Add(1) {
		case 1: // the leader's
			leads <- true
			<-follow
		case 2: // the others', slow on its way
			<-ctx.Done()
		}
		return do()
	}
	var wg, arrived sync.WaitGroup
	arrived.Add(2)
	put := func(ctx context.Context, user string, late bool) {
		if user != "leader" {
			arrived.Done()
		}
		if _, _, err := st.Put(ctx, vote(user, 1)); (err != nil) != late {
			t.Errorf("%s: %v", user, err)
		}
	}
	wg.Go(func() { put(t.Context(), "leader", false) })
	<-leads
	wg.Go(func() { put(ctx, "late", true) })
	wg.Go(func() { put(t.Context(), "patient", false) })
	arrived.Wait()
	close(follow)
	wg.Wait()
	if _, err := st.Get(t.Context(), scope, store.Ref{Key: vote("late", 1).Key}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it was done after its deadline: %v", err)
	}
	if _, err := st.Get(t.Context(), scope, store.Ref{Key: vote("patient", 1).Key}); err != nil {
		t.Error(err)
	}
}

// Five callers create one ID while a statement is under way: one of them does, and all
// are told what it says.
func TestCreatesOfOneID(t *testing.T) {
	db := &faulty{newPool(t, migrated(t)), once}
	st := postgres.New(db, nil)
	leads, follow := make(chan bool), make(chan bool)
	var statements atomic.Int64
	db.around = func(do func() error) error {
		if statements.Add(1) == 1 {
			leads <- true
			<-follow
		}
		return do()
	}
	var wg, arrived sync.WaitGroup
	wg.Go(func() {
		if _, err := st.Create(t.Context(), record("the leader")); err != nil {
			t.Error(err)
		}
	})
	<-leads
	id := store.NewID(time.Now())
	told := make(chan string, 5)
	arrived.Add(5)
	for i := range 5 {
		wg.Go(func() {
			f := record(fmt.Sprint(i))
			f.ID = id
			arrived.Done()
			f, err := st.Create(t.Context(), f)
			if err != nil {
				t.Error(err)
			}
			told <- f.Text
		})
	}
	arrived.Wait()
	close(follow)
	wg.Wait()
	f, err := st.Get(t.Context(), scope, store.Ref{ID: id})
	for range 5 {
		if text := <-told; err != nil || text != f.Text {
			t.Errorf("a caller was told %q; stored is %q, %v", text, f.Text, err)
		}
	}
}

// A record that is there when it is to be added, and gone when it is read, is added.
func TestACreateOfWhatVanishes(t *testing.T) {
	pool := newPool(t, migrated(t))
	db := &faulty{pool, once}
	st, other := postgres.New(db, nil), postgres.New(pool, nil)
	f, err := other.Create(t.Context(), record(""))
	if err != nil {
		t.Fatal(err)
	}
	statements := 0
	db.around = func(do func() error) error {
		if statements++; statements == 2 {
			if _, err := other.Delete(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
				t.Error(err)
			}
		}
		return do()
	}
	if _, err := st.Create(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Get(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
		t.Errorf("acknowledged, and not there: %v", err)
	}
	if statements < 3 {
		t.Errorf("%d statements: nothing has vanished", statements)
	}
}

// A Rebuild is bounded by its context alone, also while it waits for another.
func TestARebuildOutlastsTimeout(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, &postgres.Options{Timeout: 200 * time.Millisecond})
	tagged(t, st, "a")
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock($1::bigint)", postgres.RebuildLock); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		time.Sleep(time.Second) // five times Timeout
		tx.Rollback(context.Background())
	})
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

// Reading leaves its connection to the next one, also when there is more to read.
func TestReadingKeepsItsConnection(t *testing.T) {
	pool := newPool(t, migrated(t), func(c *pgxpool.Config) { c.MaxConns = 1 })
	st := postgres.New(pool, nil)
	for range 5 {
		tagged(t, st, "a")
	}
	before := pool.Stat().NewConnsCount()
	for range 20 {
		if _, err := st.List(t.Context(), scope, store.Query{Limit: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := st.Summarize(t.Context(), scope, store.SummaryQuery{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := pool.Stat().NewConnsCount() - before; n > 0 {
		t.Errorf("%d new connections", n)
	}
}

// The planner's settings end with their statement: others use the pool too.
func TestSettingsAreGoneWithTheirStatement(t *testing.T) {
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		pool := newPool(t, migrated(t)+"&default_query_exec_mode="+mode, func(c *pgxpool.Config) { c.MaxConns = 1 })
		show := func() string {
			rows, _ := pool.Query(t.Context(), "SELECT name || setting FROM pg_settings WHERE source = 'session' OR name LIKE 'enable%' ORDER BY 1") // its error is also rows'
			settings, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(settings)
		}
		before := show()
		for name, call := range calls(postgres.New(pool, nil)) {
			if err := call(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if after := show(); after != before {
				t.Errorf("%s, %s leaves %s, was %s", mode, name, after, before)
			}
		}
	}
}
