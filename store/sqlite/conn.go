package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	sqlitedriver "modernc.org/sqlite"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// The page caches of connections, in KiB. A reader's is emptied by every write.
const (
	writerCache = 64 << 10
	readerCache = 8 << 10
)

// What FILE-wal holds until a checkpoint, and may hold when a checkpoint could not
// end because somebody was reading.
var (
	checkpointPages int64 = 10_000 // variables for tests
	maxWAL                = 4 * checkpointPages * pageSize
	checkpointPause       = time.Second // between two tries: a backup may be reading
)

const pageSize = 4096

// maxPrepared bounds the statements that a connection keeps. A store has about
// twenty, and one for each set of filters that are used.
const maxPrepared = 100

// ownDriver has nothing that a host has registered, and gives the host nothing.
var ownDriver = func() *sqlitedriver.Driver {
	d := new(sqlitedriver.Driver)
	d.MustRegisterDeterministicScalarFunction(sqlfilter.ContainsFold, 2, func(_ *sqlitedriver.FunctionContext, args []driver.Value) (driver.Value, error) {
		text, _ := args[0].(string)
		part, _ := args[1].(string)
		return store.ContainsFold(text, part), nil
	})
	return d
}()

// A conn is a connection of the driver's and its prepared statements, for one
// goroutine at a time. No context reaches the driver: an interrupt would end
// whatever runs when it arrives, and roll a transaction back.
type conn struct {
	driver.Conn
	prepared map[string]driver.Stmt
	args     []driver.NamedValue
	version  int64 // of the file, as others have left it; 0 if it is not known
}

// connect opens a connection with a page cache of some KiB.
func (s *Store) connect(cache int) (*conn, error) {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(s.path), RawQuery: "mode=rw"} // never made here: see prepareFile
	if s.opts.ReadOnly {
		u.RawQuery = "mode=ro"
	}
	if !strings.HasPrefix(u.Path, "/") { // a volume's letter
		u.Path = "/" + u.Path
	}
	dc, err := ownDriver.Open(u.String())
	if err != nil {
		return nil, dbError{err}
	}
	c := &conn{Conn: dc, prepared: map[string]driver.Stmt{}}
	synchronous := "FULL"
	if s.opts.SynchronousNormal {
		synchronous = "NORMAL"
	}
	for _, pragma := range []string{
		"busy_timeout = 0", // whoever is told to wait does so in Go, with its context
		"synchronous = " + synchronous,
		"cache_size = -" + strconv.Itoa(cache),
		"wal_autocheckpoint = " + strconv.FormatInt(checkpointPages, 10),
		"journal_size_limit = " + strconv.FormatInt(checkpointPages*pageSize, 10), // of FILE-wal, once it starts anew
		"secure_delete = ON",
		"mmap_size = 0",
		"trusted_schema = OFF",
	} {
		if err := c.query(context.Background(), "PRAGMA "+pragma, nil, func([]driver.Value) error { return nil }); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *conn) close() error {
	for _, s := range c.prepared {
		s.Close()
	}
	return c.Close()
}

// stmt returns a prepared statement. It may close another one: no query is made
// while the rows of one are read.
func (c *conn) stmt(sql string) (driver.Stmt, error) {
	if s := c.prepared[sql]; s != nil {
		return s, nil
	}
	s, err := c.Prepare(sql)
	if err != nil {
		return nil, dbError{err}
	}
	if len(c.prepared) >= maxPrepared {
		for other, s := range c.prepared { // any
			s.Close()
			delete(c.prepared, other)
			break
		}
	}
	c.prepared[sql] = s
	return s, nil
}

// values are arguments as the driver takes them, until the next call.
func (c *conn) values(args []any) []driver.NamedValue {
	c.args = c.args[:0]
	for i, arg := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return c.args
}

// exec runs a statement and returns how many rows it has changed.
func (c *conn) exec(sql string, args ...any) (int64, error) {
	s, err := c.stmt(sql)
	if err != nil {
		return 0, err
	}
	r, err := s.(driver.StmtExecContext).ExecContext(context.Background(), c.values(args))
	if err != nil {
		return 0, dbError{err}
	}
	return r.RowsAffected()
}

// query calls row with each row's values, which are overwritten by the next, until
// it returns an error or ctx ends.
func (c *conn) query(ctx context.Context, sql string, args []any, row func(v []driver.Value) error) error {
	s, err := c.stmt(sql)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.values(args))
	if err != nil {
		return dbError{err}
	}
	defer rows.Close()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch err := rows.Next(values); {
		case err == io.EOF:
			return nil
		case err != nil:
			return dbError{err}
		}
		if err := row(values); err != nil {
			return err
		}
	}
}

// script runs many statements.
func (c *conn) script(sql string) error {
	_, err := c.Conn.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
	if err != nil {
		return dbError{err}
	}
	return nil
}

// A pool has so many places, each with a connection or nil, which is opened when it
// is needed.
type pool struct {
	open   func() (*conn, error)
	places chan *conn
	closed chan struct{}
	once   sync.Once
	err    error // of closing
}

var errClosed = errors.New("the store is closed")

func newPool(size int, open func() (*conn, error)) *pool {
	p := &pool{open: open, places: make(chan *conn, size), closed: make(chan struct{})}
	for range size {
		p.places <- nil
	}
	return p
}

// take returns a connection, which must be given back.
func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case c := <-p.places:
		if c != nil {
			return c, nil
		}
		err := patiently(ctx, func() (err error) { // who closes the file last has it alone for a moment
			c, err = p.open()
			return err
		})
		if err != nil {
			p.places <- nil
		}
		return c, err
	case <-p.closed:
		return nil, dbError{errClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// give gives a connection back. One that may not be sound is closed, which rolls
// back what it had begun.
func (p *pool) give(c *conn, sound bool) {
	if !sound {
		c.close()
		c = nil
	}
	p.places <- c
}

// close closes all connections when they have been given back.
func (p *pool) close() error {
	p.once.Do(func() {
		close(p.closed)
		for range cap(p.places) {
			if c := <-p.places; c != nil {
				if err := c.close(); p.err == nil {
					p.err = err
				}
			}
		}
	})
	return p.err
}
