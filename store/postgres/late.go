package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// A Put, a Delete or an Erase carries the time, by the server's clock, until which
// it may be done. A statement can be stuck on its way, or in a server that stands
// still: done after its caller has given up, it would be a surprise, though it undoes
// nothing that was written since (begun.go). A Create is always wanted.

// errLate is what a caller gets, who has given up, for what was not done in time.
var errLate = fmt.Errorf("postgres: %w: it came too late", store.ErrUnavailable)

// inTime runs f, whose statement is done only until a time of the server's, and which
// returns what the server's clock showed, zero if it did not get that far. Its outcome
// is not known after an outage, and it must not be repeated then: it could undo what
// is newer.
func (s *Store) inTime(ctx context.Context, f func(ctx context.Context, c *pgx.Conn) (now time.Time, err error)) error {
	return s.do(ctx, giveUp, func(ctx context.Context, c *pgx.Conn) error {
		if err := s.setClock(ctx, c); err != nil {
			return err
		}
		sent := time.Now()
		now, err := f(ctx, c)
		if err == nil && !now.IsZero() {
			s.clock.Observe(sent, time.Now(), now, time.Microsecond)
		}
		return err
	})
}

// setClock asks the server for its time, once. What is written tells it again.
func (s *Store) setClock(ctx context.Context, c *pgx.Conn) error {
	if s.clock.Known() {
		return nil
	}
	sent := time.Now()
	var now time.Time
	rows, err := s.query(ctx, c, settingsOfOne, "SELECT clock_timestamp()")
	if err != nil {
		return err
	}
	if now, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[time.Time]); err != nil {
		return err
	}
	s.clock.Observe(sent, time.Now(), now, time.Microsecond)
	return nil
}

// until returns the server's time at which a caller gives up: at its deadline,
// zero for none, and at the latest when ctx ends.
func (s *Store) until(ctx context.Context, deadline time.Time) time.Time {
	if end, ok := ctx.Deadline(); ok && (deadline.IsZero() || end.Before(deadline)) {
		deadline = end
	}
	return s.clock.At(deadline)
}

func isOver(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }
