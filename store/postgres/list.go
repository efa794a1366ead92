package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

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
func (s *Store) list(ctx context.Context, scope store.Scope, q store.Query, w *sqlfilter.Where) (store.Page, error) {
	sql := s.listSQL(q, w)
	var page store.Page
	err := s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		page = store.Page{Feedbacks: q.Buffer[:0]}
		rows, err := s.query(ctx, c, settings, sql, w.Args...)
		return newReader(columns).each(rows, err, func(w what, f store.Feedback, err error) error {
			switch {
			case w == aWindowEnd:
				page.Next = f.ID
				return errStop
			case err != nil:
				return err
			case len(page.Feedbacks) == q.Limit: // the first of the next page
				page.Next = page.Feedbacks[q.Limit-1].ID
				return errStop
			}
			f.Scope = scope
			page.Feedbacks = append(page.Feedbacks, f)
			return nil
		})
	})
	if err != nil {
		return store.Page{}, err
	}
	return page, nil
}

// replanned are arguments with which a statement gets a plan of its own each time:
// one that small tables and scopes like may sort or read a large one.
func replanned(c *pgx.Conn, args ...any) []any {
	if c.Config().DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		return append([]any{pgx.QueryExecModeCacheDescribe}, args...)
	}
	return args
}

// listSQL returns the statement for a page and, so that one can see whether more
// follows, one record more. Where a condition has no index, it goes through a
// window of what the indexes find, and if that does not fill the page, a last
// row tells the id that the window ends at.
func (s *Store) listSQL(q store.Query, w *sqlfilter.Where) string {
	order := " ORDER BY " + w.Order("f.", !q.Ascending) // f., as a list may have another id
	limit := " LIMIT " + strconv.Itoa(q.Limit+1)
	records := "SELECT " + aRecord.sql() + ", " + reads(columns, "") + " FROM "
	examined := "«feedbacks f WHERE " + w.Examined() + order
	if w.Required() == "" {
		return s.sql.in(records + examined + limit)
	}
	return s.sql.in("(" + records + "(SELECT * FROM " + examined + " LIMIT " + strconv.Itoa(window) + ") f WHERE " + w.Required() + order + limit + ")" +
		" UNION ALL (SELECT " + aWindowEnd.sql() + ", " + no(columns, map[string]string{"id": "id::text"}) +
		" FROM " + examined + " OFFSET " + strconv.Itoa(window-1) + " LIMIT 1)" + limit)
}

// where returns the conditions of a page. The first argument is the scope.
func where(scope store.Scope, q store.Query) (*sqlfilter.Where, error) {
	w := sqlfilter.PostgreSQL.Where()
	w.Examine("scope = %s::uuid", scopeUUID(scope))
	if q.After != "" && q.Ascending {
		w.Examine("id > %s::uuid", uuidOf(q.After))
	} else if q.After != "" {
		w.Examine("id < %s::uuid", uuidOf(q.After))
	}
	return w, w.Filter(q.Conditions())
}
