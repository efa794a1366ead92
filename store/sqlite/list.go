package sqlite

import (
	"context"
	"database/sql/driver"
	"strconv"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// window is how many records one call examines. A page whose filter selects few
// of them is short.
var window = 10_000 // a variable for tests

// List implements [store.Store].
func (s *Store) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if err := begin(ctx, scope.Check(), q.Check()); err != nil {
		return store.Page{}, err
	}
	w, err := where(scope, q)
	if err != nil {
		return store.Page{}, err
	}
	return s.list(ctx, scope, q, w)
}

// list lists what w selects.
func (s *Store) list(ctx context.Context, scope store.Scope, q store.Query, w *sqlfilter.Where) (page store.Page, err error) {
	sql, endSQL := listSQL(q, w), windowEndSQL(q, w)
	err = s.read(ctx, func(ctx context.Context, c *conn) error {
		page, err = c.page(ctx, scope, q, sql, endSQL, w.Args)
		return err
	})
	if err != nil {
		return store.Page{}, err
	}
	return page, nil
}

// page reads a page.
func (c *conn) page(ctx context.Context, scope store.Scope, q store.Query, sql, endSQL string, args []any) (store.Page, error) {
	page := store.Page{Feedbacks: q.Buffer[:0]}
	err := c.query(ctx, sql, args, func(v []driver.Value) error {
		if len(page.Feedbacks) == q.Limit { // the first of the next page
			page.Next = page.Feedbacks[q.Limit-1].ID
			return nil
		}
		f, err := scan(v)
		if err != nil {
			return err
		}
		f.Scope = scope
		page.Feedbacks = append(page.Feedbacks, f)
		return nil
	})
	if err == nil && page.Next == "" && endSQL != "" {
		err = c.query(ctx, endSQL, args, func(v []driver.Value) error {
			page.Next = idOf(v[0].([]byte))
			return nil
		})
	}
	return page, err
}

// listSQL returns the statement for a page and, so that one can see whether more
// follows, one record more. Where a condition has no index, it goes through a window
// of what the indexes find.
func listSQL(q store.Query, w *sqlfilter.Where) string {
	limit := " LIMIT " + strconv.Itoa(q.Limit+1)
	if w.Required() == "" {
		return "SELECT " + recordColumns + from(w) + order(q) + limit
	}
	return "SELECT " + recordColumns + " FROM (SELECT *" + from(w) + order(q) +
		" LIMIT " + strconv.Itoa(window) + ") WHERE " + w.Required() + order(q) + limit
}

// windowEndSQL returns the statement for the last record of a whole window, "" when
// a list has none.
func windowEndSQL(q store.Query, w *sqlfilter.Where) string {
	if w.Required() == "" {
		return ""
	}
	return "SELECT id" + from(w) + order(q) + " LIMIT 1 OFFSET " + strconv.Itoa(window-1)
}

// from is what the indexes find.
func from(w *sqlfilter.Where) string {
	table := " FROM feedbacks"
	if w.Index != "" {
		table += " INDEXED BY " + w.Index
	}
	return table + " WHERE " + w.Examined()
}

func order(q store.Query) string {
	if q.Ascending {
		return " ORDER BY id"
	}
	return " ORDER BY id DESC"
}

// where returns the conditions of a page.
func where(scope store.Scope, q store.Query) (*sqlfilter.Where, error) {
	w := ofScope(scope)
	if q.After != "" && q.Ascending {
		w.Examine("id > %s", idBytes(q.After))
	} else if q.After != "" {
		w.Examine("id < %s", idBytes(q.After))
	}
	return w, w.Filter(q.Conditions())
}

func ofScope(scope store.Scope) *sqlfilter.Where {
	w := sqlfilter.SQLite.Where()
	w.Examine("scope = (SELECT scope FROM feedbacks_scopes WHERE account = %s AND assistant = %s)", scope.Account, scope.Assistant)
	return w
}

// Scopes implements [store.Store].
func (s *Store) Scopes(ctx context.Context, after store.Scope, limit int) (scopes []store.Scope, err error) {
	if err := begin(ctx, store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(ctx context.Context, c *conn) error {
		scopes = nil
		return c.query(ctx, `SELECT account, assistant FROM feedbacks_scopes WHERE (account, assistant) > (?, ?) ORDER BY account, assistant LIMIT ?`,
			[]any{after.Account, after.Assistant, int64(limit)}, func(v []driver.Value) error {
				scopes = append(scopes, store.Scope{Account: v[0].(string), Assistant: v[1].(string)})
				return nil
			})
	})
	if err != nil {
		return nil, err
	}
	return scopes, nil
}
