package bench

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/bench/naive"
	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
	"github.com/humanfeedback/feedbacks/store/redis"
)

var onPostgres = slices.Concat([]measurement{{
	name: "PostgreSQL, HTTP, 64 connections, 16 assistants, 1,000 sessions",
	open: overPostgres(64, ofSessions(16, 1000)),
	rows: []row{
		{unit: "calls/s", of: "ours", against: "naive", reach: 2.2, aim: 2.8},
		{unit: "CPU µs/call", of: "ours", against: "naive", atMost: true, reach: 0.33},
		{unit: "p99 ms", of: "ours", against: "naive", atMost: true, reach: 0.5, aim: 0.33},
	},
}, {
	name: "PostgreSQL, HTTP, one connection, 16 assistants, 1,000 sessions",
	open: overPostgres(1, ofSessions(16, 1000)),
	rows: []row{{unit: "calls/s at the median", of: "ours", against: "naive", reach: 0.85, aim: 0.95}},
}, scopesOnPostgres, {
	name: "PostgreSQL, HTTP, 64 connections, one assistant",
	open: overPostgres(64, same),
	rows: []row{
		{unit: "calls/s", of: "ours", against: "naive", reach: 2.3, aim: 3.5},
		{unit: "CPU µs/call", of: "ours", against: "naive", atMost: true, reach: 0.5, aim: 0.33},
		{unit: "p99 ms", of: "ours", against: "naive", atMost: true, reach: 0.5, aim: 0.33},
	},
}, {
	name: "PostgreSQL, HTTP, 256 connections, one assistant",
	open: overPostgres(256, same),
	rows: []row{{unit: "calls/s", of: "ours", against: "naive", reach: 2.8, aim: 5}},
}, {
	name: "PostgreSQL, 64 callers",
	open: func(tb testing.TB) []contender { return callPostgres(tb, 64) },
	rows: []row{{unit: "calls/s", of: "ours", against: "ungrouped", reach: 4, aim: 6}},
}, {
	name: "PostgreSQL, one caller",
	open: func(tb testing.TB) []contender { return callPostgres(tb, 1) },
	rows: []row{
		{unit: "calls/s at the median", of: "ours", against: "ungrouped", reach: 0.97, aim: 1},
		{unit: "calls/s at the median", of: "ours", against: "naive", reach: 0.75, aim: 0.9},
	},
}}, together, []measurement{besideSnapshot})

var onRedis = []measurement{{
	name: "Redis, HTTP, 64 connections, 16 assistants",
	open: overRedis(ofAssistants(16)),
	rows: []row{
		{unit: "calls/s", of: "ours", against: "naive", reach: 1.2, aim: 1.5},
		{unit: "CPU µs/call", of: "ours", against: "naive", atMost: true, reach: 0.83, aim: 0.67},
	},
}, {
	name: "Redis, HTTP, 64 connections, 64 assistants",
	open: overRedis(ofAssistants(64)),
	rows: []row{
		{unit: "calls/s", of: "ours", against: "naive", reach: 1, aim: 1.2},
		{unit: "CPU µs/call", of: "ours", against: "naive", atMost: true, reach: 1, aim: 0.83},
	},
}, {
	name: "Redis, HTTP, 64 connections, 1,000 assistants",
	open: overRedis(ofAssistants(1000)),
	rows: []row{
		{unit: "calls/s", of: "ours", against: "naive", reach: 1, aim: 1.2},
		{unit: "CPU µs/call", of: "ours", against: "naive", atMost: true, reach: 1, aim: 0.83},
	},
}, {
	name: "Redis, HTTP, 64 connections, one assistant",
	open: overRedis(ofAssistants(1)),
	rows: []row{
		{unit: "calls/s", of: "ours", against: "naive", reach: 1.3, aim: 1.5},
		{unit: "CPU µs/call", of: "ours", against: "naive", atMost: true, reach: 0.77, aim: 0.67},
	},
}, {
	name: "Redis, 64 callers",
	open: callRedis,
	rows: []row{{unit: "calls/s", of: "ours", against: "ungrouped", reach: 2, aim: 3}},
}, {
	name: "Redis, one caller beside an erasure",
	open: besideErase,
	rows: []row{{unit: "calls/s", of: "beside", against: "alone", reach: 0.5, aim: 0.7}},
}}

var scope = store.Scope{Account: account, Assistant: "aia_asst_11111111-aaaa-bbbb-cccc-222222222222"}

// creates measures Create, with or without grouping.
func creates(st store.Store, callers int, ungrouped bool) func(testing.TB, time.Duration) figures {
	return func(tb testing.TB, d time.Duration) figures {
		group.Ungrouped.Store(ungrouped)
		defer group.Ungrouped.Store(false)
		return call(tb, callers, d, func(ctx context.Context) error {
			_, err := st.Create(ctx, store.Feedback{Scope: scope, ID: store.NewID(time.Now()), SessionID: "demo", Score: 1, Text: "problem resolved"})
			return err
		})
	}
}

func callPostgres(tb testing.TB, callers int) []contender {
	pool := connect(tb, startPostgres(tb).URL)
	if err := postgres.Migrate(tb.Context(), pool, nil); err != nil {
		tb.Fatal(err)
	}
	table, err := naive.NewTable(tb.Context(), pool)
	if err != nil {
		tb.Fatal(err)
	}
	st := postgres.New(pool, nil)
	return []contender{
		{"ours", creates(st, callers, false)},
		{"ungrouped", creates(st, callers, true)},
		{"naive", func(tb testing.TB, d time.Duration) figures {
			return call(tb, callers, d, func(ctx context.Context) error {
				return table.Insert(ctx, naive.Feedback{
					ID: "aia_fdbk_" + uuid.NewString(), AssistantID: scope.Assistant, SessionID: "demo",
					Score: 1, Text: "problem resolved", CreatedAt: time.Now(), UpdatedAt: time.Now(),
				})
			})
		}},
	}
}

func connect(tb testing.TB, url string) *pgxpool.Pool {
	pool, err := pgxpool.New(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

func callRedis(tb testing.TB) []contender {
	st := openRedis(tb)
	return []contender{{"ours", creates(st, 64, false)}, {"ungrouped", creates(st, 64, true)}}
}

// besideErase measures who writes to an assistant of which all records are erased.
func besideErase(tb testing.TB) []contender {
	st := openRedis(tb)
	n := 100_000
	if *rounds == 0 {
		n = 1000
	}
	alone := creates(st, 1, false)
	return []contender{{"alone", alone}, {"beside", func(tb testing.TB, d time.Duration) figures {
		fill(tb, st, n)
		ctx, stop := context.WithCancel(tb.Context())
		ended := make(chan error)
		go func() {
			_, err := st.Erase(ctx, scope, store.Filter{CreatedBefore: time.Now()})
			ended <- err
		}()
		f := alone(tb, d)
		stop()
		if err := <-ended; err == nil && *rounds > 0 {
			tb.Errorf("the erasure was over before %v", d)
		}
		return f
	}}}
}

func openRedis(tb testing.TB) store.Store {
	client := goredis.NewClient(&goredis.Options{Addr: testserver.StartRedis(tb).Addr})
	tb.Cleanup(func() { client.Close() })
	if err := client.Ping(tb.Context()).Err(); err != nil {
		tb.Fatal(err)
	}
	return redis.New(client, nil)
}
