package httptests_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/internal/httptests"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

func TestHTTPOnSQLite(t *testing.T) {
	httptests.Run(t, func(tb testing.TB) store.Store {
		st, err := sqlite.Open(testserver.File(tb), nil)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { st.Close() })
		return st
	})
}
