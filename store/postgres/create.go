package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	if err := begin(ctx, f.Check()); err != nil {
		return store.Feedback{}, err
	}
	begun := time.Now()
	w := newWrite(ctx, f.Normalize())
	f, sent, err := s.creates.Do(ctx, w)
	for isInTheWay(err) && time.Since(begun) < s.opts.Timeout {
		w.beginAnew(ctx, err)
		f, sent, err = s.creates.Do(ctx, w)
	}
	if isInTheWay(err) {
		err = fmt.Errorf("postgres: %w: within %v: %w", store.ErrUnavailable, s.opts.Timeout, err)
	}
	if err == nil {
		s.foldIfDue(ctx, begun)
	}
	return f, waited(sent, err)
}

// createAll creates a batch, no two of one ID. Should a row be what the server
// objects to, only that one fails.
func (s *Store) createAll(ctx context.Context, ws []aWrite) []group.Result[store.Feedback] {
	results, err := s.createBatch(ctx, ws)
	return s.createParts(ctx, ws, results, err)
}

// createParts is bisect for creates.
func (s *Store) createParts(ctx context.Context, ws []aWrite, results []group.Result[store.Feedback], err error) []group.Result[store.Feedback] {
	return bisect(ws, results, err, func(ws []aWrite) ([]group.Result[store.Feedback], error) {
		return s.createBatch(ctx, ws)
	})
}

// createBatch adds records in one statement, and reads those that were there
// before in another. What was there and is gone when it is read is added again.
func (s *Store) createBatch(ctx context.Context, ws []aWrite) ([]group.Result[store.Feedback], error) {
	results := make([]group.Result[store.Feedback], len(ws))
	left := make([]int, len(ws)) // whose results are to come
	for i := range ws {
		left[i] = i
	}
	for {
		left = stillWanted(ws, left, func(i int) { results[i].Err = errLate })
		if len(left) == 0 {
			return results, nil
		}
		added, unknown, err := s.add(ctx, pick(ws, left))
		if len(left) == 1 && isInTheWay(err) {
			err = s.look(ctx, ws[left[0]])
		}
		if err != nil && len(left) < len(ws) { // what was added before stands
			for n, r := range s.createParts(ctx, pick(ws, left), nil, err) {
				results[left[n]] = r
			}
			return results, nil
		}
		if err != nil {
			return nil, err
		}
		var present []int
		for _, i := range left {
			if added[uuidOf(ws[i].ID)] {
				results[i].Value = ws[i].Feedback
			} else {
				present = append(present, i)
			}
		}
		if len(present) == 0 {
			return results, nil
		}
		found, err := s.find(ctx, pick(ws, present))
		if err != nil {
			return nil, err
		}
		left = nil
		for n, i := range present {
			switch results[i] = found[n]; {
			case found[n].Value.ID != "":
			case unknown:
				results[i].Err = errGone
			default:
				left = append(left, i)
			}
		}
		if left == nil {
			return results, nil
		}
		wait(ctx)
	}
}

// errGone ends a Create of which an earlier try may have been done: begun anew it could
// undo the deletion of what that has added.
var errGone = fmt.Errorf("postgres: %w: no answer, and it is gone since", store.ErrUnavailable)

// add adds records and returns the UUIDs of those whose ID and Key were free. It
// may be repeated: what it did before is then found to be there, and it is unknown who
// has added that.
func (s *Store) add(ctx context.Context, ws []aWrite) (added map[string]bool, unknown bool, err error) {
	fs := records(ws)
	marks, err := s.admit(ctx, fs, daysOf(fs))
	if err != nil {
		return nil, false, err
	}
	s.folds.wrote(len(fs))
	maybeDone := false // by a try before
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) (err error) {
		if err := s.setClock(ctx, c); err != nil {
			return err
		}
		unknown = maybeDone
		defer func() { maybeDone = maybeDone || !nothingDone(err) }()
		var sql string
		var args []any
		if len(fs) == 1 {
			sql, args = s.sql.createOne, argumentsOfOne(&fs[0], marks)
		} else {
			sql, args = s.sql.create, append(arguments(fs), marks.uncounted, marks.refused)
		}
		return s.send(ctx, c, ws, false, sql, args, func(rows pgx.Rows, _ error) error { // which is also rows'
			uuids, err := pgx.CollectRows(rows, pgx.RowTo[string])
			added = make(map[string]bool, len(uuids))
			for _, uuid := range uuids {
				added[uuid] = true
			}
			return err
		})
	})
	return added, unknown, err
}

// findSQL reads the records that bear IDs or Keys, each with its place in the
// arguments. It commits, since that one was there is an acknowledgement too.
var findSQL = `SELECT ` + aRecord.sql() + `, n - 1, ` + reads(columns, "") + ` FROM unnest($1::text[]::uuid[], $2::text[]::uuid[]) WITH ORDINALITY AS wanted (s, i, n)
	CROSS JOIN LATERAL (SELECT * FROM «feedbacks f WHERE ` + isRow("id", "s", "i") + `) f
UNION ALL SELECT ` + aRecord.sql() + `, n - 1, ` + reads(columns, "") + ` FROM unnest($1::text[]::uuid[], $3::text[]) WITH ORDINALITY AS wanted (s, k, n)
	CROSS JOIN LATERAL (SELECT * FROM «feedbacks f WHERE ` + isRow("key", "s", "k") + `) f
UNION ALL SELECT ` + theTime.sql() + `, 0, ` + no(columns, nil) + ` WHERE ` + commits

// find returns for each of fs the record that bears its ID or else its Key, or an
// empty one.
func (s *Store) find(ctx context.Context, ws []aWrite) (found []group.Result[store.Feedback], err error) {
	scopes, ids, keys := make([]string, len(ws)), make([]string, len(ws)), make([]string, len(ws))
	for i, w := range ws {
		scopes[i], ids[i], keys[i] = w.scope, uuidOf(w.ID), w.Key
	}
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		found = make([]group.Result[store.Feedback], len(ws))
		var n int
		rows, err := s.query(ctx, c, settings, s.sql.find, scopes, ids, keys)
		return newReader(columns, &n).each(rows, err, func(w what, f store.Feedback, err error) error {
			if w == theTime {
				return nil
			}
			if f.Scope = ws[n].Scope; found[n].Value.ID != ws[n].ID { // or it was found by its ID
				found[n] = group.Result[store.Feedback]{Value: f, Err: err}
			}
			return nil
		})
	})
	return found, err
}

// bisect returns the results of a batch that went as a whole. Of one that failed
// for a bad row, or as something newer is in the way of one, it does each half alone
// with run, so that only that one fails.
func bisect[T, R any](items []T, results []group.Result[R], err error, run func([]T) ([]group.Result[R], error)) []group.Result[R] {
	if err == nil {
		return results
	}
	results = make([]group.Result[R], 0, len(items))
	if len(items) == 1 || !isBadRow(err) && !isInTheWay(err) {
		for range items {
			results = append(results, group.Result[R]{Err: err})
		}
		return results
	}
	for _, half := range [][]T{items[:len(items)/2], items[len(items)/2:]} {
		part, err := run(half)
		results = append(results, bisect(half, part, err, run)...)
	}
	return results
}

// pick returns the items at the given places.
func pick[T any](items []T, at []int) []T {
	if len(at) == len(items) {
		return items
	}
	picked := make([]T, len(at))
	for i, j := range at {
		picked[i] = items[j]
	}
	return picked
}

// wait lets the others that are after the same records go on.
func wait(ctx context.Context) { sleep(ctx, time.Millisecond) }

// sleep waits until a time is over, or ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
