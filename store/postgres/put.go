package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

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
	r, sent, err := s.puts.Do(ctx, f.Normalize())
	return r.now, r.before, waited(sent, err)
}

// putAll puts a batch, no two of one Key. Should a row be what the server
// objects to, only that one fails.
func (s *Store) putAll(ctx context.Context, fs []store.Feedback) []group.Result[putResult] {
	results, err := s.putBatch(ctx, fs)
	return bisect(fs, results, err, func(fs []store.Feedback) ([]group.Result[putResult], error) {
		return s.putBatch(ctx, fs)
	})
}

// putBatch puts records in one statement. Those whose Key another instance was
// adding meanwhile come back with neither, and are put again; an ID that is taken
// looks the same.
func (s *Store) putBatch(ctx context.Context, fs []store.Feedback) ([]group.Result[putResult], error) {
	results := make([]group.Result[putResult], len(fs))
	left := make([]int, len(fs))
	for i := range fs {
		left[i] = i
	}
	for {
		done, err := s.replace(ctx, pick(fs, left))
		if err != nil && len(left) < len(fs) { // what was put before stands
			for _, i := range left {
				results[i].Err = err
			}
			return results, nil
		}
		if err != nil {
			return nil, err
		}
		var missing []int
		for _, i := range left {
			if r, ok := done[recordKey{scopeUUID(fs[i].Scope), fs[i].Key}]; ok {
				results[i].Value = r.result(fs[i])
				continue
			}
			switch taken, err := s.idTaken(ctx, fs[i]); {
			case err != nil:
				results[i].Err = err
			case taken:
				results[i].Err = &store.FieldError{Field: "id", Rule: "is taken by another record"}
			default:
				missing = append(missing, i)
			}
		}
		if len(missing) == 0 {
			return results, nil
		}
		left = missing
		wait(ctx)
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

type recordKey struct{ scope, key string }

// A putRow is what putSQL returns of a record.
type putRow struct {
	id      string
	score   *float64 // of what was replaced, as all that follows; nil when nothing was
	text    *string
	tags    []string
	updated *time.Time
}

// replace runs putSQL. Its outcome is not known after an outage, and it must not
// be repeated then: it could undo a newer Put.
func (s *Store) replace(ctx context.Context, fs []store.Feedback) (done map[recordKey]putRow, err error) {
	err = s.do(ctx, giveUp, func(ctx context.Context, c *pgx.Conn) error {
		done = make(map[recordKey]putRow, len(fs))
		rows, _ := c.Query(ctx, s.sql.put, arguments(fs)...) // its error is also rows'
		var k recordKey
		var r putRow
		_, err := pgx.ForEachRow(rows, []any{&k.scope, &k.key, &r.id, &r.score, &r.text, &r.tags, &r.updated}, func() error {
			done[k] = r
			r = putRow{}
			return nil
		})
		return err
	})
	return done, err
}

// result returns what a Put of f returns.
func (r putRow) result(f store.Feedback) putResult {
	f.ID = idPrefix + r.id
	if r.score == nil {
		return putResult{now: f}
	}
	before := f
	before.Score, before.Text, before.UpdatedAt = *r.score, *r.text, r.updated.UTC()
	before.Tags = nil
	if len(r.tags) > 0 {
		before.Tags = r.tags
	}
	return putResult{now: f, before: &before}
}
