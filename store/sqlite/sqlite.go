// Package sqlite keeps feedback in one file, through modernc.org/sqlite, which is
// SQLite in pure Go:
//
//	st, err := sqlite.Open("feedbacks.db", nil)
//	...
//	defer st.Close()
//	api := handler.New(st, opts)
//
// An acknowledged write is on the disk: SQLite has had the operating system sync it
// (synchronous=FULL), so neither the end of the process nor a power failure takes
// it, as far as the disk keeps what it says it has. What many callers write at once
// is committed together; a lone caller waits for nobody.
//
// Beside the file lie two more while it is open, FILE-wal and FILE-shm: what is
// committed is in the first until a checkpoint brings it into the file, so they
// belong together. They are left behind when the process is killed, and the next
// Open takes them up. To copy the file, use [Store.Backup].
//
// Several stores, in several processes of one machine, may share a file. On a network
// filesystem SQLite's locks do not hold: Open refuses the ones that it knows. Nothing
// else in the process may open and close the file, as POSIX then drops the locks of
// the whole process (the driver's OFDLocking keeps those on the file itself).
//
// Summaries are made of counts by day and tag, which are written with the records. Of
// a scope's day 200 tags are counted ([store.MaxDayTags]); a summary by another tag
// reads the day's records.
//
// The context of a call does not reach SQLite, which might break off in the middle. A
// write whose caller has given up by the time it has the file's lock is not done (when
// another process has written since, it takes it 5 ms later, to know that), and a list
// is read in pages that take some milliseconds. A disk that does not answer holds up its
// callers for as long.
//
// What is erased is overwritten (secure_delete). FILE-wal and the copies that you
// have may still hold it for a while.
//
// A record that a newer version of this package wrote, with something that this one
// does not know, fails each call that reads or would change it with
// [store.ErrNewerVersion], and tables that a newer version has changed so that this
// one may not write there fail all with [ErrNewerSchema]. Nothing is changed then.
package sqlite

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"time"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// Options change how a Store works. nil or the zero value is fine.
type Options struct {
	// SynchronousNormal acknowledges a write before it is on the disk. That takes a
	// lone caller's wait for the disk away. A power failure, or the end of the
	// operating system, then loses what was acknowledged since the last checkpoint,
	// which can be minutes or days ago; the end of the process loses nothing, and the
	// file stays intact. Default: false.
	SynchronousNormal bool
	// ReadOnly opens a file that is there, and changes nothing in it; each write is
	// ErrUnavailable. Its directory must be writable all the same, unless another
	// process has the file open. Default: false.
	ReadOnly bool
	// Timeout bounds how long a call waits for the writes before it, and then for other
	// processes that have the file. Default: 10 s.
	Timeout time.Duration
	// Backlog is how many writes may wait for the transaction that is under way, and
	// of them no more than 64 MB; more are ErrUnavailable. Default: 10,000.
	Backlog int
}

// withDefaults returns a copy of o with its defaults filled in; o may be nil.
func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Timeout < 0 || opts.Backlog < 0 {
		panic("sqlite: Options.Timeout and Options.Backlog must not be negative")
	}
	if opts.Timeout == 0 {
		opts.Timeout = 10 * time.Second
	}
	if opts.Backlog == 0 {
		opts.Backlog = 10_000
	}
	return opts
}

// What one transaction writes at the most: records, and bytes unless one alone has
// more.
const (
	maxBatch     = 256
	maxBatchSize = 8 << 20
	maxWaiting   = 64 << 20 // bytes of what waits
)

// A Store is a [store.Store] in a file. Make it with [Open]; it is safe for
// concurrent use.
type Store struct {
	path    string
	opts    Options
	writes  group.Group[write, struct{}]
	writer  *pool // of one connection
	readers *pool

	nextCheckpoint time.Time // the writer's
}

var _ store.Store = (*Store)(nil)

// Open opens the file, and makes it and its tables if there are none, or updates
// them. Others may have it open, and several may call Open at once. The file is made
// for its owner alone (mode 0600). Its directory must exist.
func Open(path string, opts *Options) (*Store, error) {
	s := newStore(opts)
	if err := s.open(path, Migrations()); err != nil {
		s.Close()
		return nil, fmt.Errorf("sqlite: opening %s: %w", path, err)
	}
	return s, nil
}

func newStore(opts *Options) *Store {
	s := &Store{opts: opts.withDefaults()}
	s.writes = group.Group[write, struct{}]{
		Run: s.commit, Max: maxBatch, Size: write.bytes, MaxSize: maxBatchSize,
		Backlog: s.opts.Backlog, Bytes: write.bytes, BacklogBytes: maxWaiting, Timeout: s.opts.Timeout,
	}
	s.writer = newPool(1, func() (*conn, error) { return s.connect(writerCache) })
	s.readers = newPool(max(4, runtime.GOMAXPROCS(0)), func() (*conn, error) { return s.connect(readerCache) })
	return s
}

func (s *Store) open(path string, migrations fs.FS) (err error) {
	if s.path, err = filepath.Abs(path); err != nil { // the working directory may change
		return err
	}
	if err := prepareFile(s.path, s.opts.ReadOnly); err != nil {
		return err
	}
	return s.migrate(migrations)
}

// Close waits for the calls that are under way and closes the file. Later calls are
// ErrUnavailable. To call it again does nothing.
func (s *Store) Close() error {
	err := s.readers.close()
	if e := s.writer.close(); err == nil { // last: it may have a checkpoint to do
		err = e
	}
	if err != nil {
		return fmt.Errorf("sqlite: closing %s: %w", s.path, err)
	}
	return nil
}

// size is about what a record takes while it waits.
func size(f store.Feedback) int { return 500 + len(f.Text) + carried.Size(&f) }
