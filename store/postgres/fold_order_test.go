package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// foldAll folds all there is, as an erasure does at its end.
func foldAll(t *testing.T, st store.Store) {
	t.Helper()
	if _, err := st.Erase(t.Context(), scope, store.Filter{Tag: "none"}); err != nil {
		t.Fatal(err)
	}
}

// waiting returns when n transactions wait for others.
func waiting(t *testing.T, pool *pgxpool.Pool, n int64) {
	t.Helper()
	for number(t, pool, "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'") < n {
		time.Sleep(time.Millisecond)
	}
}

// thumb is the vote of "u" on a message.
func thumb(message string, tags ...string) store.Feedback {
	v := vote("u", 0)
	v.MessageID, v.Key, v.Tags = message, store.VoteKey("s", message, "u"), tags
	return v
}

// held holds the row of a record until it is released.
func held(t *testing.T, pool *pgxpool.Pool, id string) (release func()) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT FROM feedbacks WHERE id = $1 FOR UPDATE", id[len("aia_fdbk_"):]); err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback(t.Context()) }
}

// erasing starts the erasure of all that "u" gave.
func erasing(t *testing.T, st store.Store) (done *sync.WaitGroup) {
	done = &sync.WaitGroup{}
	done.Go(func() {
		if _, err := st.Erase(t.Context(), scope, store.Filter{UserID: "u"}); err != nil {
			t.Error(err)
		}
	})
	return done
}

// Who waits for a writer has a lock on the writer's number: that makes it nobody
// else's.
func TestAFoldKnowsAWriterThatSomebodyWaitsFor(t *testing.T) {
	for name, waiter := range map[string]string{
		"a change by hand":   "UPDATE feedbacks SET details = details WHERE id = $1",
		"a replication slot": "SELECT pg_create_logical_replication_slot('s', 'pgoutput') WHERE $1::uuid IS NOT NULL",
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool(t, testserver.StartPostgres(t, "wal_level=logical").URL)
			if err := postgres.Migrate(t.Context(), pool, nil); err != nil {
				t.Fatal(err)
			}
			st, other := postgres.New(pool, nil), postgres.New(pool, nil)
			var ids []string
			for range 2 {
				f := record("")
				f.UserID, f.Tags = "u", []string{"a"}
				f, err := st.Create(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, f.ID)
			}
			tagged(t, st, "a")
			foldAll(t, st)

			release := held(t, pool, ids[1])
			erased := erasing(t, st) // has a number, and waits
			waiting(t, pool, 1)
			var waited sync.WaitGroup
			waited.Go(func() {
				if _, err := pool.Exec(t.Context(), waiter, ids[0][len("aia_fdbk_"):]); err != nil {
					t.Error(err)
				}
			})
			waiting(t, pool, 2)
			tagged(t, other, "a")
			foldAll(t, other)
			release()
			erased.Wait()
			waited.Wait()
			isCount(t, st, 2)
		})
	}
}

// A transaction may take away what one with a greater number has added: its number
// is from its first row, and the row in question came later. A fold that ends between
// the two keeps what the one and the other leave.
func TestAFoldEndsBetweenTransactionsOutOfOrder(t *testing.T) {
	prepare := func(t *testing.T, pool *pgxpool.Pool, st store.Store) (middle string) {
		for i := range 3 {
			now, _, err := st.Put(t.Context(), thumb(fmt.Sprint(i)))
			if err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				middle = now.ID
			}
		}
		return middle
	}
	outOfOrder := func(t *testing.T, pool *pgxpool.Pool, st store.Store, middle, tag string) {
		release := held(t, pool, middle)
		erased := erasing(t, st)
		waiting(t, pool, 1)
		if _, _, err := postgres.New(pool, nil).Put(t.Context(), thumb("2", tag)); err != nil {
			t.Fatal(err)
		}
		release()
		erased.Wait()
		isExact(t, st)
	}
	t.Run("counts", func(t *testing.T) {
		pool := newPool(t, migrated(t))
		st := postgres.New(pool, nil)
		r := record("")
		r.Score, r.Tags = 1, []string{"T"}
		if _, err := st.Create(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		middle := prepare(t, pool, st)
		foldAll(t, st)
		postgres.FoldMost(t, 2)
		outOfOrder(t, pool, st, middle, "T")
	})
	t.Run("what was refused", func(t *testing.T) {
		pool := newPool(t, migrated(t))
		st, stale := postgres.New(pool, nil), postgres.New(pool, nil)
		tagged(t, stale, "X")
		if _, err := st.Erase(t.Context(), scope, store.Filter{Tag: "X"}); err != nil {
			t.Fatal(err)
		}
		fill(t, st, 0)
		middle := prepare(t, pool, st)
		tagged(t, st, "X")    // is not counted
		tagged(t, stale, "X") // is, by one who does not know
		foldAll(t, st)
		isExact(t, st)
		postgres.FoldMost(t, 1)
		outOfOrder(t, pool, st, middle, "Y")
	})
}

// A fold that was noted by a clock which was ahead keeps nobody from folding.
func TestAClockThatWentBackKeepsNobodyFromFolding(t *testing.T) {
	postgres.FoldOften(t)
	pool := newPool(t, migrated(t))
	exec(t, pool, `WITH gone AS (DELETE FROM feedbacks_folds RETURNING *)
INSERT INTO feedbacks_folds SELECT txid_current(), txid_current(), clock_timestamp() + interval '1 day' FROM gone`)
	write(t, postgres.New(pool, nil), 50)
	if n := number(t, pool, "SELECT count(*) FROM feedbacks_deltas"); n > 30 {
		t.Errorf("%d deltas are left of 50 writes with a tag", n)
	}
}

// What an instance remembers of tags that nothing bears lets no more be counted.
func TestWhatIsRememberedIsNoMoreThanIsCounted(t *testing.T) {
	tags := func(i int) (tags []string) {
		for j := range 10 {
			tags = append(tags, fmt.Sprintf("trace-%d-%d", i, j))
		}
		return tags
	}
	for name, try := range map[string]func(t *testing.T, st store.Store, i int){
		"a vote that was changed": func(t *testing.T, st store.Store, i int) {
			if _, _, err := st.Put(t.Context(), thumb("m", tags(i)...)); err != nil {
				t.Fatal(err)
			}
		},
		"an ID that is taken": func(t *testing.T, st store.Store, i int) {
			f := record("")
			f.ID, f.Tags = store.MinID(time.Now().Truncate(24*time.Hour)), tags(i)
			if _, err := st.Create(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool(t, migrated(t))
			st := postgres.New(pool, nil)
			for i := range 100 {
				try(t, st, i)
			}
			foldAll(t, postgres.New(pool, nil))
			for i := range 100 {
				tagged(t, st, tags(i)...)
			}
			foldAll(t, st)
			if n := number(t, pool, "SELECT count(DISTINCT tag) FROM feedbacks_rollups WHERE tag > ''"); n > 2*store.MaxDayTags {
				t.Errorf("%d tags are counted, of which %d may be", n, store.MaxDayTags)
			}
			isComplete(t, st, false)
		})
	}
}
