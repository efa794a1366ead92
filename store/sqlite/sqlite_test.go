package sqlite_test

import (
	"os"
	"path/filepath"
	"sync"
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
	storetest.Run(t, newStore, "List", "Filter", "Erase", "Scopes", "Context")
}

// newStore returns a store in a copy of a file that has the tables: to make them takes
// longer than most cases, above all with the race detector.
func newStore(tb testing.TB) store.Store {
	path := testserver.File(tb)
	file, err := migrated()
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return open(tb, path, nil)
}

var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "feedbacks-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "feedbacks.db")
	st, err := sqlite.Open(path, nil)
	if err != nil {
		return nil, err
	}
	if err := st.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

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
