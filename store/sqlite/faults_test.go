package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// Another process that holds the file's lock is waited for, and for no longer than
// the caller or Options.Timeout allows.
func TestAFileThatIsBusyIsUnavailableAndPasses(t *testing.T) {
	path := testserver.File(t)
	patient := open(t, path, nil)
	kept := create(t, patient, record("kept"))
	st := open(t, path, &sqlite.Options{Timeout: 2 * time.Second}) // for what must fail
	c := other(t, path)
	exec(t, c, "BEGIN IMMEDIATE")
	var done sync.WaitGroup
	for name, call := range calls(st) {
		if !writes[name] {
			call = calls(patient)[name]
		}
		done.Go(func() {
			if err := call(t.Context()); writes[name] && !errors.Is(err, store.ErrUnavailable) || !writes[name] && err != nil {
				t.Errorf("%s while the file is busy: %v", name, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if err := call(ctx); writes[name] && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s while the file is busy, with a deadline: %v", name, err)
			}
		})
	}
	done.Wait()
	exec(t, c, "ROLLBACK")
	if n := count(t, patient); n != 1 {
		t.Errorf("%d records, want the one that was acknowledged", n)
	}
	create(t, st, record("who was refused"))
	blocked(t, c, 8, func(i int) {
		if _, _, err := patient.Put(t.Context(), vote(fmt.Sprint(i), 1)); err != nil {
			t.Errorf("who waits: %v", err)
		}
	})
	if f, err := patient.Get(t.Context(), scope, store.Ref{ID: kept.ID}); err != nil || f.Text != "kept" {
		t.Errorf("%+v, %v", f, err)
	}
	intact(t, path, patient)
}

// A write whose caller has given up is not done, though its transaction is: it
// could undo what others wrote since.
func TestWhatComesTooLateUndoesNothing(t *testing.T) {
	path := testserver.File(t)
	st := open(t, path, nil)
	c := other(t, path)
	for sent := false; !sent; { // until the late one was in a batch
		voted, _, err := st.Put(t.Context(), vote("late", 1))
		if err != nil {
			t.Fatal(err)
		}
		exec(t, c, "BEGIN IMMEDIATE")
		first, leave := context.WithCancel(t.Context())
		late, giveUp := context.WithCancel(t.Context())
		var wg, before sync.WaitGroup
		before.Go(func() { st.Create(first, record("")) }) // holds up the others, and then leaves
		var deleted, replaced, stayed error
		wg.Go(func() { _, stayed = st.Create(t.Context(), record("")) })
		for _, write := range []func(){
			func() { _, deleted = st.Delete(late, scope, store.Ref{Key: voted.Key}) },
			func() { _, _, replaced = st.Put(late, vote("late", 0)) },
		} {
			wg.Go(write)
		}
		leave()
		before.Wait()
		giveUp()
		exec(t, c, "ROLLBACK")
		wg.Wait()
		if stayed != nil {
			t.Errorf("who stayed: %v", stayed)
		}
		for _, err := range []error{deleted, replaced} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("who gave up: %v, want its context's error", err)
			}
		}
		sent = errors.Is(deleted, store.ErrUnavailable) && errors.Is(replaced, store.ErrUnavailable)
		if f, err := st.Get(t.Context(), scope, store.Ref{Key: voted.Key}); err != nil || f.Score != 1 {
			t.Fatalf("the vote is %v, %v; want it as it was", f.Score, err)
		}
	}
	intact(t, path, st)
}

// What SQLite refuses for one of a batch fails that one alone.
func TestOneThatFailsFailsAlone(t *testing.T) {
	path := testserver.File(t)
	st := open(t, path, nil)
	c := other(t, path)
	exec(t, c, `CREATE TRIGGER refused BEFORE INSERT ON feedbacks WHEN new.user_id = '7' BEGIN SELECT RAISE(ABORT, 'refused'); END`)
	blocked(t, c, 50, func(i int) {
		f := vote(fmt.Sprint(i), 1)
		f.Tags = []string{"all"}
		_, _, err := st.Put(t.Context(), f)
		if i == 7 && (err == nil || errors.Is(err, store.ErrUnavailable)) || i != 7 && err != nil {
			t.Errorf("caller %d: %v", i, err)
		}
	})
	if n := count(t, st); n != 49 {
		t.Errorf("%d records, want 49", n)
	}
	intact(t, path, st)
}

// Contexts that end at any time break no connection, and undo nothing that was
// acknowledged.
func TestContextsThatEndBreakNothing(t *testing.T) {
	path := testserver.File(t)
	st := open(t, path, nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[string]float64{}
	for worker := range 16 {
		wg.Go(func() {
			user := fmt.Sprint(worker)
			for n := range 60 {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(4*time.Millisecond))
				f := vote(user, float64(n)/100)
				f.Tags = []string{fmt.Sprint("tag ", n%7)}
				now, _, err := st.Put(ctx, f)
				mu.Lock()
				if err == nil {
					acknowledged[user] = now.Score
				} else {
					delete(acknowledged, user) // this one, or the one before
				}
				mu.Unlock()
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Put: %v", err)
				}
				yes := true
				if _, err := st.List(ctx, scope, store.Query{Filter: store.Filter{HasText: &yes}, Limit: 10}); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("List: %v", err)
				}
				if _, err := st.Summarize(ctx, scope, store.SummaryQuery{Compare: "tag"}); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Summarize: %v", err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	for name, call := range calls(st) {
		for range 2 * 16 { // every connection
			if err := call(t.Context()); err != nil {
				t.Errorf("%s afterwards: %v", name, err)
			}
		}
	}
	for user, score := range acknowledged {
		if f, err := st.Get(t.Context(), scope, store.Ref{Key: vote(user, 0).Key}); err != nil || f.Score != score {
			t.Errorf("%s's vote is %v, %v; %v was acknowledged", user, f.Score, err, score)
		}
	}
	intact(t, path, st)
}

// A panic fails those of its batch, and leaves nothing behind.
func TestAPanicIsUnavailableAndPasses(t *testing.T) {
	path := testserver.File(t)
	st := open(t, path, nil)
	if err := sqlite.PanicIn(t.Context(), st); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, group.ErrPanic) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	if n := count(t, st); n != 0 {
		t.Errorf("%d records are left", n)
	}
	create(t, st, record(""))
	intact(t, path, st)
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	st := open(t, testserver.File(t), nil)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for {
				if _, err := st.Create(t.Context(), record("")); err != nil {
					if !errors.Is(err, store.ErrUnavailable) {
						t.Errorf("Create: %v", err)
					}
					return
				}
			}
		})
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	for name, call := range calls(st) {
		if err := call(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", name, err)
		}
	}
}

// Lists that overlap each other do not keep the log of what was written from ever
// being started anew.
func TestReadersDoNotHoldUpCheckpoints(t *testing.T) {
	const most = 1 << 20
	sqlite.CheckpointOften(t, most/8, most/2)
	path := testserver.File(t)
	st := open(t, path, nil)
	begun := []chan bool{make(chan bool), make(chan bool)} // each reader begins before the other ends
	var readers sync.WaitGroup
	for i, c := range []*sql.Conn{other(t, path), other(t, path)} {
		readers.Go(func() {
			read := func() {
				exec(t, c, "BEGIN")
				one(t, c, "SELECT count(*) FROM feedbacks")
			}
			read()
			if i == 0 {
				begun[1] <- true
			}
			for range begun[i] {
				exec(t, c, "COMMIT")
				read()
				begun[1-i] <- true
			}
			exec(t, c, "COMMIT")
		})
	}
	for range 3 * most / 10_000 {
		create(t, st, record(strings.Repeat("x", 10_000)))
	}
	wal, err := os.Stat(path + "-wal")
	<-begun[0] // in the place of the first, which ends then
	close(begun[0])
	close(begun[1])
	readers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if wal.Size() > most {
		t.Errorf("the log has %d bytes, want at most %d", wal.Size(), most)
	}
	intact(t, path, st)
}

// A file that is not where it was, as on a volume that is not mounted yet, is
// unavailable until it is there again.
func TestAFileThatIsGoneIsUnavailable(t *testing.T) {
	path := testserver.File(t)
	st := open(t, path, nil)
	f := create(t, st, record(""))
	if err := os.Rename(path, path+"-elsewhere"); err != nil {
		t.Fatal(err)
	}
	if _, err := st.List(t.Context(), scope, store.Query{Limit: 1}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("List: %v, want ErrUnavailable", err)
	}
	if err := os.Rename(path+"-elsewhere", path); err != nil {
		t.Fatal(err)
	}
	if page, err := st.List(t.Context(), scope, store.Query{Limit: 1}); err != nil || len(page.Feedbacks) != 1 || page.Feedbacks[0].ID != f.ID {
		t.Errorf("List: %v, %v, want %s", page.Feedbacks, err, f.ID)
	}
}
