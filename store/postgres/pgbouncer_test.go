package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/proptest"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

// A pooler that hands each transaction another connection, without prepared
// statements.
func throughPgBouncer(tb testing.TB) *pgxpool.Pool {
	return newPool(tb, testserver.PgBouncer(tb, migrated(tb))+"&default_query_exec_mode=exec")
}

func TestStoreThroughPgBouncer(t *testing.T) {
	t.Parallel()
	storetest.Run(t, emptied(t, throughPgBouncer(t), nil))
}

func TestConcurrencyThroughPgBouncer(t *testing.T) {
	t.Parallel()
	storetest.RunConcurrency(t, func(tb testing.TB) store.Store { return postgres.New(throughPgBouncer(tb), nil) })
}

func TestSequencesThroughPgBouncer(t *testing.T) {
	proptest.Run(t, func(tb testing.TB) store.Store { return postgres.New(throughPgBouncer(tb), nil) })
}
