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
	// ID makes an argument of an id.
	ID func(id string) any
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
	// SQL has %s in the place of each argument: two for a Pair, and for a time the
	// lowest id that it can have.
	SQL string
	// Args makes the arguments of the condition's value; nil for those that SQL says.
	Args func(value any) []any
	// Bound says that every index finds it, beside what else it finds.
	Bound bool
	// Index is 1 for what an index finds the fewest records by, 2 for the next, and
	// so on; 0 when there is none. A statement can go by one of these alone.
	Index int
	// Only is the one value that the index finds; nil if it finds any.
	Only any
	// Column is that index's, between the scope and the id, where the planner has to be
	// left no other.
	Column string
	// Where is the condition of that index, if it has one.
	Where string
	// Again says it once more of a record that may have been replaced since the index
	// found it, in words that lead to no index; "" for what no record loses.
	Again string
	// Name is that of the index, where the database has to be told to take it.
	Name string
}

// finds reports whether an index finds what a condition selects.
func (t Template) finds(c store.Condition) bool {
	return t.Index > 0 && (t.Only == nil || t.Only == c.Value)
}

// A Where is the conditions of a statement, which must all hold, and their
// arguments.
type Where struct {
	// Args are the arguments, in the order of their numbers.
	Args []any

	// Index is the Name of the index that leads, "" for none.
	Index string

	dialect        *Dialect
	column         string // of the index that it goes by, "" for none but the id
	again          string // that index's
	examined, rest []string
}

// Where returns a Where without a condition.
func (d *Dialect) Where() *Where { return &Where{dialect: d} }

// Arg adds an argument and returns what stands for it.
func (w *Where) Arg(value any) string {
	w.Args = append(w.Args, value)
	return w.dialect.Argument(len(w.Args), value)
}

// Examine adds a condition that an index finds, with an argument for each %s.
func (w *Where) Examine(sql string, args ...any) { w.examined = append(w.examined, w.fill(sql, args)) }

// Require adds a condition that no index finds.
func (w *Where) Require(sql string, args ...any) { w.rest = append(w.rest, w.fill(sql, args)) }

func (w *Where) fill(sql string, args []any) string {
	for _, arg := range args {
		sql = strings.Replace(sql, "%s", w.Arg(arg), 1)
	}
	return sql
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
		if t.finds(c) && (lead == 0 || t.Index < lead) {
			lead = t.Index
		}
	}
	for _, c := range cs {
		t := w.dialect.Conditions[Comparison{c.Field, c.Op}]
		args := w.dialect.arguments
		if t.Args != nil {
			args = t.Args
		}
		switch args := args(c.Value); {
		case t.Bound:
			w.Examine(t.SQL, args...)
		case !t.finds(c) || t.Index != lead:
			w.Require(t.SQL, args...)
		default:
			w.lead(t, c.Value)
		}
	}
	return nil
}

// lead has the statement go by a template's index. With Column that is a range: if it
// were one value, the rows of another index would be in order too, and to a planner
// that one may look as good where few rows are expected.
func (w *Where) lead(t Template, value any) {
	w.column, w.Index, w.again = t.Column, t.Name, t.Again
	if t.Column == "" {
		w.Examine(t.SQL, value)
	} else {
		arg := w.Arg(value)
		w.examined = append(w.examined, t.Column+" >= "+arg+" AND "+t.Column+" <= "+arg)
	}
	if t.Where != "" {
		w.examined = append(w.examined, t.Where)
	}
}

// Order is the order of the index that the statement goes by, within the scope, of
// columns with a prefix: no other has it.
func (w *Where) Order(prefix string, descending bool) string {
	direction := ""
	if descending {
		direction = " DESC"
	}
	order := prefix + "id" + direction
	if w.column != "" {
		order = prefix + w.column + direction + ", " + order
	}
	return order
}

// arguments are those of a condition's value.
func (d *Dialect) arguments(value any) []any {
	switch v := value.(type) {
	case store.Pair:
		return []any{v.Name, v.Value}
	case time.Time:
		return []any{d.ID(store.MinID(v))}
	}
	return []any{value}
}

// Examined are the conditions that an index finds, "" for none.
func (w *Where) Examined() string { return strings.Join(w.examined, " AND ") }

// Required are the other conditions, "" for none.
func (w *Where) Required() string { return strings.Join(w.rest, " AND ") }

// Again are the conditions to look at once more of a record that may have been replaced
// since it was examined, "" for none.
func (w *Where) Again() string {
	if w.again == "" {
		return w.Required()
	}
	return strings.Join(append(w.rest[:len(w.rest):len(w.rest)], w.again), " AND ")
}

// String returns all conditions.
func (w *Where) String() string {
	all := append(w.examined[:len(w.examined):len(w.examined)], w.rest...)
	return strings.Join(all, " AND ")
}
