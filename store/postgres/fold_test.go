package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	osexec "os/exec"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

var zero = 0.0

// tag returns the nth of many tags.
func tag(n int) string { return fmt.Sprintf("t%03d", n) }

// isExact asserts that what summaries of rollups say is what the records say.
func isExact(t *testing.T, st store.Store) {
	t.Helper()
	compare := func(q store.SummaryQuery) {
		t.Helper()
		got, err := st.Summarize(t.Context(), scope, q)
		q.MinScore = &zero // so that records are read
		want, err2 := st.Summarize(t.Context(), scope, q)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if !got.TagsComplete && q.Tag == "" {
			for tag, n := range got.Tags {
				if n > want.Tags[tag] && len(want.Tags) < store.MaxSummaryTags {
					t.Errorf("%d records are said to bear %s, and %d do", n, tag, want.Tags[tag])
				}
			}
			got.Tags = want.Tags
		}
		got.TagsComplete = want.TagsComplete
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the summary of %q by %q, compared %q, is\n%+v, and of the records\n%+v", q.Tag, q.Interval, q.Compare, got, want)
		}
	}
	tags := map[string]bool{}
	for f, err := range store.All(t.Context(), st, scope, store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range f.Tags {
			tags[tag] = true
		}
	}
	compare(store.SummaryQuery{Interval: store.Day})
	compare(store.SummaryQuery{Compare: "t"})
	compare(store.SummaryQuery{Compare: "t1"})
	for tag := range tags {
		compare(store.SummaryQuery{Filter: store.Filter{Tag: tag}, Interval: store.Week})
	}
}

// storm has workers write what brings more tags than a day counts, change it, take
// it away and rebuild, on two days, each n times.
func storm(t *testing.T, st store.Store, rebuild func(context.Context, store.Scope) error, workers, n int, mayFail func(error) bool) {
	days := []time.Time{time.Now(), time.Now().AddDate(0, 0, -1)}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			draw := rand.New(rand.NewPCG(uint64(w), 7))
			tags := func() (tags []string) {
				for _, n := range draw.Perm(260)[:draw.IntN(6)] {
					tags = append(tags, tag(n))
				}
				return tags
			}
			for i := range n {
				f, v := record(""), vote(fmt.Sprint(draw.IntN(40)), float64(draw.IntN(11))/10)
				f.ID, v.ID = store.NewID(days[draw.IntN(2)]), store.NewID(days[draw.IntN(2)])
				f.Tags, v.Tags = tags(), tags()
				var err error
				switch {
				case i%10 < 4:
					_, err = st.Create(t.Context(), f)
				case i%10 < 8:
					_, _, err = st.Put(t.Context(), v)
				case i%10 == 8:
					_, err = st.Delete(t.Context(), scope, store.Ref{Key: v.Key})
				case i%50 == 9:
					_, err = st.Erase(t.Context(), scope, store.Filter{Tag: tag(draw.IntN(260))})
				case i%50 == 19 && rebuild != nil:
					err = rebuild(t.Context(), scope)
				}
				if err != nil && !errors.Is(err, store.ErrNotFound) && !mayFail(err) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func never(error) bool { return false }

func TestSummariesAreExactAfterAStorm(t *testing.T) {
	postgres.FoldOften(t)
	postgres.RememberLittle(t)
	pool := newPool(t, migrated(t))
	stores := []store.Store{postgres.New(pool, nil), postgres.New(pool, nil), postgres.New(pool, nil), postgres.New(pool, nil)}
	st := storetest.Instances(stores...)
	storm(t, st, stores[0].(*postgres.Store).Rebuild, 8, 100, never)
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.TagsComplete {
		t.Errorf("tags are complete: %v, %v; the storm has not brought too many", s.TagsComplete, err)
	}
	isExact(t, st)
	if err := stores[1].(*postgres.Store).Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	isExact(t, st)
}

// Whose fold is cut off has lost nothing.
func TestFoldsThatAreCutOff(t *testing.T) {
	postgres.FoldOften(t)
	pool := newPool(t, migrated(t))
	st := storetest.Instances(postgres.New(pool, nil), postgres.New(pool, nil))
	ctx, stop := context.WithCancel(t.Context())
	var cutter sync.WaitGroup
	var cut atomic.Int64
	cutter.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			how := []string{"pg_cancel_backend", "pg_terminate_backend"}[i%2]
			tag, err := pool.Exec(ctx, "SELECT "+how+"(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'WITH last%' AND state <> 'idle'")
			if err == nil {
				cut.Add(tag.RowsAffected())
			}
		}
	})
	for cut.Load() < 10 {
		storm(t, st, nil, 4, 50, func(err error) bool { return errors.Is(err, store.ErrUnavailable) })
	}
	stop()
	cutter.Wait()
	isExact(t, st)
}

// Whoever reads while others fold sees each record once.
func TestSummariesBesideFolds(t *testing.T) {
	postgres.FoldOften(t)
	pool := newPool(t, migrated(t))
	var begun, done atomic.Int64
	var writers, reader sync.WaitGroup
	for range 3 {
		st := postgres.New(pool, nil)
		writers.Go(func() {
			for range 150 {
				f := record("")
				f.Tags = []string{"a"}
				begun.Add(1)
				if _, err := st.Create(t.Context(), f); err != nil {
					t.Error(err)
				}
				done.Add(1)
			}
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	reader.Go(func() {
		st := postgres.New(pool, nil)
		for ctx.Err() == nil {
			least := done.Load()
			s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
			if most := begun.Load(); err != nil || s.Count < least || s.Count > most || s.Tags["a"] != s.Count {
				t.Errorf("%d records, %d with the tag, %v; there were at least %d and at most %d", s.Count, s.Tags["a"], err, least, most)
			}
		}
	})
	writers.Wait()
	stop()
	reader.Wait()
}

// write makes n records, and has the last one fold.
func write(t *testing.T, st store.Store, n int) {
	t.Helper()
	for range n {
		f := record("")
		f.Tags = []string{"a"}
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
}

func number(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) (n int64) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func isCount(t *testing.T, st store.Store, want int64) {
	t.Helper()
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != want || s.Tags["a"] != want {
		t.Errorf("%d records, %d with the tag, %v; want %d", s.Count, s.Tags["a"], err, want)
	}
}

// A writer who was there before a fold, and is done after it, is not overlooked.
func TestAWriterWhoWaitedThroughAFold(t *testing.T) {
	postgres.FoldOften(t)
	pool := newPool(t, migrated(t))
	slow, st := postgres.New(pool, nil), postgres.New(pool, nil)
	exec(t, pool, `CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN IF NEW.tag = ''slow'' THEN PERFORM pg_advisory_xact_lock(42); END IF; RETURN NEW; END'`)
	exec(t, pool, "CREATE TRIGGER stall BEFORE INSERT ON feedbacks_deltas FOR EACH ROW EXECUTE FUNCTION stall()")
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock(42)"); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f := record("")
		f.Tags = []string{"slow", "a"}
		if _, err := slow.Create(t.Context(), f); err != nil {
			t.Error(err)
		}
	}()
	for number(t, pool, "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = 42") == 0 {
	}
	write(t, st, 10)
	isCount(t, st, 10)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-done
	isCount(t, st, 11)
	write(t, st, 2)
	isCount(t, st, 13)
}

// A transaction of somebody else's, however long, does not hold up folding.
func TestFoldsPassOthersTransactions(t *testing.T) {
	postgres.FoldOften(t)
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	var others int64
	if err := tx.QueryRow(t.Context(), "SELECT txid_current()").Scan(&others); err != nil {
		t.Fatal(err)
	}
	write(t, st, 5)
	if upto := number(t, pool, "SELECT upto FROM feedbacks_folds"); upto <= others {
		t.Errorf("deltas are read from %d on, with another's transaction %d", upto, others)
	}
	isCount(t, st, 5)
}

// Deltas that are folded and kept for somebody's snapshot are not gone through.
func TestSummariesPassWhatIsFolded(t *testing.T) {
	postgres.FoldOften(t)
	pool, plans := watched(t, migrated(t))
	st := postgres.New(newPool(t, pool.Config().ConnString()), nil)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	if _, err := tx.Exec(t.Context(), "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT FROM feedbacks_deltas"); err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		f := record("")
		for n := range 10 {
			f.Tags = append(f.Tags, tag((i+n)%150))
		}
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	write(t, st, 2)
	if _, err := postgres.New(pool, nil).Summarize(t.Context(), scope, store.SummaryQuery{Filter: store.Filter{Tag: "a"}}); err != nil {
		t.Fatal(err)
	}
	plan := plans.last(t, "WITH folded")
	_, after, found := strings.Cut(plan, " on feedbacks_deltas") // by way of an index
	var hit int64
	if found {
		_, buffers, _ := strings.Cut(after, "Buffers: shared hit=")
		fmt.Sscan(buffers, &hit)
	}
	pages := number(t, pool, "SELECT pg_relation_size('feedbacks_deltas') / 8192")
	if hit == 0 || hit > 15 || pages < 50 || strings.Contains(plan, "Seq Scan on feedbacks_deltas") {
		t.Errorf("of a table of %d pages %d are read:\n%s", pages, hit, plan)
	}
}

// restored returns a copy of a database on a server of its own.
func restored(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	server := testserver.StartPostgres(t)
	dump := osexec.Command("pg_dump", url)
	restore := osexec.Command("psql", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", server.URL)
	pipe, err := dump.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	restore.Stdin = pipe
	var complaints strings.Builder
	dump.Stderr, restore.Stderr = &complaints, &complaints
	if err := dump.Start(); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(restore.Run(), dump.Wait())
	if strings.Contains(complaints.String(), "server version mismatch") {
		t.Skip("pg_dump is older than the server")
	}
	if err != nil {
		t.Fatal(err, complaints.String())
	}
	return newPool(t, server.URL)
}

// burn has a server's next transactions have greater numbers.
func burn(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	exec(t, pool, "DO 'BEGIN FOR i IN 1..2000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END'")
}

// Positions of another server, whose transactions had other numbers, lose nothing.
func TestDumpAndRestore(t *testing.T) {
	for _, ahead := range []int{0, 1} { // which of both is
		pool := newPool(t, migrated(t))
		if ahead == 0 {
			burn(t, pool)
		}
		st := postgres.New(pool, nil)
		closed := func(st store.Store, from, to int) {
			for n := from; n < to; n++ {
				f := record("")
				f.Tags = []string{"a", tag(n)}
				if _, err := st.Create(t.Context(), f); err != nil {
					t.Fatal(err)
				}
			}
		}
		closed(st, 0, 100)
		if _, err := st.Erase(t.Context(), scope, store.Filter{Tag: tag(0)}); err != nil { // which folds
			t.Fatal(err)
		}
		closed(st, 100, 205)
		copied := restored(t, pool.Config().ConnString())
		if ahead == 1 {
			burn(t, copied)
		}
		st = postgres.New(copied, nil)
		isCount(t, st, 204)
		isExact(t, st)
		closed(st, 200, 210)
		isCount(t, st, 214)
		if _, err := st.Erase(t.Context(), scope, store.Filter{Tag: tag(1)}); err != nil {
			t.Fatal(err)
		}
		isCount(t, st, 213)
		closed(st, 0, 3)
		isCount(t, st, 216)
		isExact(t, st)
	}
}

// Instances that go on with a restored database remember what the other one had.
func TestInstancesOutliveARestore(t *testing.T) {
	pool := newPool(t, migrated(t))
	burn(t, pool)
	open := func(do func() error) error { return do() }
	fold := func(pool *pgxpool.Pool) {
		if _, err := postgres.New(pool, nil).Erase(t.Context(), scope, store.Filter{Tag: "none"}); err != nil {
			t.Fatal(err)
		}
	}
	db := &faulty{pool, open}
	a := postgres.New(db, nil)
	tagged(t, a, "lost") // which a knows to be counted
	if _, err := postgres.New(pool, nil).Erase(t.Context(), scope, store.Filter{Tag: "lost"}); err != nil {
		t.Fatal(err)
	}
	fill(t, postgres.New(pool, nil), 0)
	before := restored(t, pool.Config().ConnString())
	tagged(t, postgres.New(pool, nil), "lost") // one too many
	for _, folded := range []bool{false, true} {
		if folded {
			fold(pool)
		}
		copied := restored(t, pool.Config().ConnString())
		if folded {
			fold(copied)
		}
		db.DB = copied
		tagged(t, a, "lost")
		isExact(t, a)
		fold(copied)
		isExact(t, a)
	}

	db.DB = pool
	b := postgres.New(db, nil)
	tagged(t, b, "new") // which b knows to be one too many
	db.DB = before
	fold(before)
	if _, err := a.Erase(t.Context(), scope, store.Filter{Tag: tag(0)}); err != nil {
		t.Fatal(err)
	}
	tagged(t, a, "new")
	tagged(t, b, "new")
	isComplete(t, a, false)
	isExact(t, a)
	fold(before)
	isExact(t, a)
}

// Nothing keeps the name of a tag that was erased.
func TestAnErasedTagLeavesNoName(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	isUnnamed := func() {
		t.Helper()
		if all := rows(t, pool); strings.Contains(all, "Ann Other") {
			t.Errorf("there is still\n%s", all)
		}
	}
	for _, tags := range [][]string{{"Ann Other"}, {"a"}, {"Ann Other", "a"}} {
		f := record("")
		f.Tags = tags
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // from deltas, and from rollups
		if n, err := st.Erase(t.Context(), scope, store.Filter{Tag: "Ann Other"}); n == 0 || err != nil {
			t.Fatal(n, err)
		}
		isUnnamed()
		tagged(t, st, "Ann Other", "b")
		if err := st.Rebuild(t.Context(), scope); err != nil { // which folds
			t.Fatal(err)
		}
	}
	isRecount(t, st)
}
