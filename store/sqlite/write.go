package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"
	"time"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// A write is what one caller wants done in a transaction.
type write struct {
	ctx  context.Context
	size int
	// do does it. An error that is none of the database's says that it has changed
	// nothing. It may be called again, after a transaction that was undone.
	do func(t *tx) error
}

func (w write) bytes() int { return w.size }

// write has a transaction do something, with what others want at the time. What do
// has set counts only when the error is nil: it may run on when ctx has ended.
func (s *Store) write(ctx context.Context, size int, do func(t *tx) error) error {
	if s.opts.ReadOnly {
		return fmt.Errorf("sqlite: %w: the file was opened for reading alone", store.ErrUnavailable)
	}
	_, sent, err := s.writes.Do(ctx, write{ctx, size, do})
	return s.waited(ctx, sent, err)
}

// commit does a batch in one transaction. Should something be wrong with one of
// them, so that SQLite fails the transaction, each goes alone.
func (s *Store) commit(ctx context.Context, ws []write) []group.Result[struct{}] {
	results := make([]group.Result[struct{}], len(ws))
	err := s.transaction(ctx, func(t *tx) error {
		for i, w := range ws {
			err := givenUp(w.ctx) // as of now, when nobody else can write
			if err == nil {
				err = w.do(t)
			}
			if isDB(err) {
				return err
			}
			results[i].Err = err
		}
		return nil
	})
	if err == nil {
		return results
	}
	for i := range ws {
		if len(ws) > 1 && isDB(err) && !isOutage(err) {
			results[i] = s.commit(ctx, ws[i:i+1])[0]
		} else {
			results[i].Err = err
		}
	}
	return results
}

// givenUp returns an error if the caller that ctx is of has given up: what it wanted
// could undo what was written since. A timer may be late.
func givenUp(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// transaction commits what do has done, or nothing.
func (s *Store) transaction(ctx context.Context, do func(t *tx) error) error {
	c, err := s.writer.take(ctx)
	if err != nil {
		return err
	}
	sound := false
	defer func() { s.writer.give(c, sound) }()
	if err := c.beginImmediate(ctx); err != nil {
		sound = isBusy(err)
		return err
	}
	t := &tx{conn: c, rollups: map[scopeDay]*rollup{}}
	if err := do(t); err != nil {
		return err
	}
	if err := t.writeRollups(); err != nil {
		return err
	}
	if _, err := c.exec("COMMIT"); err != nil {
		return err
	}
	sound = s.checkpoint(c) == nil
	return nil
}

// beginImmediate begins a transaction that writes, and again a little later when another
// process has written since the last one: what was acknowledged there may be newer than
// what is on its way here, whose caller has gone, as will be known by then.
func (c *conn) beginImmediate(ctx context.Context) error {
	for again := false; ; again = true {
		err := patiently(ctx, func() error {
			_, err := c.exec("BEGIN IMMEDIATE")
			return err
		})
		if err != nil {
			return err
		}
		before := c.version
		err = c.query(ctx, "PRAGMA data_version", nil, func(v []driver.Value) error {
			c.version = v[0].(int64)
			return nil
		})
		if err != nil || again || c.version == before {
			return err
		}
		if _, err := c.exec("ROLLBACK"); err != nil {
			return err
		}
		select {
		case <-time.After(hearing):
		case <-ctx.Done():
		}
	}
}

// hearing is how long it may take a server to hear that a caller has gone.
const hearing = 5 * time.Millisecond

// checkpoint starts FILE-wal anew if it has become long: SQLite's own checkpoints
// wait for no reader, so some could keep them from ever ending.
func (s *Store) checkpoint(c *conn) error {
	wal, err := os.Stat(s.path + "-wal")
	if err != nil || wal.Size() < maxWAL || time.Now().Before(s.nextCheckpoint) {
		return nil
	}
	s.nextCheckpoint = time.Now().Add(checkpointPause)
	for _, sql := range []string{"PRAGMA busy_timeout = 100", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA busy_timeout = 0"} {
		if err := c.query(context.Background(), sql, nil, func([]driver.Value) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// A tx is a transaction that writes.
type tx struct {
	*conn
	scope   store.Scope // the last one, and its number
	number  int64
	rollups map[scopeDay]*rollup
}

const (
	addScopeSQL  = `INSERT INTO feedbacks_scopes (account, assistant) VALUES (?, ?) ON CONFLICT DO NOTHING`
	findScopeSQL = `SELECT scope FROM feedbacks_scopes WHERE account = ? AND assistant = ?`
)

// scopeNumber returns the number of a scope, 0 if it has none, or a new one.
func (t *tx) scopeNumber(scope store.Scope, add bool) (int64, error) {
	if scope == t.scope && t.number != 0 {
		return t.number, nil
	}
	var number int64
	find := func() error {
		return t.query(context.Background(), findScopeSQL, []any{scope.Account, scope.Assistant}, func(v []driver.Value) error {
			number = v[0].(int64)
			return nil
		})
	}
	err := find()
	if err == nil && number == 0 && add {
		if _, err = t.exec(addScopeSQL, scope.Account, scope.Assistant); err == nil {
			err = find()
		}
	}
	t.scope, t.number = scope, number
	return number, err
}

// read calls do with a connection, and again when somebody had the file to themselves
// for a moment. All that do reads is of one moment.
func (s *Store) read(ctx context.Context, do func(ctx context.Context, c *conn) error) error {
	limited, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	err := patiently(limited, func() error { return s.readOnce(limited, do) })
	return s.explain(ctx, err)
}

func (s *Store) readOnce(ctx context.Context, do func(ctx context.Context, c *conn) error) (err error) {
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	sound := false
	defer func() { s.readers.give(c, sound) }()
	if _, err := c.exec("BEGIN"); err != nil {
		return err
	}
	if err = do(ctx, c); isDB(err) {
		return err
	}
	if _, e := c.exec("COMMIT"); e != nil {
		return e
	}
	sound = true
	return err
}
