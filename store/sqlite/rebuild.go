package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/humanfeedback/feedbacks/store"
)

// Rebuild counts the records of a scope anew, for those who changed rows by hand:
// what this package writes keeps the counts that summaries are made of right. It
// works day by day, each in a transaction that all who write wait for, and can be
// repeated. It takes about a second for 300,000 records.
func (s *Store) Rebuild(ctx context.Context, scope store.Scope) error {
	if err := begin(ctx, scope.Check()); err != nil {
		return err
	}
	for day, more := int64(0), true; more; {
		var at int64
		err := s.write(ctx, maxBatchSize, func(t *tx) (err error) {
			at, more, err = t.rebuild(scope, day)
			return err
		})
		if err != nil {
			return err
		}
		day = at + 1
	}
	return nil
}

// Where the first day from one on is that has any records or counts.
const (
	nextRecordSQL = `SELECT id FROM feedbacks WHERE scope = ? AND id >= ? ORDER BY id LIMIT 1`
	nextDaySQL    = `SELECT min(day) FROM (SELECT min(day) AS day FROM feedbacks_days WHERE scope = ?1 AND day >= ?2
UNION ALL SELECT min(day) FROM feedbacks_tags WHERE scope = ?1 AND day >= ?2)`
	deleteTagsSQL = `DELETE FROM feedbacks_tags WHERE scope = ? AND day = ?`
	ofDaySQL      = `SELECT ` + recordColumns + ` FROM feedbacks WHERE scope = ? AND id >= ? AND id < ? ORDER BY id LIMIT 1000`
)

// rebuild counts anew the first day, from one on, that has anything, and reports which
// it was, or that there was none.
func (t *tx) rebuild(of store.Scope, from int64) (day int64, more bool, err error) {
	scope, err := t.scopeNumber(of, false)
	if err != nil {
		return 0, false, err
	}
	err = t.query(context.Background(), nextDaySQL, []any{scope, from}, func(v []driver.Value) error {
		day, more = v[0].(int64)
		return nil
	})
	if err != nil {
		return 0, false, err
	}
	err = t.query(context.Background(), nextRecordSQL, []any{scope, idBytes(store.MinID(dayStart(from)))}, func(v []driver.Value) error {
		f := store.Feedback{ID: idOf(v[0].([]byte))}
		if next := dayOf(&f); !more || next < day {
			day, more = next, true
		}
		return nil
	})
	if err != nil || !more {
		return 0, false, err
	}
	if _, err := t.exec(deleteTagsSQL, scope, day); err != nil {
		return 0, false, err
	}
	t.rollups[scopeDay{scope, day}] = &rollup{tags: map[string]*store.Tally{}} // of no records
	return day, true, t.countDay(scope, day)
}

// countDay counts in all records of a day.
func (t *tx) countDay(scope, day int64) error {
	from, end := idBytes(store.MinID(dayStart(day))), idBytes(store.MinID(dayStart(day+1)))
	for {
		var fs []store.Feedback
		err := t.query(context.Background(), ofDaySQL, []any{scope, from, end}, func(v []driver.Value) error {
			f, err := scan(v)
			if errors.Is(err, store.ErrNewerVersion) { // in what is not counted
				err = nil
			}
			fs = append(fs, f)
			return err
		})
		if err != nil || len(fs) == 0 {
			return err
		}
		for i := range fs {
			if err := t.count(scope, &fs[i]); err != nil {
				return err
			}
		}
		from = append(idBytes(fs[len(fs)-1].ID), 0) // just beyond
	}
}
