package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// growth has what people do most, on a store of a year's records beside one that
// has a hundredth of them.
var growth = []measurement{
	grow("SQLite", 10_000_000, func(tb testing.TB) (store.Store, func()) { return openSQLite(tb, newFile(tb), nil), func() {} }),
	grow("PostgreSQL", 10_000_000, func(tb testing.TB) (store.Store, func()) {
		pool := connect(tb, startPostgres(tb).URL)
		if err := postgres.Migrate(tb.Context(), pool, nil); err != nil {
			tb.Fatal(err)
		}
		return postgres.New(pool, nil), func() { // as autovacuum does in time
			if _, err := pool.Exec(tb.Context(), "VACUUM ANALYZE"); err != nil {
				tb.Fatal(err)
			}
		}
	}),
	grow("Redis", 1_000_000, func(tb testing.TB) (store.Store, func()) { return openRedis(tb), func() {} }),
	grow("memory", 1_000_000, func(testing.TB) (store.Store, func()) { return memory.New(), func() {} }),
}

func grow(name string, n int, open func(testing.TB) (st store.Store, settle func())) measurement {
	m := measurement{name: fmt.Sprintf("%s, %d records against %d", name, n, n/100), large: true}
	m.open = func(tb testing.TB) (contenders []contender) {
		if *rounds == 0 {
			n = 10_000
		}
		for name, n := range map[string]int{"large": n, "small": n / 100} {
			st, settle := open(tb)
			fill(tb, st, n)
			settle()
			contenders = append(contenders, contender{name, use(tb, st, n)})
		}
		return contenders
	}
	for _, what := range []string{"newest page", "deep page", "session", "vote", "summary", "comparison"} {
		m.rows = append(m.rows, row{unit: "µs, " + what, of: "large", against: "small", atMost: true, reach: 1.5, aim: 1.1})
	}
	m.rows = append(m.rows, row{unit: "µs, summary", of: "large", atMost: true, reach: 5000, aim: 1000},
		row{unit: "µs, comparison", of: "large", atMost: true, reach: 5000, aim: 1000})
	return m
}

// use measures what people do with a store of n records, in µs.
func use(tb testing.TB, st store.Store, n int) func(testing.TB, time.Duration) figures {
	const days = 365
	page, err := st.List(tb.Context(), scope, store.Query{Limit: 1, Ascending: true, Filter: store.Filter{CreatedAfter: time.Now().AddDate(0, 0, -days*95/100)}})
	if err != nil || len(page.Feedbacks) == 0 {
		tb.Fatalf("%d records are too few (%v)", n, err)
	}
	list := func(ctx context.Context, q store.Query) error {
		q.Limit = 50
		page, err := st.List(ctx, scope, q)
		if err == nil && len(page.Feedbacks) == 0 {
			err = fmt.Errorf("an empty page for %+v", q)
		}
		return err
	}
	uses := map[string]func(context.Context) error{
		"newest page": func(ctx context.Context) error { return list(ctx, store.Query{}) },
		"deep page":   func(ctx context.Context) error { return list(ctx, store.Query{After: page.Feedbacks[0].ID}) },
		"session": func(ctx context.Context) error {
			return list(ctx, store.Query{Filter: store.Filter{SessionID: session(n / 2)}})
		},
		"vote": func(ctx context.Context) error { // a new one, or another thumb
			_, _, err := st.Put(ctx, vote(time.Now(), n+rand.IntN(100), rand.IntN(2)))
			return err
		},
		"summary": func(ctx context.Context) error {
			_, err := st.Summarize(ctx, scope, store.SummaryQuery{Interval: store.Day})
			return err
		},
		"comparison": func(ctx context.Context) error { // of twenty versions
			s, err := st.Summarize(ctx, scope, store.SummaryQuery{Compare: "prompt:"})
			if err == nil && len(s.Comparison) < 19 {
				err = fmt.Errorf("%d versions are compared", len(s.Comparison))
			}
			return err
		},
	}
	return func(tb testing.TB, d time.Duration) figures {
		f := figures{}
		for what, op := range uses {
			f["µs, "+what] = call(tb, 1, d/time.Duration(len(uses)), op)["median µs"]
		}
		return f
	}
}

// fill adds n votes of the last year, by so many callers that a store groups them.
func fill(tb testing.TB, st store.Store, n int) {
	const callers = 512
	start, apart := time.Now().AddDate(-1, 0, 0), 365*24*time.Hour/time.Duration(n)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := c; i < n && !tb.Failed(); i += callers {
				if _, err := st.Create(tb.Context(), vote(start.Add(time.Duration(i)*apart), i, i%2)); err != nil {
					tb.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func session(i int) string { return fmt.Sprint("session ", i/10) } // of ten votes

// vote is the i-th vote.
func vote(at time.Time, i, score int) store.Feedback {
	message, user := fmt.Sprint("message ", i), fmt.Sprint("user ", i%5000)
	f := store.Feedback{
		Scope: scope, ID: store.NewID(at), Key: store.VoteKey(session(i), message, user),
		SessionID: session(i), MessageID: message, UserID: user, Score: float64(score),
		Tags: []string{fmt.Sprint("prompt:", at.YearDay()/19)}, // each lives for 19 days
	}
	if i%5 == 0 {
		f.Text, f.Tags = "It did not answer the question.", append(f.Tags, "incomplete")
	}
	return f
}
