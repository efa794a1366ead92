//go:build linux

package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// mounted returns a directory on a filesystem of a few MB of its own.
func mounted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("only root may mount a small filesystem: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// On a full disk writes are 503s, reads go on, nothing is damaged, and the service
// resumes when there is room.
func TestAFullDiskIsUnavailableAndPasses(t *testing.T) {
	dir := mounted(t)
	path := filepath.Join(dir, "feedbacks.db")
	st := open(t, path, nil)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var kept []store.Feedback
	full := 0
	for n := 0; full < 20; n++ {
		f, err := st.Create(t.Context(), record(strings.Repeat("x", 20_000)))
		switch {
		case err == nil:
			kept = append(kept, f)
		case errors.Is(err, store.ErrUnavailable):
			full++
		default:
			t.Fatalf("on a full disk: %v, want ErrUnavailable", err)
		}
		if n > 10_000 {
			t.Fatal("the disk is never full")
		}
	}
	holds(t, st, kept, "on the full disk")
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		kept = append(kept, create(t, st, record("when there is room")))
	}
	holds(t, st, kept, "when there is room")
	intact(t, path, st)
}

// A file on a read-only filesystem is not opened for writing, and is as it was when
// that can be written to again.
func TestAReadOnlyFilesystemIsRefused(t *testing.T) {
	dir := mounted(t)
	path := filepath.Join(dir, "feedbacks.db")
	first := open(t, path, nil)
	create(t, first, record(""))
	if err := first.Close(); err != nil { // what has a file open for writing is not made read-only
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path, nil); err == nil {
		t.Error("it was opened on a read-only filesystem")
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=4m"); err != nil {
		t.Fatal(err)
	}
	st := open(t, path, nil)
	create(t, st, record(""))
	intact(t, path, st)
}
