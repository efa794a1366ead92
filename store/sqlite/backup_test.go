package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// A copy that is made while others write is of one moment: it holds all that was
// acknowledged before, and its counts are those of its records.
func TestBackupWhileWriting(t *testing.T) {
	path := testserver.File(t)
	st := open(t, path, nil)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	for worker := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				f := vote(fmt.Sprint(worker, " ", n), 1)
				f.Tags = []string{fmt.Sprint("tag ", n%5)}
				if _, _, err := st.Put(t.Context(), f); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged[f.ID] = true
				mu.Unlock()
			}
		})
	}
	for n := range 5 {
		mu.Lock()
		before := make([]string, 0, len(acknowledged))
		for id := range acknowledged {
			before = append(before, id)
		}
		mu.Unlock()
		to := filepath.Join(t.TempDir(), "copy.db")
		if err := st.Backup(t.Context(), to, func(done, total int64) {}); err != nil {
			t.Fatal(err)
		}
		if err := st.Backup(t.Context(), to, nil); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over a file: %v, want fs.ErrExist", err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the copy is %+v, %v", info, err)
		}
		copied := open(t, to, nil)
		for _, id := range before {
			if _, err := copied.Get(t.Context(), scope, store.Ref{ID: id}); err != nil {
				t.Errorf("copy %d lacks a record that was acknowledged before: %v", n, err)
			}
		}
		intact(t, to, copied)
	}
	close(stop)
	wg.Wait()
	intact(t, path, st)
}

// A backup that is broken off or fails leaves nothing behind.
func TestABackupThatFailsLeavesNothing(t *testing.T) {
	path := testserver.File(t)
	st := open(t, path, nil)
	create(t, st, record(""))
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{
		st.Backup(ctx, filepath.Join(dir, "copy.db"), nil),
		st.Backup(t.Context(), filepath.Join(dir, "no", "folder.db"), nil),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("%v, %v are left", files, err)
	}
	r := open(t, path, &sqlite.Options{ReadOnly: true})
	if err := r.Backup(t.Context(), filepath.Join(dir, "copy.db"), nil); err != nil {
		t.Errorf("of a file that is read alone: %v", err)
	}
}
