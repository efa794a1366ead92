package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// anyDay is the day of who has no tags.
const anyDay = -1

// ownDay is the day of a put that finds no record there.
func ownDay(f store.Feedback) int64 {
	if len(f.Tags) == 0 {
		return anyDay
	}
	return daysSince1970(f.CreatedAt())
}

// A putResult is what a Put returns.
type putResult struct {
	now    store.Feedback
	before *store.Feedback
}

// Put implements [store.Store].
func (s *Store) Put(ctx context.Context, f store.Feedback) (now store.Feedback, before *store.Feedback, err error) {
	if err := begin(ctx, f.CheckVote()); err != nil {
		return store.Feedback{}, nil, err
	}
	begun := time.Now()
	f.Review = nil
	w := newWrite(ctx, f.Normalize())
	w.day = ownDay(w.Feedback)
	r, sent, err := s.puts.Do(ctx, w)
	if err == errHeld || isInTheWay(err) {
		r, sent, err = s.untilFree(ctx, w, err)
	}
	if err == nil {
		s.foldIfDue(ctx, begun)
	}
	return r.now, r.before, waited(sent, err)
}

// putAll puts a batch, no two of one Key. Should a row be what the server
// objects to, only that one fails.
func (s *Store) putAll(ctx context.Context, ps []aWrite) []group.Result[putResult] {
	results, err := s.putBatch(ctx, ps)
	return s.putParts(ctx, ps, results, err)
}

// putParts is bisect for puts.
func (s *Store) putParts(ctx context.Context, ps []aWrite, results []group.Result[putResult], err error) []group.Result[putResult] {
	return bisect(ps, results, err, func(ps []aWrite) ([]group.Result[putResult], error) {
		return s.putBatch(ctx, ps)
	})
}

// putBatch puts records in one statement. Those whose Key another instance was
// adding meanwhile come back with neither, and are put again, and so are those that
// only a wrong idea of the server's clock made late; an ID that is taken looks the
// same. One that replaces a record of another day is put again too: its tags are
// counted on that day.
func (s *Store) putBatch(ctx context.Context, ps []aWrite) ([]group.Result[putResult], error) {
	results := make([]group.Result[putResult], len(ps))
	left := make([]int, len(ps))
	for i := range ps {
		left[i] = i
	}
	for p := patience(0); ; {
		left = stillWanted(ps, left, func(i int) { results[i].Err = errLate })
		if len(left) == 0 {
			return results, nil
		}
		done, err := s.replace(ctx, pick(ps, left))
		if len(left) == 1 && isInTheWay(err) {
			err = s.look(ctx, ps[left[0]])
		}
		if err != nil && len(left) < len(ps) { // what was put before stands
			for n, r := range s.putParts(ctx, pick(ps, left), nil, err) {
				results[left[n]] = r
			}
			return results, nil
		}
		if err != nil {
			return nil, err
		}
		var missing []int
		pause := false
		for _, i := range left {
			r, ok := done[ps[i].Key]
			switch {
			case ok && r.what == ofAnotherDay:
				ps[i].day = daysSince1970(store.Feedback{ID: r.id}.CreatedAt())
				missing = append(missing, i)
				continue
			case ok && r.what == writtenSince:
				results[i].Err = refusal{r.written}
				continue
			case ok && r.what == isHeld:
				results[i].Err = errHeld
				continue
			case ok:
				results[i] = r.result(ps[i].Feedback)
				if before := results[i].Value.before; before != nil {
					s.tags.replaced(*before)
				}
				continue
			}
			ps[i].day = ownDay(ps[i].Feedback)
			if isOver(ps[i].deadline) {
				results[i].Err = errLate
				continue
			}
			switch taken, err := s.idTaken(ctx, ps[i].Feedback); {
			case err != nil:
				results[i].Err = err
			case taken:
				results[i].Err = &store.FieldError{Field: "id", Rule: "is taken by another record"}
			default:
				missing, pause = append(missing, i), true
			}
		}
		if len(missing) == 0 {
			return results, nil
		}
		if left = missing; !pause {
			continue
		}
		if err := p.wait(ctx, s); err != nil {
			for _, i := range left {
				results[i].Err = err
			}
			return results, nil
		}
	}
}

// idTaken reports whether f cannot be added because another record bears its ID.
func (s *Store) idTaken(ctx context.Context, f store.Feedback) (bool, error) {
	r, err := s.get(ctx, f.Scope, store.Ref{ID: f.ID})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil || r.Key == f.Key {
		return false, err
	}
	_, err = s.get(ctx, f.Scope, store.Ref{Key: f.Key})
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err // there is one to replace
}

// A putRow is what putSQL returns of a record.
type putRow struct {
	what     what
	id       string
	written  time.Time       // if it was left alone for that
	replaced *store.Feedback // what Put replaces of one
	err      error           // what replaced does not say
}

// replace runs putSQL, and returns what it did by Key, of which no two are alike.
func (s *Store) replace(ctx context.Context, ps []aWrite) (done map[string]putRow, err error) {
	fs, days, until, begun := records(ps), make([]int64, len(ps)), make([]time.Time, len(ps)), make([]time.Time, len(ps))
	for i, p := range ps {
		days[i] = p.day
	}
	marks, err := s.admit(ctx, fs, days)
	if err != nil {
		return nil, err
	}
	s.folds.wrote(len(ps))
	err = s.inTime(ctx, func(ctx context.Context, c *pgx.Conn) (now time.Time, err error) {
		done = make(map[string]putRow, len(ps))
		for i, p := range ps {
			until[i], begun[i] = s.until(ctx, p.deadline), s.began(p.begun, p.seen)
		}
		return now, s.send(ctx, c, ps, true, s.sql.put, append(arguments(fs), marks.uncounted, until, begun, days, marks.refused), func(rows pgx.Rows, err error) error {
			var key, id string
			return newReader(putColumns, &key, &id).each(rows, err, func(w what, f store.Feedback, err error) error {
				row := putRow{what: w, id: idPrefix + id, written: f.UpdatedAt, err: err}
				if w == aReplaced {
					replaced := f // else f is made for what is added too
					row.replaced = &replaced
				}
				done[key] = row
				return nil
			})
		})
	})
	return done, err
}

// result is what a Put of f returns.
func (r putRow) result(f store.Feedback) group.Result[putResult] {
	f.ID = r.id
	switch {
	case r.what == tooNew:
		return group.Result[putResult]{Err: fmt.Errorf("postgres: %s: %w", f.ID, store.ErrNewerVersion)}
	case r.what == anAddition:
		return group.Result[putResult]{Value: putResult{now: f}}
	case r.err != nil: // of what no newer version wrote
		return group.Result[putResult]{Err: fmt.Errorf("postgres: what was replaced: %w", r.err)}
	}
	before := r.replaced
	before.Scope, before.ID, before.Key = f.Scope, f.ID, f.Key
	before.SessionID, before.MessageID, before.UserID = f.SessionID, f.MessageID, f.UserID // as the Key has them
	return group.Result[putResult]{Value: putResult{now: f.Reviewed(*before), before: before}}
}
