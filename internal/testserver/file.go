package testserver

import (
	"os"
	"path/filepath"
	"testing"
)

// File returns the path of a file that is not there yet, for SQLite. It is in memory
// where the system has a place for that: a test that is not about the disk need not
// wait for one.
func File(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "feedbacks-test-")
	if err != nil {
		return filepath.Join(tb.TempDir(), "feedbacks.db")
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "feedbacks.db")
}
