package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// A slow DB has each call wait until it may pass.
type slow struct {
	postgres.DB
	mu      sync.Mutex
	waits   bool
	there   chan struct{}
	mayPass chan struct{}
}

func (d *slow) AcquireFunc(ctx context.Context, f func(*pgxpool.Conn) error) error {
	d.mu.Lock()
	waits := d.waits
	d.mu.Unlock()
	if waits {
		d.there <- struct{}{}
		<-d.mayPass
	}
	return d.DB.AcquireFunc(ctx, f)
}

// A batch are calls that share a statement, which is about to be sent.
type batch struct {
	db   *slow
	wg   sync.WaitGroup
	errs []error
}

// together has calls share a statement: st has db, and does something alone before.
func together(t *testing.T, db *slow, alone func(ctx context.Context) error, calls ...func(ctx context.Context) error) (b *batch, giveUp context.CancelFunc) {
	t.Helper()
	if err := alone(t.Context()); err != nil { // so that the clock is known
		t.Fatal(err)
	}
	db.mu.Lock()
	db.waits, db.there, db.mayPass = true, make(chan struct{}), make(chan struct{})
	db.mu.Unlock()
	b = &batch{db: db, errs: make([]error, len(calls))}
	b.wg.Go(func() {
		if err := alone(t.Context()); err != nil {
			t.Error(err)
		}
	})
	<-db.there
	first, giveUp := context.WithCancel(t.Context())
	for i, call := range calls {
		ctx := arrival(t.Context())
		if i == 0 {
			ctx = arrival(first)
		}
		b.wg.Go(func() { b.errs[i] = call(ctx) })
		<-ctx.there
	}
	db.mayPass <- struct{}{}
	<-db.there
	t.Cleanup(giveUp)
	return b, giveUp
}

// send has the statement be sent, and waits for all calls.
func (b *batch) send() []error {
	b.db.mu.Lock()
	b.db.waits = false
	b.db.mu.Unlock()
	b.db.mayPass <- struct{}{}
	b.wg.Wait()
	return b.errs
}

func voting(st store.Store, user string, score float64) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_, _, err := st.Put(ctx, vote(user, score))
		return err
	}
}

// is asserts what there is of a user's vote, nothing if it is negative.
func is(t *testing.T, st store.Store, user string, score float64) {
	t.Helper()
	got, err := st.Get(t.Context(), scope, store.Ref{Key: vote(user, 1).Key})
	if absent := errors.Is(err, store.ErrNotFound); absent != (score < 0) || !absent && (err != nil || got.Score != score) {
		t.Errorf("the vote of %s is %v, %v, want %v", user, got.Score, err, score)
	}
}

// A vote that began while an erasure went on, and comes after it, adds nothing again.
func TestAnErasureRefusesWhatBeganBesideIt(t *testing.T) {
	pool := newPool(t, migrated(t))
	db := &slow{DB: pool}
	st := postgres.New(db, nil)
	var b *batch
	statements := 0
	erasing := &faulty{pool, func(do func() error) error {
		if statements++; statements == 4 { // after it has looked, and left its tombstone, and looked who writes
			time.Sleep(2 * time.Millisecond) // a clock is not known to the microsecond
			var giveUp context.CancelFunc
			b, giveUp = together(t, db, voting(st, "alone", 1), voting(st, "u", 1), voting(st, "v", 1))
			giveUp()
		}
		return do()
	}}
	if err := voting(st, "u", 0.5)(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := postgres.New(erasing, nil).Erase(t.Context(), scope, store.Filter{UserID: "u"}); n != 1 || err != nil {
		t.Errorf("Erase: %d, %v, want 1", n, err)
	}
	if errs := b.send(); !errors.Is(errs[0], context.Canceled) || errs[1] != nil {
		t.Errorf("the votes: %v", errs)
	}
	is(t, st, "u", -1)
	is(t, st, "v", 1)
}

// Who knows the clock of another server, before a failover, undoes nothing.
func TestAClockThatIsBehindUndoesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		since func(st store.Store) error
		left  float64
	}{
		"a newer vote": {func(st store.Store) error { return voting(st, "u", 0)(t.Context()) }, 0},
		"an undoing": {func(st store.Store) error {
			_, err := st.Delete(t.Context(), scope, store.Ref{Key: vote("u", 1).Key})
			return err
		}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool(t, migrated(t))
			db := &slow{DB: pool}
			st, other := postgres.New(db, nil), postgres.New(pool, nil)
			if err := voting(st, "u", 0.5)(t.Context()); err != nil {
				t.Fatal(err)
			}
			b, giveUp := together(t, db, voting(st, "alone", 1), voting(st, "u", 1), voting(st, "v", 1))
			postgres.Ahead(st, time.Hour)
			giveUp()
			if err := c.since(other); err != nil {
				t.Fatal(err)
			}
			if errs := b.send(); !errors.Is(errs[0], context.Canceled) || errs[1] != nil {
				t.Errorf("the votes: %v", errs)
			}
			is(t, st, "u", c.left)
			is(t, st, "v", 1)
			postgres.Ahead(st, time.Hour)
			if _, err := st.Delete(t.Context(), scope, store.Ref{Key: vote("v", 1).Key}); err != nil {
				t.Error(err)
			}
			postgres.Ahead(st, time.Hour)
			if _, err := st.Create(t.Context(), record("")); err != nil {
				t.Error(err)
			}
		})
	}
}

// Somebody who erases all the time holds up who writes to the same scope, and no others.
func TestAnErasureHoldsUpNoOtherScope(t *testing.T) {
	pool := newPool(t, migrated(t))
	erases := false
	db := &slow{DB: &faulty{pool, func(do func() error) error {
		if erases {
			exec(t, pool, `INSERT INTO feedbacks_tombstones (scope, name, at) SELECT scope, '', clock_timestamp() FROM feedbacks_scopes WHERE assistant = 'erased'
				ON CONFLICT (scope, name) DO UPDATE SET at = excluded.at`)
		}
		return do()
	}}}
	st := postgres.New(db, &postgres.Options{Timeout: time.Second})
	of := func(assistant, user string) store.Feedback {
		f := vote(user, 1)
		f.Scope.Assistant = assistant
		return f
	}
	for name, write := range map[string]func(ctx context.Context, f store.Feedback) error{
		"Put":    func(ctx context.Context, f store.Feedback) error { _, _, err := st.Put(ctx, f); return err },
		"Create": func(ctx context.Context, f store.Feedback) error { _, err := st.Create(ctx, f); return err },
	} {
		erases = false
		call := func(assistant, user string) func(ctx context.Context) error {
			return func(ctx context.Context) error { return write(ctx, of(assistant, name+user)) }
		}
		b, _ := together(t, db, call("erased", "alone"), call("erased", "u"), call("other", "u"), call("other", "v"))
		erases = true
		errs := b.send()
		if !errors.Is(errs[0], store.ErrUnavailable) {
			t.Errorf("%s beside erasures without an end: %v, want ErrUnavailable", name, errs[0])
		}
		if errs[1] != nil || errs[2] != nil {
			t.Errorf("%s in another scope: %v", name, errs)
		}
		erases = false
		if err := call("erased", "u")(t.Context()); err != nil {
			t.Errorf("%s once nobody erases: %v", name, err)
		}
	}
}

// Who gives up while a bad row is looked for has nobody else get that row's error.
func TestABadRowFailsAloneBesideWhoGivesUp(t *testing.T) {
	pool := newPool(t, migrated(t))
	exec(t, pool, "ALTER TABLE feedbacks ADD CHECK (score <> 0.25)")
	db := &slow{DB: pool}
	st := postgres.New(db, nil)
	b, giveUp := together(t, db, voting(st, "alone", 1), voting(st, "gone", 1), voting(st, "good", 1), voting(st, "bad", 0.25), voting(st, "1", 1), voting(st, "2", 1), voting(st, "3", 1))
	giveUp()
	errs := b.send()
	for i, err := range errs[1:] {
		if bad := i == 1; (err != nil) != bad {
			t.Errorf("vote %d of %d: %v", i+1, len(errs), err)
		}
	}
}

// A Create of which it is not known whether it was done is not done again when what was
// there is gone.
func TestACreateDoesNotUndoADeletion(t *testing.T) {
	pool := newPool(t, migrated(t))
	db := &faulty{pool, once}
	st, other := postgres.New(db, nil), postgres.New(pool, nil)
	f := record("")
	ref := store.Ref{ID: f.ID}
	statements := 0
	db.around = func(do func() error) error {
		switch statements++; statements {
		case 1:
			do()
			return io.ErrUnexpectedEOF
		case 3: // which looks for what the second has found to be there
			if _, err := other.Delete(t.Context(), scope, ref); err != nil {
				t.Error(err)
			}
		}
		return do()
	}
	if _, err := st.Create(t.Context(), f); !errors.Is(err, store.ErrUnavailable) || strings.Contains(fmt.Sprint(err), "within") {
		t.Errorf("Create: %v, want ErrUnavailable at once", err)
	}
	if _, err := other.Get(t.Context(), scope, ref); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what was deleted is there again: %v", err)
	}
	if _, err := st.Create(t.Context(), f); err != nil {
		t.Errorf("begun anew: %v", err)
	}
}

// Whatever order records come in, all register new scopes in one, so that no two
// instances wait for each other.
func TestScopesAreRegisteredInOneOrder(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	of := func(assistant string) store.Feedback {
		f := record("")
		f.Scope.Assistant = assistant
		return f
	}
	register := func(assistant string) string {
		return fmt.Sprintf("INSERT INTO feedbacks_scopes VALUES (gen_random_uuid(), '%s', '%s')", scope.Account, assistant)
	}
	alone, held := begin(t, pool, register("alone")), begin(t, pool, register("b"))
	var wg sync.WaitGroup
	create := func(ctx context.Context, assistant string) {
		wg.Go(func() {
			if _, err := st.Create(ctx, of(assistant)); err != nil {
				t.Error(err)
			}
		})
	}
	create(t.Context(), "alone") // so that the others go together
	waitFor(t, pool, alone)
	for _, assistant := range []string{"c", "b", "a"} {
		ctx := arrival(t.Context())
		create(ctx, assistant)
		<-ctx.there
	}
	if err := alone.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, pool, held)
	begin(t, pool, "SET LOCAL lock_timeout = '10s'", register("c")).Rollback(t.Context()) // which comes after b
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
}
