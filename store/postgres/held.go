package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// A put does not wait for a row that another transaction has locked: it would hold up
// all that share its statement, and those that come after. It is put again and again,
// in a group of those that have met the same, which pauses in between. So is what
// something newer is in the way of.

// errHeld is what a put gets whose row another transaction has locked.
var errHeld = errors.New("another transaction holds the row")

// Between these are the pauses, longer while nothing gets free.
const (
	leastPause = time.Millisecond
	mostPause  = 20 * time.Millisecond
)

// untilFree puts what was held, or refused, for as long as Options.Timeout.
func (s *Store) untilFree(ctx context.Context, w aWrite, why error) (r putResult, sent bool, err error) {
	limited, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	w.gone = limited.Done()
	w.deadline, _ = limited.Deadline()
	tries := 0
	for err = why; err == errHeld || isInTheWay(err); {
		if w.anew = err != errHeld; w.anew {
			w.beginAnew(limited, err)
		}
		r, sent, err = s.held.Do(limited, w)
		if tries++; tries == maxPatience && err == errHeld {
			if hidden := s.hides(limited); hidden != nil { // and not held
				err = hidden
			}
		}
	}
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return r, sent, fmt.Errorf("postgres: %w: within %v: %w", store.ErrUnavailable, s.opts.Timeout, errHeld)
	}
	return r, sent, err
}

// putHeld puts after a pause. Those that were refused begin after it, or those of one
// record would keep refusing each other. Those that were held began with their calls:
// who holds the row may write what is newer.
func (s *Store) putHeld(ctx context.Context, ws []aWrite) []group.Result[putResult] {
	pause := max(time.Duration(s.pause.Load()), leastPause)
	sleep(ctx, pause)
	for i := range ws {
		if ws[i].anew {
			ws[i].begun = time.Now()
		}
	}
	results := s.putAll(ctx, ws)
	next := min(2*pause, mostPause)
	for _, r := range results {
		if r.Err != errHeld && !isInTheWay(r.Err) {
			next = leastPause
		}
	}
	s.pause.Store(int64(next))
	return results
}
