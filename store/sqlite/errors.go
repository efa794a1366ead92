package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// begin is how every call starts: with a live context and valid arguments.
func begin(ctx context.Context, checks ...error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return cmp.Or(checks...)
}

// A dbError is the driver's: the transaction that it is of must not go on.
type dbError struct{ error }

func (e dbError) Unwrap() error { return e.error }

func isDB(err error) bool {
	_, ok := errors.AsType[dbError](err)
	return ok
}

// code returns an error's primary result code (https://sqlite.org/rescode.html), 0
// if it is not SQLite's.
func code(err error) int {
	if e, ok := errors.AsType[*sqlitedriver.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// isBusy reports whether somebody else has what a statement needs.
func isBusy(err error) bool { return code(err) == sqlite3.SQLITE_BUSY }

// isOutage reports whether SQLite could not do its work, rather than that there is
// something wrong with the work.
func isOutage(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_PERM:
		return true
	}
	return errors.Is(err, errClosed)
}

var whenBusy = func() {} // a variable for tests

// patiently calls try again while somebody else has what it needs, until ctx ends.
// They are not let in one by one, so it asks often, and not all at once.
func patiently(ctx context.Context, try func() error) error {
	for {
		err := try()
		if !isBusy(err) {
			return err
		}
		whenBusy()
		select {
		case <-time.After(200*time.Microsecond + rand.N(time.Millisecond)):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}

// explain returns the error of a call as callers see it. ctx is the caller's.
func (s *Store) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return fmt.Errorf("sqlite: %w: %w", store.ErrUnavailable, err)
	case errors.Is(err, context.DeadlineExceeded): // the store's own
		return fmt.Errorf("sqlite: %w: no answer within %v: %w", store.ErrUnavailable, s.opts.Timeout, err)
	case isOutage(err):
		return fmt.Errorf("sqlite: %w: %w", store.ErrUnavailable, err)
	case !isDB(err): // but of a record, which it names
		return err
	}
	if newer := s.newerSchema(); newer != nil {
		return fmt.Errorf("sqlite: %w: %w", newer, err)
	}
	return fmt.Errorf("sqlite: %w", err)
}

// waited returns the error of a write that was made in a group.
func (s *Store) waited(ctx context.Context, sent bool, err error) error {
	switch {
	case errors.Is(err, group.ErrFull), errors.Is(err, group.ErrPanic):
		return fmt.Errorf("sqlite: %w: %w", store.ErrUnavailable, err)
	case !sent && err != nil: // its context ended while it waited
		return fmt.Errorf("sqlite: %w", err)
	}
	return s.explain(ctx, err)
}
