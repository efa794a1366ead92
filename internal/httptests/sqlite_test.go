package httptests_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/internal/httptests"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

func TestHTTPOnSQLite(t *testing.T) {
	httptests.Run(t, func(tb testing.TB) store.Store { return onSQLite(tb, testserver.File(tb)) })
}

func TestAbortedOnSQLite(t *testing.T) {
	file := testserver.File(t)
	httptests.RunAborted(t, onSQLite(t, file), onSQLite(t, file))
}

func onSQLite(tb testing.TB, file string) store.Store {
	st, err := sqlite.Open(file, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	return st
}
