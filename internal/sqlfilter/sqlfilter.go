// Package sqlfilter is the one place that makes SQL of a filter's conditions, for
// the stores in SQL databases. Their tables have the columns that [store.Field]
// names, and one named details for what package carried makes.
package sqlfilter

import (
	"fmt"
	"time"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

// A Dialect is what databases do each in their own way.
type Dialect struct {
	// Text, Number, Bool and ID make a value of an argument, which stands as %s.
	Text, Number, Bool, ID string
	// IDOf makes of an ID what is in the column.
	IDOf func(id string) string
	// HasTag holds if the value %s is one of the tags.
	HasTag string
	// Version is the version of details, NULL for 1; %s stands for the column.
	Version string
}

// PostgreSQL's dialect, with uuids for ids and arrays for tags.
var PostgreSQL = Dialect{
	Text: "%s::text", Number: "%s::float8", Bool: "%s::bool", ID: "%s::text::uuid",
	IDOf:    func(id string) string { return id[len("aia_fdbk_"):] },
	HasTag:  "%s = ANY (tags)",
	Version: "(%s->>'v')::int",
}

// Newer returns what holds for a record whose details, in the given column, this
// version of the library does not understand.
func (d *Dialect) Newer(details string) string {
	return fmt.Sprintf("coalesce("+d.Version+", 1) > %d", details, carried.Version)
}

// SQL returns what holds for the records that a condition selects. arg adds an
// argument and returns what stands for it. What looks into details also holds for
// those that are newer, which nobody can tell: who reads them fails.
//
// An unknown condition is a [store.FieldError].
func (d *Dialect) SQL(c store.Condition, arg func(any) string) (string, error) {
	as := func(format string, v any) string { return fmt.Sprintf(format, arg(v)) }
	carries := func(sql string) string { return "(" + sql + " OR " + d.Newer("details") + ")" }
	type pair struct {
		store.Field
		store.Op
	}
	switch (pair{c.Field, c.Op}) {
	case pair{store.SessionID, store.Equal}:
		return "session_id = " + as(d.Text, c.Value), nil
	case pair{store.MessageID, store.Equal}:
		return "message_id = " + as(d.Text, c.Value) + " AND message_id <> ''", nil // as the index has it
	case pair{store.UserID, store.Equal}:
		return "user_id = " + as(d.Text, c.Value) + " AND user_id <> ''", nil
	case pair{store.Score, store.AtLeast}:
		return "score >= " + as(d.Number, c.Value), nil
	case pair{store.Score, store.AtMost}:
		return "score <= " + as(d.Number, c.Value), nil
	case pair{store.Text, store.Present}:
		return "(text <> '') = " + as(d.Bool, c.Value), nil
	case pair{store.Tags, store.Contains}:
		return fmt.Sprintf(d.HasTag, as(d.Text, c.Value)), nil
	case pair{store.Metadata, store.Contains}:
		p := c.Value.(store.Pair)
		return carries("details->'metadata'->>" + as(d.Text, p.Name) + " = " + as(d.Text, p.Value)), nil
	case pair{store.Correction, store.Present}:
		return carries("(details->>'correction' IS NOT NULL) = " + as(d.Bool, c.Value)), nil
	case pair{store.CreatedAt, store.AtLeast}:
		return "id >= " + as(d.ID, d.IDOf(store.MinID(c.Value.(time.Time)))), nil
	case pair{store.CreatedAt, store.Below}:
		return "id < " + as(d.ID, d.IDOf(store.MinID(c.Value.(time.Time)))), nil
	}
	return "", &store.FieldError{Field: "filter", Rule: "has a condition that this store does not know: " + c.String()}
}
