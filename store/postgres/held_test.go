package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// A row that somebody keeps locked holds up those who want it, and nobody else.
func TestALockedRowHoldsUpNobodyElse(t *testing.T) {
	puts := &counter{of: "INSERT INTO feedbacks ("}
	pool := newPool(t, migrated(t), func(c *pgxpool.Config) { c.ConnConfig.Tracer = puts })
	st := postgres.New(pool, &postgres.Options{Timeout: time.Second})
	const voters = 20
	vote := func(i int) store.Feedback { return vote(fmt.Sprint(i), float64(i)/voters) }
	for i := range voters {
		if _, _, err := st.Put(t.Context(), vote(i)); err != nil {
			t.Fatal(err)
		}
	}
	other := begin(t, pool, "SELECT FROM feedbacks WHERE user_id = '0' FOR UPDATE")
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 { // who want one row
		wg.Go(func() {
			if _, _, err := st.Put(t.Context(), vote(0)); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("who wants the locked row: %v, want ErrUnavailable", err)
			}
		})
	}
	go func() { wg.Wait(); close(done) }()
	var others sync.WaitGroup
	for i := range voters - 1 {
		others.Go(func() {
			for over := false; !over; {
				if _, _, err := st.Put(t.Context(), vote(i+1)); err != nil {
					t.Errorf("voter %d: %v", i+1, err)
				}
				select {
				case <-done:
					over = true
				default:
				}
			}
		})
	}
	others.Wait()
	waiting := make(chan error, 1)
	before := puts.n.Load()
	go func() { _, _, err := st.Put(t.Context(), vote(0)); waiting <- err }()
	for puts.n.Load() < before+2 && len(waiting) == 0 { // it has come again
	}
	if err := other.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Errorf("once the row is free: %v", err)
	}
	isRecount(t, st)
}

// An ending is called when statements have ended.
type ending struct {
	counter
	call atomic.Pointer[func()]
}

func (e *ending) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {
	if call := e.call.Load(); call != nil {
		(*call)()
	}
}

// Who holds a row may write what is newer. A vote that has waited for it undoes nothing,
// though it becomes known only when it was refused that its caller has gone.
func TestAHeldVoteUndoesNothing(t *testing.T) {
	url := migrated(t)
	var puts ending
	st := postgres.New(newPool(t, url, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &puts }), nil)
	if _, _, err := st.Put(t.Context(), vote("u", 0.5)); err != nil {
		t.Fatal(err)
	}
	other := begin(t, newPool(t, url), "SELECT FROM feedbacks WHERE user_id = 'u' FOR UPDATE")
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	ends := 0
	end := func() {
		switch ends++; ends {
		case 2: // it is held for the second time
			if _, err := other.Exec(t.Context(), "UPDATE feedbacks SET score = 0, written_at = clock_timestamp() WHERE user_id = 'u'"); err != nil {
				t.Error(err)
			}
			if err := other.Commit(t.Context()); err != nil {
				t.Error(err)
			}
		case 3:
			giveUp()
		}
	}
	puts.call.Store(&end)
	if _, _, err := st.Put(ctx, vote("u", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("a vote whose caller has gone: %v, want context.Canceled", err)
	}
	puts.call.Store(nil)
	if f, err := st.Get(t.Context(), scope, store.Ref{Key: vote("u", 0).Key}); err != nil || f.Score != 0 {
		t.Errorf("it undid the newer vote: %v, %v", f.Score, err)
	}
}
