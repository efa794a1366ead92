package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

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
	sql, args := s.listSQL(scope, q)
	var page store.Page
	err := s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
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
		for rows.Next() {
			f := store.Feedback{Scope: scope}
			if err := scan(rows, &f); err != nil {
				return err
			}
			if f.SessionID == "" { // no record, but where the window ends
				page.Next = f.ID
				break
			}
			if len(page.Feedbacks) == q.Limit { // the first of the next page
				page.Next = page.Feedbacks[q.Limit-1].ID
				break
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
// window of what the indexes find, and if that does not fill the page, a last
// row without a session tells the id that the window ends at.
func (s *Store) listSQL(scope store.Scope, q store.Query) (sql string, args []any) {
	w := newWhere(scope)
	w.span(q)
	w.indexed(q.Filter)
	order := " ORDER BY id DESC"
	if q.Ascending {
		order = " ORDER BY id"
	}
	limit := " LIMIT " + strconv.Itoa(q.Limit+1) // no argument: the planner should know it
	if !w.unindexed(q.Filter) {
		return s.sql.in("SELECT " + columns + " FROM «feedbacks WHERE " + w.examined + order + limit), w.args
	}
	return s.sql.in("(SELECT " + columns + " FROM (SELECT * FROM «feedbacks WHERE " + w.examined + order + " LIMIT " + strconv.Itoa(window) + ") w" +
		" WHERE " + w.filtered + order + limit + ")" +
		" UNION ALL (SELECT id::text AS uuid, '', '', '', '', 0, '', '{}', timestamptz 'epoch' FROM «feedbacks WHERE " + w.examined + order + " OFFSET " + strconv.Itoa(window-1) + " LIMIT 1)" +
		limit), w.args
}

// A where builds the conditions of a statement and their arguments.
type where struct {
	conditions []string
	args       []any
	// What unindexed makes of the conditions: those that indexes find, and the rest.
	examined, filtered string
}

func newWhere(scope store.Scope) *where {
	w := &where{}
	w.add("scope = %s::text::uuid", scopeUUID(scope))
	return w
}

// add adds a condition with an argument in the place of %s.
func (w *where) add(condition string, arg any) {
	w.conditions = append(w.conditions, fmt.Sprintf(condition, w.arg(arg)))
}

// arg adds an argument and returns what stands for it.
func (w *where) arg(arg any) string {
	w.args = append(w.args, arg)
	return "$" + strconv.Itoa(len(w.args))
}

func (w *where) String() string { return strings.Join(w.conditions, " AND ") }

// span adds the bounds on the id: the filter's, and the page's position.
func (w *where) span(q store.Query) {
	from, to := q.IDs()
	if from != "" {
		w.add("id >= %s::text::uuid", uuidOf(from))
	}
	if to != "" {
		w.add("id < %s::text::uuid", uuidOf(to))
	}
	if q.After != "" && q.Ascending {
		w.add("id > %s::text::uuid", uuidOf(q.After))
	} else if q.After != "" {
		w.add("id < %s::text::uuid", uuidOf(q.After))
	}
}

// indexed adds the condition whose index finds the fewest records.
func (w *where) indexed(f store.Filter) {
	switch {
	case f.MessageID != "":
		w.add("message_id = %s::text AND message_id <> ''", f.MessageID) // as the index has it
	case f.SessionID != "":
		w.add("session_id = %s::text", f.SessionID)
	case f.UserID != "":
		w.add("user_id = %s::text AND user_id <> ''", f.UserID)
	}
}

// unindexed adds the other conditions, and reports whether there are any.
func (w *where) unindexed(f store.Filter) bool {
	w.examined = w.String()
	n := len(w.conditions)
	if f.MessageID != "" && f.SessionID != "" {
		w.add("session_id = %s::text", f.SessionID)
	}
	if (f.MessageID != "" || f.SessionID != "") && f.UserID != "" {
		w.add("user_id = %s::text", f.UserID)
	}
	if f.Tag != "" {
		w.add("%s::text = ANY (tags)", f.Tag)
	}
	if f.MinScore != nil {
		w.add("score >= %s::float8", *f.MinScore)
	}
	if f.MaxScore != nil {
		w.add("score <= %s::float8", *f.MaxScore)
	}
	if f.HasText != nil {
		w.add("(text <> '') = %s::bool", *f.HasText)
	}
	w.filtered = strings.Join(w.conditions[n:], " AND ")
	return len(w.conditions) > n
}
