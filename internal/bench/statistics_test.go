package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// statistics has what people do with tables that were never analyzed, or when they
// had a hundred records, beside the same that were just analyzed.
var statistics = []measurement{known(1000, true), known(30_000, false), known(1_000_000, true)}

func known(n int, large bool) measurement {
	m := measurement{name: fmt.Sprintf("PostgreSQL, %d records, statistics", n), large: large}
	m.open = func(tb testing.TB) []contender {
		if *rounds == 0 {
			n = 1000
		}
		pg := testserver.StartPostgres(tb, "shared_buffers=128MB", "autovacuum=off")
		exec := func(database, sql string) {
			tb.Helper()
			c, err := pgx.Connect(tb.Context(), in(pg.URL, database))
			if err == nil {
				_, err = c.Exec(tb.Context(), sql)
				c.Close(tb.Context())
			}
			if err != nil {
				tb.Fatalf("%s: %v", sql, err)
			}
		}
		exec("postgres", "CREATE DATABASE old")
		filled := func(n int) {
			pool := connect(tb, in(pg.URL, "old"))
			defer pool.Close()
			if err := postgres.Migrate(tb.Context(), pool, nil); err != nil {
				tb.Fatal(err)
			}
			fill(tb, postgres.New(pool, nil), n)
		}
		filled(100)
		exec("old", "ANALYZE")
		filled(n)
		exec("old", "SELECT FROM feedbacks WHERE id IS NULL") // or else who reads a record first notes that it is committed
		for _, name := range []string{"missing", "fresh"} {
			exec("postgres", "CREATE DATABASE "+name+" TEMPLATE old")
		}
		exec("fresh", "ANALYZE")
		exec("missing", "DELETE FROM pg_statistic; UPDATE pg_class SET reltuples = -1, relpages = 0, relallvisible = 0 WHERE relname LIKE 'feedbacks%'")
		ask := func(name string) map[string]func(context.Context) error {
			return uses(postgres.New(connect(tb, in(pg.URL, name)), nil), n)
		}
		fresh := ask("fresh")
		return []contender{{"missing", beside(ask("missing"), fresh)}, {"old", beside(ask("old"), fresh)}}
	}
	for _, what := range []string{"page", "session", "user", "tag", "span", "export", "summary", "summary by tag", "comparison", "erasure"} {
		for _, of := range []string{"missing", "old"} {
			m.rows = append(m.rows, row{unit: "of fresh's speed, " + what, of: of, reach: 0.9})
		}
	}
	return m
}

// in returns the URL of another database of the server's.
func in(url, database string) string {
	return strings.Replace(url, "/postgres?", "/"+database+"?", 1)
}

// uses are what depends on plans, with a store of n records.
func uses(st store.Store, n int) map[string]func(context.Context) error {
	list := func(f store.Filter) func(context.Context) error {
		return func(ctx context.Context) error {
			page, err := st.List(ctx, scope, store.Query{Filter: f, Limit: 50})
			if err == nil && len(page.Feedbacks) == 0 {
				err = fmt.Errorf("an empty page for %+v", f)
			}
			return err
		}
	}
	summary := func(q store.SummaryQuery) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := st.Summarize(ctx, scope, q)
			return err
		}
	}
	at, erased := time.Now().AddDate(0, -6, 0), 0
	return map[string]func(context.Context) error{
		"page":           list(store.Filter{}),
		"session":        list(store.Filter{SessionID: session(n / 2)}),
		"user":           list(store.Filter{UserID: fmt.Sprint("user ", n/2%5000)}),
		"tag":            list(store.Filter{Tag: "incomplete"}),
		"span":           list(store.Filter{CreatedAfter: at, CreatedBefore: at.AddDate(0, 1, 0)}),
		"summary":        summary(store.SummaryQuery{Interval: store.Day}),
		"summary by tag": summary(store.SummaryQuery{Filter: store.Filter{Tag: "incomplete"}}),
		"comparison":     summary(store.SummaryQuery{Compare: "prompt:"}),
		"export": func(ctx context.Context) error { // of a thousand records
			left := 1000
			for _, err := range store.All(ctx, st, scope, store.Query{Buffer: []store.Feedback{}}) {
				if left--; err != nil || left == 0 {
					return err
				}
			}
			return nil
		},
		"erasure": func(ctx context.Context) error { // of one who has just voted
			erased++
			f := vote(time.Now(), n, 1)
			f.UserID = fmt.Sprint("gone ", erased)
			f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
			_, err := st.Create(ctx, f)
			if err == nil {
				_, err = st.Erase(ctx, scope, store.Filter{UserID: f.UserID})
			}
			return err
		},
	}
}

// beside measures how fast calls are, as a part of how fast others are. They take
// turns, call by call.
func beside(calls, others map[string]func(context.Context) error) func(testing.TB, time.Duration) figures {
	return func(tb testing.TB, d time.Duration) figures {
		f := figures{}
		for what := range calls {
			var took [2][]float64
			for start := time.Now(); len(took[0]) == 0 || time.Since(start) < d/4; {
				for i, call := range []func(context.Context) error{calls[what], others[what]} {
					begin := time.Now()
					if err := call(tb.Context()); err != nil {
						tb.Fatal(err)
					}
					took[i] = append(took[i], time.Since(begin).Seconds())
				}
			}
			f["of fresh's speed, "+what] = quick(took[1]) / quick(took[0])
		}
		return f
	}
}

// quick is the first quartile: what else runs on the machine disturbs it least.
func quick(took []float64) float64 { return slices.Sorted(slices.Values(took))[len(took)/4] }
