package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/proptest"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel() // most of it waits for the disk
	storetest.Run(t, newStore)
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	storetest.RunConcurrency(t, newStore)
}

func TestSequences(t *testing.T)  { proptest.Run(t, newStore) }
func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, newStore) }

func TestConcurrencyOfInstances(t *testing.T) {
	t.Parallel()
	storetest.RunConcurrency(t, func(tb testing.TB) store.Store {
		path := newPath(tb)
		return storetest.Instances(open(tb, path, nil), open(tb, path, nil), open(tb, path, nil))
	})
}

// With so small windows that every list and erasure needs several.
func TestStoreWithSmallWindows(t *testing.T) {
	sqlite.SmallWindows(t)
	storetest.Run(t, newStore)
}

func newStore(tb testing.TB) store.Store { return open(tb, newPath(tb), nil) }

// newPath returns the path of a file that is not there yet.
func newPath(tb testing.TB) string { return filepath.Join(tb.TempDir(), "feedbacks.db") }

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
