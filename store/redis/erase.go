package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// eraseWindow is how many records are examined at a time, and eraseCost what those
// cost that are deleted at a time, as costOf estimates. The server is then left to
// others for as long as it was busy, and after the first window, when it is a long
// erasure, for eraseRest times as long. What takes longer than eraseBusy has waited, for
// the network or for a server that was away.
const (
	eraseWindow = store.MaxLimit
	eraseCost   = maxCost / 4
	eraseRest   = 3
	eraseBusy   = 10 * time.Millisecond
)

// Erase implements [store.Store].
func (s *Store) Erase(ctx context.Context, scope store.Scope, f store.Filter) (erased int64, err error) {
	conditions := f.Conditions()
	if err := begin(ctx, scope.Check(), f.CheckErase()); err != nil {
		return 0, err
	}
	q, times := store.Query{Filter: f}, time.Duration(1)
	if err := s.refuseNewer(ctx, scope, q); err != nil {
		return 0, err
	}
	if err := s.mark(ctx, scope); err != nil { // what began before, and is not there yet, begins anew
		return 0, err
	}
	for {
		started := time.Now()
		found, more, err := s.entries(ctx, scope, q, eraseWindow)
		if err != nil {
			return erased, err
		}
		if err := rest(ctx, started, times); err != nil {
			return erased, err
		}
		var last string
		var selected []change
		for _, e := range found {
			r, err := decode(scope, e.id, e.value)
			if err != nil {
				return erased, err
			}
			last = r.ID
			if conditions.Match(&r) {
				selected = append(selected, change{what: erase, ref: e.id, value: e.value[:recordStamp], cost: costOf(len(r.Tags), e.value)})
			}
		}
		var again bool
		for chunk := range affordable(selected) {
			started := time.Now()
			n, changed, err := s.eraseChunk(ctx, scope, chunk)
			erased += n
			if err != nil {
				return erased, err
			}
			if err := rest(ctx, started, times); err != nil {
				return erased, err
			}
			again = again || changed
		}
		switch {
		case again: // from the same position
		case !more:
			return erased, s.mark(ctx, scope) // which replicas get after all that was deleted before
		default:
			q.After, times = last, eraseRest
		}
	}
}

// rest leaves the server to others after it was busy, for some times as long.
func rest(ctx context.Context, started time.Time, times time.Duration) error {
	select {
	case <-time.After(times * min(time.Since(started), eraseBusy)):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("redis: %w", ctx.Err())
	}
}

// mark has adds that began before begin anew, or end if nobody waits for them.
func (s *Store) mark(ctx context.Context, scope store.Scope) error {
	_, err := s.write(ctx, change{scope: scope, what: mark, cost: recordCost})
	return err
}

// refuseNewer returns an error if Erase would come to anything that a newer version
// wrote: it starts only on what it can finish. Other errors are for Erase to find.
func (s *Store) refuseNewer(ctx context.Context, scope store.Scope, q store.Query) error {
	for times := time.Duration(1); ; times = eraseRest {
		started := time.Now()
		found, more, err := s.entries(ctx, scope, q, eraseWindow)
		for _, e := range found {
			f, err := decode(scope, e.id, e.value)
			if errors.Is(err, store.ErrNewerVersion) {
				return err
			}
			if err != nil {
				return nil
			}
			q.After = f.ID
		}
		if err != nil || !more {
			return err
		}
		if err := rest(ctx, started, times); err != nil {
			return err
		}
	}
}

// affordable divides deletions into what one script does.
func affordable(changes []change) iter.Seq[[]change] {
	return func(yield func([]change) bool) {
		start, sum := 0, 0
		for i, c := range changes {
			if sum += c.cost; sum > eraseCost && i > start {
				if !yield(changes[start:i]) {
					return
				}
				start, sum = i, c.cost
			}
		}
		if start < len(changes) {
			yield(changes[start:])
		}
	}
}

// eraseChunk removes records that still are as they were examined. It reports
// whether some have changed and so must be examined again.
func (s *Store) eraseChunk(ctx context.Context, scope store.Scope, chunk []change) (n int64, again bool, err error) {
	base := s.base(scope)
	until, _ := ctx.Deadline()
	for i := range chunk {
		chunk[i].base, chunk[i].deadline = base, until
	}
	err = s.persist(ctx, false, func() (bool, error) {
		node, err := s.node(ctx, base)
		if err != nil {
			return false, err
		}
		ctx, cancel := context.WithTimeout(ctx, s.timeout)
		defer cancel()
		var left []change // to do at the next try
		for i, r := range node.run(ctx, chunk) {
			switch {
			case isNotDone(r.Err):
				left = append(left, chunk[i])
				err = cmp.Or(err, r.Err)
			case r.Err != nil:
				err = r.Err // which ends it
			case r.Value.status == erased:
				n++
			case r.Value.status == changed:
				again = true
			}
		}
		chunk = left
		return true, err
	})
	return n, again, err
}
