package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// together is what several servers of one assistant make of a database: on a disk of
// this machine, and where a commit takes 5 ms, as with a cloud's disk or a standby.
var together = []measurement{{
	name: "PostgreSQL, 64 callers, commits of 5 ms",
	open: func(tb testing.TB) []contender {
		by := instancesOn(tb, slowCommits...)
		return []contender{by("eight instances", 8, 64), by("one", 1, 64)}
	},
	rows: []row{{unit: "calls/s", of: "eight instances", against: "one", reach: 1, aim: 1.2}},
}, {
	name: "PostgreSQL, 64 callers",
	open: func(tb testing.TB) []contender {
		by := instancesOn(tb)
		return []contender{by("eight instances", 8, 64), by("one", 1, 64)}
	},
	rows: []row{
		{unit: "calls/s", of: "eight instances", against: "one", reach: 0.8, aim: 1},
		{unit: "CPU µs/call", of: "eight instances", against: "one", atMost: true, reach: 2, aim: 1.5},
	},
}, {
	name: "PostgreSQL, 64 callers an instance, commits of 5 ms",
	open: func(tb testing.TB) []contender {
		by := instancesOn(tb, slowCommits...)
		return []contender{by("four instances", 4, 256), by("one", 1, 64)}
	},
	rows: []row{{unit: "calls/s", of: "four instances", against: "one", reach: 3, aim: 4}},
}}

var slowCommits = []string{"commit_delay=5000", "commit_siblings=0"}

// instancesOn returns what makes contenders of so many instances that share so many
// callers, on one server with settings. Its CPU is the server's.
func instancesOn(tb testing.TB, settings ...string) func(name string, instances, callers int) contender {
	pg := testserver.StartPostgres(tb, append([]string{"shared_buffers=128MB"}, settings...)...)
	if err := postgres.Migrate(tb.Context(), connect(tb, pg.URL), nil); err != nil {
		tb.Fatal(err)
	}
	return func(name string, instances, callers int) contender {
		stores := make([]*postgres.Store, instances)
		for i := range stores {
			stores[i] = postgres.New(connect(tb, pg.URL), nil)
		}
		var turn atomic.Int64
		return contender{name, func(tb testing.TB, d time.Duration) figures {
			return withCPU(tb, []int{pg.Pid()}, func() figures {
				return call(tb, callers, d, func(ctx context.Context) error {
					_, err := stores[int(turn.Add(1))%instances].Create(ctx, store.Feedback{
						Scope: scope, ID: store.NewID(time.Now()), SessionID: "demo", Score: 1, Text: "problem resolved", Tags: []string{"good"},
					})
					return err
				})
			})
		}}
	}
}

// scopesOnPostgres is what a write costs the server that goes with those of so many
// scopes: one row of counts for each.
var scopesOnPostgres = func() measurement {
	m := measurement{name: "PostgreSQL, 64 callers, many scopes", open: func(tb testing.TB) (contenders []contender) {
		pg := startPostgres(tb)
		pool := connect(tb, pg.URL)
		if err := postgres.Migrate(tb.Context(), pool, nil); err != nil {
			tb.Fatal(err)
		}
		st := postgres.New(pool, nil)
		for _, scopes := range manyScopes {
			var n atomic.Int64
			contenders = append(contenders, contender{fmt.Sprint(scopes, " scopes"), func(tb testing.TB, d time.Duration) figures {
				return withCPU(tb, []int{pg.Pid()}, func() figures {
					return call(tb, 64, d, func(ctx context.Context) error {
						i := n.Add(1)
						_, err := st.Create(ctx, store.Feedback{
							Scope: store.Scope{Account: account, Assistant: fmt.Sprint("assistant ", i%scopes)}, ID: store.NewID(time.Now()),
							SessionID: fmt.Sprint("session ", i%1000), MessageID: fmt.Sprint("message ", i), Score: float64(i%11) / 10, Text: "problem resolved",
						})
						return err
					})
				})
			}})
		}
		return contenders
	}}
	for i, scopes := range manyScopes {
		m.rows = append(m.rows, row{unit: "CPU µs/call", of: fmt.Sprint(scopes, " scopes"), atMost: true, reach: []float64{30, 30, 35}[i]})
	}
	return m
}()

var manyScopes = []int64{1, 16, 1000}

// besideSnapshot is what a snapshot that somebody holds, such as pg_dump's, costs those
// who write and read: after it has been held for -held under full load, beside before.
var besideSnapshot = measurement{
	name: "PostgreSQL, 8 callers beside a held snapshot", large: true,
	open: func(tb testing.TB) []contender {
		pg := startPostgres(tb)
		pool := connect(tb, pg.URL)
		if err := postgres.Migrate(tb.Context(), pool, nil); err != nil {
			tb.Fatal(err)
		}
		st := postgres.New(pool, nil)
		work := creates(st, 8, false)
		use := func(tb testing.TB, d time.Duration) figures {
			f := work(tb, d)
			summary := call(tb, 1, d/4, func(ctx context.Context) error {
				_, err := st.Summarize(ctx, scope, store.SummaryQuery{})
				return err
			})
			f["µs, summary"] = summary["median µs"]
			return f
		}
		before := sync.OnceValue(func() figures { // of the snapshot, which is there when it returns
			f := use(tb, 2*span())
			tx, err := pool.Begin(tb.Context())
			if err != nil {
				tb.Fatal(err)
			}
			tb.Cleanup(func() { tx.Rollback(context.Background()) })
			if _, err := tx.Exec(tb.Context(), "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM feedbacks LIMIT 1"); err != nil {
				tb.Fatal(err)
			}
			if *rounds > 0 {
				work(tb, *held)
			}
			return f
		})
		return []contender{
			{"before", func(testing.TB, time.Duration) figures { return before() }},
			{"beside", func(tb testing.TB, d time.Duration) figures { before(); return use(tb, d) }},
		}
	},
	rows: []row{
		{unit: "calls/s", of: "beside", against: "before", reach: 0.8, aim: 0.95},
		{unit: "µs, summary", of: "beside", against: "before", atMost: true, reach: 2, aim: 1.2},
	},
}
