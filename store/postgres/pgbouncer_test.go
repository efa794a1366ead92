package postgres_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/internal/proptest"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

// A pooler that hands each transaction another connection, without prepared
// statements.
func throughPgBouncer(tb testing.TB) store.Store {
	url := testserver.PgBouncer(tb, migrated(tb))
	return postgres.New(newPool(tb, url+"&default_query_exec_mode=exec"), nil)
}

func TestStoreThroughPgBouncer(t *testing.T) {
	t.Parallel()
	storetest.Run(t, throughPgBouncer)
}

func TestConcurrencyThroughPgBouncer(t *testing.T) {
	t.Parallel()
	storetest.RunConcurrency(t, throughPgBouncer)
}

func TestSequencesThroughPgBouncer(t *testing.T) { proptest.Run(t, throughPgBouncer) }
