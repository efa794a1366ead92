package postgres

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// A where is the conditions of a statement, and their arguments.
type where struct {
	// examined are those that an index finds, and filtered the rest, "" for none.
	examined, filtered string
	args               []any
}

// indexed are the fields with an index of their own, that which finds the fewest
// records first.
var indexed = []store.Field{store.MessageID, store.SessionID, store.UserID}

// newWhere returns the conditions of the records that q selects, but for its
// Limit.
func newWhere(scope store.Scope, q store.Query) (*where, error) {
	w := &where{}
	w.examined = "scope = " + w.arg(scopeUUID(scope)) + "::text::uuid"
	conditions := q.Conditions()
	best := bestOf(conditions)
	for _, c := range conditions {
		sql, err := sqlfilter.PostgreSQL.SQL(c, w.arg)
		switch {
		case err != nil:
			return nil, err
		case c.Field == best, c.Field == store.CreatedAt:
			w.examined += " AND " + sql
		case w.filtered == "":
			w.filtered = sql
		default:
			w.filtered += " AND " + sql
		}
	}
	if q.After != "" {
		beyond := map[bool]string{true: ">", false: "<"}[q.Ascending]
		w.examined += " AND id " + beyond + " " + w.arg(uuidOf(q.After)) + "::text::uuid"
	}
	return w, nil
}

// bestOf returns the field whose index finds the fewest records, "" if none of the
// conditions has one.
func bestOf(conditions store.Conditions) store.Field {
	for _, field := range indexed {
		for _, c := range conditions {
			if c.Field == field {
				return field
			}
		}
	}
	return ""
}

// arg adds an argument and returns what stands for it.
func (w *where) arg(arg any) string {
	w.args = append(w.args, arg)
	return "$" + strconv.Itoa(len(w.args))
}

// add adds a condition with an argument in the place of %s, for an index.
func (w *where) add(condition string, arg any) {
	w.examined += " AND " + fmt.Sprintf(condition, w.arg(arg))
}

// String returns all conditions.
func (w *where) String() string {
	return strings.TrimSuffix(w.examined+" AND "+w.filtered, " AND ")
}
