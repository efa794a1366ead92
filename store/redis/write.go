package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	if err := begin(ctx, f.Check()); err != nil {
		return store.Feedback{}, err
	}
	f = f.Normalize()
	value := encode(f)
	o, err := s.write(ctx, change{scope: f.Scope, what: create, ref: packID(f.ID), value: value, cost: costOf(len(f.Tags), value)})
	switch {
	case err != nil:
		return store.Feedback{}, err
	case o.status == added:
		return f, nil
	}
	return decode(f.Scope, o.id, o.value)
}

// Put implements [store.Store].
func (s *Store) Put(ctx context.Context, f store.Feedback) (now store.Feedback, before *store.Feedback, err error) {
	if err := begin(ctx, f.CheckVote()); err != nil {
		return store.Feedback{}, nil, err
	}
	f.Review = nil
	f = f.Normalize()
	value := encode(f) // and, likely, one like it that is replaced
	o, err := s.write(ctx, change{scope: f.Scope, what: put, ref: packID(f.ID), value: value, cost: 2 * costOf(len(f.Tags), value)})
	switch {
	case err != nil:
		return store.Feedback{}, nil, err
	case o.status == added:
		return f, nil, nil
	case o.status == taken:
		return store.Feedback{}, nil, &store.FieldError{Field: "id", Rule: "is taken by another record"}
	}
	old, err := decode(f.Scope, o.id, o.value)
	if err != nil {
		return store.Feedback{}, nil, err
	}
	f = f.Reviewed(old)
	f.ID = old.ID
	return f, &old, nil
}

// Replace implements [store.Store]. It goes by the stamp of the record that it has
// looked at, so that however late it comes, it undoes nothing.
func (s *Store) Replace(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
	if err := begin(ctx, store.CheckReplace(was, now)); err != nil {
		return store.Feedback{}, err
	}
	was, now = was.Normalize(), now.Normalize()
	value := encode(now)
	c := change{scope: now.Scope, what: replace, ref: packID(now.ID), cost: 2 * costOf(len(now.Tags), value)}
	for begun := time.Now(); ; {
		found, err := s.look(ctx, now.Scope, store.Ref{ID: now.ID})
		if err != nil {
			return store.Feedback{}, err
		}
		if f, err := decode(now.Scope, found.id, found.value); err != nil {
			return store.Feedback{}, err
		} else if !f.Equal(was) && !f.Equal(now) {
			return store.Feedback{}, store.ErrConflict
		}
		c.value = found.value[:recordStamp] + value
		switch o, err := s.write(ctx, c); {
		case err != nil:
			return store.Feedback{}, err
		case o.status == absent:
			return store.Feedback{}, store.ErrNotFound
		case o.status != changed:
			return now, nil
		case time.Since(begun) > s.timeout: // since it had looked, each time
			return store.Feedback{}, errStale
		}
	}
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	c := change{scope: scope, what: deleteKey, ref: packKey(ref.Key), cost: costOf(store.MaxTags, "")}
	if ref.ID != "" {
		c.what, c.ref = deleteID, packID(ref.ID)
	}
	o, err := s.write(ctx, c)
	switch {
	case err != nil:
		return store.Feedback{}, err
	case o.status == absent:
		return store.Feedback{}, store.ErrNotFound
	}
	return decode(scope, o.id, o.value)
}

var (
	errStale = notDone{error: fmt.Errorf("redis: %w: something newer was written", store.ErrUnavailable)}
	// errUnknown ends a change of which an earlier try may have been done: begun anew
	// it could undo what came after that.
	errUnknown = fmt.Errorf("redis: %w: no answer, and something newer was written since", store.ErrUnavailable)
)

// write does a change, together with others that wait for the same node. It tries
// again what was certainly not done, and a Create, for as long as Timeout: so a
// failover heals. What was refused begins anew when its caller still waits.
func (s *Store) write(ctx context.Context, c change) (outcome, error) {
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	c.base = s.base(c.scope)
	c.deadline, _ = limited.Deadline()
	c.gone = limited.Done()
	c.began = time.Now()
	var o outcome
	err := s.persist(limited, c.what == create || c.what == mark, func() (sent bool, err error) {
		if c.adds() {
			if c.claimed, err = s.claim(limited, c.scope, c.base); err != nil {
				return false, err
			}
		}
		n, err := s.node(limited, c.base)
		if err != nil {
			return false, err
		}
		tried := time.Now()
		o, sent, err = n.group.Do(limited, c)
		switch known := err == nil || !sent || isNotDone(err); {
		case c.repeated && errors.Is(err, errStale):
			err = errUnknown
		case errors.Is(err, errStale): // it begins anew
			c.anew = true
			c.least, _ = strconv.ParseInt(o.id, 10, 64)
		case !known && !c.repeated:
			c.repeated = true
			if c.anew {
				c.began = tried
			}
		}
		return sent, err
	})
	if isLasting(err) && !c.repeated { // no try before may have done it
		err = fmt.Errorf("%w (nothing was done)", err)
	}
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		err = fmt.Errorf("redis: %w: not done within %v: %w", store.ErrUnavailable, s.timeout, err)
	}
	return o, err
}

// persist tries until it is done, or failed in a way that trying again could make
// worse or will not mend. Another try may follow any unavailability if repeatable.
func (s *Store) persist(ctx context.Context, repeatable bool, try func() (sent bool, err error)) error {
	giveUp := time.Now().Add(s.timeout)
	var wait time.Duration
	var maybeDone bool
	var cause error // why the try before failed, which the end of ctx does not tell
	for {
		sent, err := false, s.probe(ctx)
		if err == nil {
			sent, err = try()
		}
		if err == nil {
			return nil
		}
		s.doubt(err)
		if cause == nil || ctx.Err() == nil {
			cause = err
		}
		if s.cluster != nil {
			s.cluster.ReloadState(ctx) // in the background
		}
		undone := isNotDone(err)
		maybeDone = maybeDone || sent && !undone
		switch {
		case ctx.Err() != nil && maybeDone:
			return fmt.Errorf("redis: %w: %w: %w", store.ErrUnavailable, ctx.Err(), cause)
		case ctx.Err() != nil:
			return fmt.Errorf("redis: %w: %v", ctx.Err(), cause)
		case errors.Is(err, group.ErrFull):
			return fmt.Errorf("redis: %w: %w", store.ErrUnavailable, err)
		case errors.Is(err, errUnknown):
			return err
		case errors.Is(err, goredis.ErrClosed) && s.cluster == nil: // for good
			return err
		case isLasting(err), !errors.Is(err, store.ErrUnavailable), !undone && !repeatable:
			return err
		}
		if time.Now().Add(wait).After(giveUp) {
			return err
		}
		pause := hearing
		if !errors.Is(err, errStale) { // else others got on
			pause = wait
			wait = min(max(2*wait, 5*time.Millisecond), 200*time.Millisecond)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// hearing is how long it may take a server to hear that a caller has gone: one that has
// since written what is newer.
const hearing = 5 * time.Millisecond
