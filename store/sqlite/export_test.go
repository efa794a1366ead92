package sqlite

import (
	"context"
	"io/fs"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// SmallWindows has lists and erasures go through a few records at a time.
func SmallWindows(t testing.TB) {
	w, c := window, chunk
	window, chunk = 5, 3
	t.Cleanup(func() { window, chunk = w, c })
}

// CheckpointOften has a checkpoint be due when the log has so many bytes, and be
// insisted on when it has most.
func CheckpointOften(t testing.TB, bytes, most int64) {
	pages, m, pause := checkpointPages, maxWAL, checkpointPause
	checkpointPages, maxWAL, checkpointPause = bytes/pageSize, most, 0
	t.Cleanup(func() { checkpointPages, maxWAL, checkpointPause = pages, m, pause })
}

// Forget has the store not know a condition.
func Forget(t testing.TB, c sqlfilter.Comparison) {
	template := sqlfilter.SQLite.Conditions[c]
	delete(sqlfilter.SQLite.Conditions, c)
	t.Cleanup(func() { sqlfilter.SQLite.Conditions[c] = template })
}

// OpenWith is Open with the migrations of another version.
func OpenWith(path string, files fs.FS) (*Store, error) {
	s := newStore(nil)
	if err := s.open(path, files); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// PanicIn panics in a transaction that has added a record.
func PanicIn(ctx context.Context, s *Store) error {
	return s.write(ctx, 1, func(t *tx) error {
		f := store.Feedback{Scope: store.Scope{Assistant: "a"}, ID: "aia_fdbk_00000000-0000-7000-8000-000000000001", SessionID: "s"}
		if _, err := t.create(&f); err != nil {
			return err
		}
		panic("a bug")
	})
}

// NetworkFilesystem is what a filesystem of a magic number is called.
func NetworkFilesystem(magic int64) string { return networkFilesystems[magic] }

// WhenWaiting calls do once, when a writer finds the file busy.
func WhenWaiting(t testing.TB, do func()) {
	var once sync.Once
	whenBusy = func() { once.Do(do) }
	t.Cleanup(func() { whenBusy = func() {} })
}

// A Statement is what a store asks SQLite.
type Statement struct {
	SQL  string
	Args []any
}

// ListStatements are those of a list.
func ListStatements(scope store.Scope, q store.Query) []Statement {
	w, err := where(scope, q)
	if err != nil {
		panic(err)
	}
	statements := []Statement{{listSQL(q, w), w.Args}}
	if end := windowEndSQL(q, w); end != "" {
		statements = append(statements, Statement{end, w.Args})
	}
	return statements
}
