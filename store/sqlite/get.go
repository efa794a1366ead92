package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	w := ofScope(scope)
	named(w, ref)
	var f store.Feedback
	err := s.read(ctx, func(ctx context.Context, c *conn) error {
		f = store.Feedback{}
		return c.query(ctx, `SELECT `+recordColumns+` FROM feedbacks WHERE `+w.String(), w.Args, func(v []driver.Value) (err error) {
			f, err = scan(v)
			return err
		})
	})
	if err != nil {
		return store.Feedback{}, err
	}
	if f.ID == "" {
		return store.Feedback{}, store.ErrNotFound
	}
	f.Scope = scope
	return f, nil
}

// named adds the condition that finds the record that ref names.
func named(w *sqlfilter.Where, ref store.Ref) {
	if ref.Key != "" {
		w.Examine("key = %s", keyBytes(ref.Key))
	} else {
		w.Examine("id = %s", idBytes(ref.ID))
	}
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	var f *store.Feedback
	err := s.write(ctx, size(store.Feedback{}), func(t *tx) (err error) {
		f, err = t.delete(scope, ref)
		return err
	})
	if err != nil {
		return store.Feedback{}, err
	}
	return *f, nil
}

const deleteSQL = `DELETE FROM feedbacks WHERE scope = ? AND id = ?`

// delete removes the record that ref names and returns it.
func (t *tx) delete(scope store.Scope, ref store.Ref) (*store.Feedback, error) {
	number, err := t.scopeNumber(scope, false)
	if err != nil {
		return nil, err
	}
	f, err := t.find(number, scope, ref)
	if err == nil && f == nil {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return f, t.remove(number, f)
}

// remove deletes a record that is there.
func (t *tx) remove(scope int64, f *store.Feedback) error {
	if _, err := t.exec(deleteSQL, scope, idBytes(f.ID)); err != nil {
		return err
	}
	return t.uncount(scope, f)
}
