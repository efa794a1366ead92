// Package sqlfilter makes SQL of a filter's conditions, for every store that
// speaks SQL: each dialect has a template for each Field and Op in one table, and
// what is not there is an error, since a condition that is left out selects more.
package sqlfilter

import (
	"fmt"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A Dialect is what one database's SQL says.
type Dialect struct {
	// Argument is what stands for the nth argument, from 1 on, by its value's type.
	Argument func(n int, value any) string
	// ID makes an argument of an id. Compared as texts these are in the order of ids,
	// from Least to Most.
	ID          func(id string) string
	Least, Most string
	// Conditions are all that can be said.
	Conditions map[Comparison]Template
}

// A Comparison is what a Condition does, but for its value.
type Comparison struct {
	Field store.Field
	Op    store.Op
}

// A Template is a Comparison in SQL.
type Template struct {
	// SQL has %s in the place of each argument: two for a Pair.
	SQL string
	// Args makes the arguments of the condition's value; nil for those that SQL says.
	Args func(value any) []any
	// Bound is set when every index finds it, beside what else it finds: it bounds
	// the ids by the lowest that a time can have.
	Bound func(w *Where, id string)
	// Index is 1 for what an index finds the fewest records by, 2 for the next, and
	// so on; 0 when there is none. A statement can go by one of these alone.
	Index int
	// Column is that index's, between the scope and the id.
	Column string
	// Where is the condition of that index, if it has one.
	Where string
}

// A Where is the conditions of a statement, which must all hold, and their
// arguments. It goes through a range of one index: from one row of its columns to
// another, of which only the ids differ. No other index has these rows in order, so
// that a planner that need not sort has no choice.
type Where struct {
	// Args are the arguments, in the order of their numbers.
	Args []any

	dialect           *Dialect
	columns, values   []string // of the index, but for the id
	low, high         bound
	partial, examined string
	rest              []string
}

// A bound is what an id is compared with.
type bound struct{ op, id string }

// Where returns a Where of a scope, an uuid, and no other condition.
func (d *Dialect) Where(scope string) *Where {
	w := &Where{dialect: d, low: bound{">=", d.Least}, high: bound{"<=", d.Most}}
	w.key("scope", w.Arg(scope)+"::uuid")
	return w
}

func (w *Where) key(column, value string) {
	w.columns, w.values = append(w.columns, column), append(w.values, value)
}

// Arg adds an argument and returns what stands for it.
func (w *Where) Arg(value any) string {
	w.Args = append(w.Args, value)
	return w.dialect.Argument(len(w.Args), value)
}

// AtLeast, After and Below bound the ids: of several bounds the closest holds.
func (w *Where) AtLeast(id string) { w.raise(bound{">=", w.dialect.ID(id)}) }
func (w *Where) After(id string)   { w.raise(bound{">", w.dialect.ID(id)}) }

func (w *Where) raise(b bound) {
	if b.id > w.low.id || b.id == w.low.id && b.op == ">" {
		w.low = b
	}
}

func (w *Where) Below(id string) {
	if b := (bound{"<", w.dialect.ID(id)}); b.id <= w.high.id {
		w.high = b
	}
}

// Require adds a condition that no index finds, with an argument for each %s.
func (w *Where) Require(sql string, args ...any) {
	for _, arg := range args {
		sql = strings.Replace(sql, "%s", w.Arg(arg), 1)
	}
	w.rest = append(w.rest, sql)
}

// Filter adds the conditions of a filter: bounds, and the one whose index finds
// the fewest records, to those that an index finds. The error is
// [store.ErrInvalid], for a condition that the dialect does not have; w must not be
// used then.
func (w *Where) Filter(cs store.Conditions) error {
	lead := 0
	for _, c := range cs {
		t, ok := w.dialect.Conditions[Comparison{c.Field, c.Op}]
		if !ok {
			return &store.FieldError{Field: string(c.Field), Rule: fmt.Sprintf("has a condition (%s) that this store does not know", c.Op)}
		}
		if t.Index > 0 && (lead == 0 || t.Index < lead) {
			lead = t.Index
		}
	}
	for _, c := range cs {
		switch t := w.dialect.Conditions[Comparison{c.Field, c.Op}]; {
		case t.Bound != nil:
			t.Bound(w, store.MinID(c.Value.(time.Time)))
		case t.Index > 0 && t.Index == lead:
			w.key(t.Column, w.Arg(c.Value))
			w.partial = t.Where
		default:
			args := arguments
			if t.Args != nil {
				args = t.Args
			}
			w.Require(t.SQL, args(c.Value)...)
		}
	}
	return nil
}

// arguments are those of a condition's value.
func arguments(value any) []any {
	if v, ok := value.(store.Pair); ok {
		return []any{v.Name, v.Value}
	}
	return []any{value}
}

// Examined are the conditions that an index finds. No bound is added after it was
// called.
func (w *Where) Examined() string {
	if w.examined == "" {
		row := func(op string) string {
			return "(" + strings.Join(w.columns, ", ") + ", id) " + op + " (" + strings.Join(w.values, ", ") + ", "
		}
		w.examined = row(w.low.op) + w.Arg(w.low.id) + "::uuid) AND " + row(w.high.op) + w.Arg(w.high.id) + "::uuid)"
		if w.partial != "" {
			w.examined += " AND " + w.partial
		}
	}
	return w.examined
}

// Order is the order of that index, of a table's columns with a prefix.
func (w *Where) Order(prefix string, descending bool) string {
	direction := ", "
	if descending {
		direction = " DESC, "
	}
	order := ""
	for _, c := range append(w.columns[:len(w.columns):len(w.columns)], "id") {
		order += prefix + c + direction
	}
	return strings.TrimSuffix(order, ", ")
}

// Required are the other conditions, "" for none.
func (w *Where) Required() string { return strings.Join(w.rest, " AND ") }

// String returns all conditions.
func (w *Where) String() string {
	return strings.Join(append([]string{w.Examined()}, w.rest...), " AND ")
}
