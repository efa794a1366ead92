package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

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
	sql, args, err := s.listSQL(scope, q)
	if err != nil {
		return store.Page{}, err
	}
	var page store.Page
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		page = store.Page{Feedbacks: q.Buffer[:0]}
		if c.Config().DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
			// A plan of its own each time: one that small scopes like sorts a large one.
			args = append([]any{pgx.QueryExecModeCacheDescribe}, args...)
		}
		rows, err := c.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		row := newRow()
		for rows.Next() {
			if err := rows.Scan(row.into...); err != nil {
				return err
			}
			if row.kind == isEnd {
				page.Next = idPrefix + row.f.ID
				break
			}
			if len(page.Feedbacks) == q.Limit { // the first of the next page
				page.Next = page.Feedbacks[q.Limit-1].ID
				break
			}
			f, err := row.record(scope)
			if err != nil {
				return err
			}
			page.Feedbacks = append(page.Feedbacks, f)
		}
		rows.Close()
		return rows.Err()
	})
	if err != nil {
		return store.Page{}, err
	}
	return page, nil
}

// listSQL returns the statement for a page and, so that one can see whether more
// follows, one record more. Where a condition has no index, it goes through a
// window of what the indexes find, and if that does not fill the page, a last row
// tells the id that the window ends at.
func (s *Store) listSQL(scope store.Scope, q store.Query) (sql string, args []any, err error) {
	w, err := newWhere(scope, q)
	if err != nil {
		return "", nil, err
	}
	order := " ORDER BY id DESC"
	if q.Ascending {
		order = " ORDER BY id"
	}
	limit := " LIMIT " + strconv.Itoa(q.Limit+1) // no argument: the planner should know it
	if w.filtered == "" {
		return s.sql.in("SELECT " + isRecord.records("") + " FROM «feedbacks WHERE " + w.examined + order + limit), w.args, nil
	}
	return s.sql.in("(SELECT " + isRecord.records("") + " FROM (SELECT * FROM «feedbacks WHERE " + w.examined + order + " LIMIT " + strconv.Itoa(window) + ") w" +
		" WHERE " + w.filtered + order + limit + ")" +
		" UNION ALL (SELECT " + isEnd.with("id", "id") + " FROM «feedbacks WHERE " + w.examined + order + " OFFSET " + strconv.Itoa(window-1) + " LIMIT 1)" +
		limit), w.args, nil
}
