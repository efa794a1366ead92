package sqlite_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/internal/proptest"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, newStore)
}

func TestConcurrency(t *testing.T) {
	storetest.RunConcurrency(t, newStore)
}

func TestSequences(t *testing.T)  { proptest.Run(t, newStore) }
func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, newStore) }

func TestConcurrencyOfInstances(t *testing.T) {
	storetest.RunConcurrency(t, func(tb testing.TB) store.Store {
		path := testserver.File(tb)
		return storetest.Instances(open(tb, path, nil), open(tb, path, nil), open(tb, path, nil))
	})
}

// With so small windows that every list and erasure needs several.
func TestStoreWithSmallWindows(t *testing.T) {
	sqlite.SmallWindows(t)
	storetest.Run(t, newStore)
}

func newStore(tb testing.TB) store.Store { return open(tb, testserver.File(tb), nil) }

func open(tb testing.TB, path string, opts *sqlite.Options) *sqlite.Store {
	tb.Helper()
	st, err := sqlite.Open(path, opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := st.Close(); err != nil {
			tb.Error(err)
		}
	})
	return st
}
