package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/humanfeedback/feedbacks/store"
)

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	if err := begin(ctx, f.Check()); err != nil {
		return store.Feedback{}, err
	}
	f = f.Normalize()
	var present *store.Feedback
	err := s.write(ctx, size(f), func(t *tx) (err error) {
		present, err = t.create(&f)
		return err
	})
	switch {
	case err != nil:
		return store.Feedback{}, err
	case present != nil:
		return *present, nil
	}
	return f, nil
}

// create adds a record, or returns the one that bears its ID or else its Key.
func (t *tx) create(f *store.Feedback) (present *store.Feedback, err error) {
	scope, err := t.scopeNumber(f.Scope, true)
	if err != nil {
		return nil, err
	}
	added, err := t.insert(scope, f)
	if err != nil {
		return nil, err
	}
	if added {
		return nil, t.count(scope, f)
	}
	if present, err = t.find(scope, f.Scope, store.Ref{ID: f.ID}); present != nil || err != nil {
		return present, err
	}
	return t.find(scope, f.Scope, store.Ref{Key: f.Key})
}

// Put implements [store.Store].
func (s *Store) Put(ctx context.Context, f store.Feedback) (now store.Feedback, before *store.Feedback, err error) {
	if err := begin(ctx, f.CheckVote()); err != nil {
		return store.Feedback{}, nil, err
	}
	f.Review = nil
	f = f.Normalize()
	var stored store.Feedback // which is not this caller's once it has given up
	var replaced *store.Feedback
	err = s.write(ctx, size(f), func(t *tx) (err error) {
		stored, replaced, err = t.put(f)
		return err
	})
	if err != nil {
		return store.Feedback{}, nil, err
	}
	return stored, replaced, nil
}

// put adds a record, or replaces and returns the one that bears its Key.
func (t *tx) put(f store.Feedback) (now store.Feedback, replaced *store.Feedback, err error) {
	scope, err := t.scopeNumber(f.Scope, true)
	if err != nil {
		return f, nil, err
	}
	replaced, err = t.find(scope, f.Scope, store.Ref{Key: f.Key})
	if err != nil {
		return f, nil, err
	}
	if replaced == nil {
		added, err := t.insert(scope, &f)
		switch {
		case err != nil:
			return f, nil, err
		case !added:
			return f, nil, &store.FieldError{Field: "id", Rule: "is taken by another record"}
		}
		return f, nil, t.count(scope, &f)
	}
	now = f.Reviewed(*replaced)
	now.ID = replaced.ID
	return now, replaced, t.change(scope, replaced, &now)
}

// change makes of a record that is there what it is now.
func (t *tx) change(scope int64, was, now *store.Feedback) error {
	if err := t.replace(scope, now); err != nil {
		return err
	}
	if err := t.uncount(scope, was); err != nil {
		return err
	}
	return t.count(scope, now)
}

// Replace implements [store.Store].
func (s *Store) Replace(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
	if err := begin(ctx, store.CheckReplace(was, now)); err != nil {
		return store.Feedback{}, err
	}
	was, now = was.Normalize(), now.Normalize()
	err := s.write(ctx, size(now), func(t *tx) error {
		scope, err := t.scopeNumber(now.Scope, false)
		if err != nil {
			return err
		}
		found, err := t.find(scope, now.Scope, store.Ref{ID: now.ID})
		switch {
		case err != nil:
			return err
		case found == nil:
			return store.ErrNotFound
		case !found.Equal(was) && !found.Equal(now):
			return store.ErrConflict
		}
		return t.change(scope, found, &now)
	})
	if err != nil {
		return store.Feedback{}, err
	}
	return now, nil
}

const (
	getIDSQL  = `SELECT ` + recordColumns + ` FROM feedbacks WHERE scope = ? AND id = ?`
	getKeySQL = `SELECT ` + recordColumns + ` FROM feedbacks WHERE scope = ? AND key = ?`
)

// find returns the record that ref names, nil if there is none.
func (t *tx) find(number int64, scope store.Scope, ref store.Ref) (found *store.Feedback, err error) {
	sql, arg := getIDSQL, any(nil)
	if ref.Key != "" {
		sql, arg = getKeySQL, keyBytes(ref.Key)
	} else {
		arg = idBytes(ref.ID)
	}
	err = t.query(context.Background(), sql, []any{number, arg}, func(v []driver.Value) error {
		f, err := scan(v)
		f.Scope = scope
		found = &f
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
