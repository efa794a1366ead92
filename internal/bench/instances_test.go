package bench

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// together is what several servers of one assistant make of a database whose commits
// take 5 ms, as with a cloud's disk or a standby: 64 callers in all, by eight
// instances or by one.
var together = measurement{
	name: "PostgreSQL, 64 callers, commits of 5 ms",
	open: func(tb testing.TB) []contender {
		pg := testserver.StartPostgres(tb, "shared_buffers=128MB", "commit_delay=5000", "commit_siblings=0")
		if err := postgres.Migrate(tb.Context(), connect(tb, pg.URL), nil); err != nil {
			tb.Fatal(err)
		}
		by := func(instances int) func(testing.TB, time.Duration) figures {
			stores := make([]*postgres.Store, instances)
			for i := range stores {
				stores[i] = postgres.New(connect(tb, pg.URL), nil)
			}
			var calls atomic.Int64
			return func(tb testing.TB, d time.Duration) figures {
				return call(tb, 64, d, func(ctx context.Context) error {
					_, err := stores[int(calls.Add(1))%instances].Create(ctx, store.Feedback{
						Scope: scope, ID: store.NewID(time.Now()), SessionID: "demo", Score: 1, Text: "problem resolved", Tags: []string{"good"},
					})
					return err
				})
			}
		}
		return []contender{{"eight instances", by(8)}, {"one", by(1)}}
	},
	rows: []row{{unit: "calls/s", of: "eight instances", against: "one", reach: 1, aim: 1.2}},
}
