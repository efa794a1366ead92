package postgres

import (
	"context"
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
	f, sent, err := s.creates.Do(ctx, f.Normalize())
	if err == nil {
		s.foldIfDue(ctx, begun)
	}
	return f, waited(sent, err)
}

// createAll creates a batch, no two of one ID. Should a row be what the server
// objects to, only that one fails.
func (s *Store) createAll(ctx context.Context, fs []store.Feedback) []group.Result[store.Feedback] {
	results, err := s.createBatch(ctx, fs)
	return bisect(fs, results, err, func(fs []store.Feedback) ([]group.Result[store.Feedback], error) {
		return s.createBatch(ctx, fs)
	})
}

// createBatch adds records in one statement, and reads those that were there
// before in another. What was there and is gone when it is read is added again.
func (s *Store) createBatch(ctx context.Context, fs []store.Feedback) ([]group.Result[store.Feedback], error) {
	results := make([]group.Result[store.Feedback], len(fs))
	left := make([]int, len(fs)) // whose results are to come
	for i := range fs {
		left[i] = i
	}
	for {
		added, err := s.add(ctx, pick(fs, left))
		if err != nil {
			return nil, err
		}
		var present []int
		for _, i := range left {
			if added[uuidOf(fs[i].ID)] {
				results[i].Value = fs[i]
			} else {
				present = append(present, i)
			}
		}
		if len(present) == 0 {
			return results, nil
		}
		found, err := s.find(ctx, pick(fs, present))
		if err != nil {
			return nil, err
		}
		left = nil
		for n, i := range present {
			if found[n].Value.ID == "" {
				left = append(left, i)
			}
			results[i] = found[n]
		}
		if left == nil {
			return results, nil
		}
		wait(ctx)
	}
}

// add adds records and returns the UUIDs of those whose ID and Key were free. It
// may be repeated: what it did before is then found to be there.
func (s *Store) add(ctx context.Context, fs []store.Feedback) (added map[string]bool, err error) {
	marks, err := s.admit(ctx, fs, daysOf(fs))
	if err != nil {
		return nil, err
	}
	s.folds.wrote(len(fs))
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		var sql string
		var args []any
		if len(fs) == 1 {
			sql, args = s.sql.createOne, argumentsOfOne(&fs[0], marks)
		} else {
			sql, args = s.sql.create, append(arguments(fs), marks.uncounted, marks.refused)
		}
		rows, _ := c.Query(ctx, sql, args...) // its error is also rows'
		uuids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		added = make(map[string]bool, len(uuids))
		for _, uuid := range uuids {
			added[uuid] = true
		}
		return err
	})
	return added, err
}

// findSQL reads the records that bear IDs or Keys, each with its place in the
// arguments.
var findSQL = `SELECT ` + aRecord.sql() + `, n - 1, ` + reads(columns, "") + ` FROM unnest($1::text[]::uuid[], $2::text[]::uuid[]) WITH ORDINALITY AS wanted (s, i, n)
	CROSS JOIN LATERAL (SELECT * FROM «feedbacks f WHERE ` + isRow("id", "s", "i") + `) f
UNION ALL SELECT ` + aRecord.sql() + `, n - 1, ` + reads(columns, "") + ` FROM unnest($1::text[]::uuid[], $3::text[]) WITH ORDINALITY AS wanted (s, k, n)
	CROSS JOIN LATERAL (SELECT * FROM «feedbacks f WHERE ` + isRow("key", "s", "k") + `) f`

// find returns for each of fs the record that bears its ID or else its Key, or an
// empty one.
func (s *Store) find(ctx context.Context, fs []store.Feedback) (found []group.Result[store.Feedback], err error) {
	scopes, ids, keys := make([]string, len(fs)), make([]string, len(fs)), make([]string, len(fs))
	for i, f := range fs {
		scopes[i], ids[i], keys[i] = scopeUUID(f.Scope), uuidOf(f.ID), f.Key
	}
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		found = make([]group.Result[store.Feedback], len(fs))
		var n int
		rows, err := s.query(ctx, c, s.sql.find, scopes, ids, keys)
		return newReader(columns, &n).each(rows, err, func(_ what, f store.Feedback, err error) error {
			if f.Scope = fs[n].Scope; found[n].Value.ID != fs[n].ID { // or it was found by its ID
				found[n] = group.Result[store.Feedback]{Value: f, Err: err}
			}
			return nil
		})
	})
	return found, err
}

// bisect returns the results of a batch that went as a whole. Of one that failed
// for a bad row, it does each half alone with run, so that only that row fails.
func bisect[T, R any](items []T, results []group.Result[R], err error, run func([]T) ([]group.Result[R], error)) []group.Result[R] {
	if err == nil {
		return results
	}
	results = make([]group.Result[R], 0, len(items))
	if len(items) == 1 || !isBadRow(err) {
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
func wait(ctx context.Context) {
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done():
	}
}
