package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/internal/migrations"
	"github.com/humanfeedback/feedbacks/store"
)

// begin is how every call starts: with a live context and valid arguments.
func begin(ctx context.Context, checks ...error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return cmp.Or(checks...)
}

// What may be done about a statement whose outcome is not known.
type onUnknown bool

const (
	giveUp onUnknown = false
	repeat onUnknown = true // it reads, or does nothing the second time
)

// The pauses before a statement is repeated: about a third of a second in all,
// while a pool finds out which of its connections a restart has cut.
const (
	maxTries   = 6
	firstPause = 10 * time.Millisecond
)

// do is try for as long as Options.Timeout.
func (s *Store) do(ctx context.Context, unknown onUnknown, f func(context.Context, *pgx.Conn) error) error {
	limited, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	err := s.try(limited, unknown, f)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("postgres: %w: no answer within %v: %w", store.ErrUnavailable, s.opts.Timeout, err)
	}
	return err
}

// try calls f with a connection, and again after an error that says that nothing
// was done, or that does not say what was done if unknown allows it.
func (s *Store) try(ctx context.Context, unknown onUnknown, f func(context.Context, *pgx.Conn) error) error {
	pause, maybeDone := firstPause, false // by a try before
	for try := 1; ; try++ {
		sent, err := s.once(ctx, f)
		if err == nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("postgres: %w: %w: %w", store.ErrUnavailable, ctx.Err(), err)
		}
		if !isOutage(err) {
			if err = s.explain(ctx, err); maybeDone {
				err = fmt.Errorf("%w: %w", store.ErrUnavailable, err)
			}
			return fmt.Errorf("postgres: %w", err)
		}
		maybeDone = maybeDone || sent && !nothingDone(err)
		if try == maxTries || maybeDone && unknown == giveUp {
			return fmt.Errorf("postgres: %w: %w", store.ErrUnavailable, err)
		}
		sleep(ctx, pause)
		pause *= 2
	}
}

// SQLSTATEs (PostgreSQL, appendix A).
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	readOnly             = "25006"
	cannotConnectNow     = "57P03"
	queryCanceled        = "57014"
	lockNotAvailable     = "55P03"
	undefinedTable       = "42P01"
	divisionByZero       = "22012"
)

// code returns an error's SQLSTATE, "" if it is not the server's.
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// A badValue is an error of what a row holds: asking again would give the same.
type badValue struct{ error }

func (e badValue) Unwrap() error { return e.error }

// isOutage reports whether the server could not do its work, rather than that
// there is something wrong with the work.
func isOutage(err error) bool {
	if isUnconnected(err) {
		return true
	}
	switch c := code(err); c {
	case "":
		_, bad := errors.AsType[badValue](err)
		return !bad && err != errInTheWay // but the connection's
	case serializationFailure, deadlockDetected, readOnly, queryCanceled, lockNotAvailable:
		return true
	default:
		switch c[:2] {
		case "08", "53", "57", "58": // connection, resources, operator, system
			return true
		}
		return false
	}
}

// nothingDone reports whether an error that the server returned says that the
// statement was undone.
func nothingDone(err error) bool {
	switch code(err) {
	case serializationFailure, deadlockDetected, readOnly, cannotConnectNow:
		return true
	}
	return isUnconnected(err)
}

// isUnconnected reports whether there was no connection, whatever the reason: a login
// that is refused is no fault of what was to be written.
func isUnconnected(err error) bool {
	_, unconnected := errors.AsType[*pgconn.ConnectError](err)
	return unconnected
}

// isBadRow reports whether a statement may have failed for what one of its rows
// holds: any error but an outage, or of the statement itself, or of its tables.
func isBadRow(err error) bool {
	c := code(err)
	return !errors.Is(err, ErrNewerSchema) && !errors.Is(err, store.ErrUnavailable) && c != "" && !isOutage(err) && c[:2] != "42" // syntax error or access rule violation
}

// explain says why the server could not do a statement, where the reason is the
// version of the tables: a newer one may have come since New.
func (s *Store) explain(ctx context.Context, err error) error {
	if code(err) == "" {
		return err
	}
	var least int
	unknown := s.db.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		return c.QueryRow(ctx, s.sql.least).Scan(&least)
	})
	if unknown == nil {
		if newer := migrations.Check(least, knownSchema(), ErrNewerSchema); newer != nil {
			return fmt.Errorf("%w: %w", newer, err)
		}
	}
	if code(err) == undefinedTable {
		return fmt.Errorf("%w (has postgres.Migrate been called?)", err)
	}
	return err
}

// waited returns the error of a call that was made in a group.
func waited(sent bool, err error) error {
	switch {
	case errors.Is(err, group.ErrFull), errors.Is(err, group.ErrPanic):
		return fmt.Errorf("postgres: %w: %w", store.ErrUnavailable, err)
	case err != context.Canceled && err != context.DeadlineExceeded:
		return err
	case sent: // and then the caller's own context ended
		return fmt.Errorf("postgres: %w: %w", store.ErrUnavailable, err)
	}
	return fmt.Errorf("postgres: %w", err)
}
