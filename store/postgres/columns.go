package postgres

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

// A column is one of the table feedbacks, but for the scope.
type column struct {
	name string
	// in makes the column's value of an argument, and out what is read of the
	// column; %s stands for either. none is read in a row that is no record.
	in, out, none string
	// replaced says that Put replaces it.
	replaced bool
	// text, number or time is the argument.
	text   func(*store.Feedback) string
	number func(*store.Feedback) float64
	time   func(*store.Feedback) time.Time
	// into is where the value goes that is read.
	into func(*row) any
}

// columns are all of a record. The lists in the statements, their arguments and
// what reads their rows are made from this.
var columns = []column{
	{name: "id", in: "%s::text::uuid", out: "%s::text AS uuid", none: "''", // so named, ORDER BY id means the table's
		text: func(f *store.Feedback) string { return uuidOf(f.ID) }, into: func(r *row) any { return &r.f.ID }},
	{name: "key", in: "nullif(%s::text, '')", out: "coalesce(%s, '')", none: "''",
		text: func(f *store.Feedback) string { return f.Key }, into: func(r *row) any { return &r.f.Key }},
	{name: "session_id", in: "%s::text", out: "%s", none: "''",
		text: func(f *store.Feedback) string { return f.SessionID }, into: func(r *row) any { return &r.f.SessionID }},
	{name: "message_id", in: "%s::text", out: "%s", none: "''",
		text: func(f *store.Feedback) string { return f.MessageID }, into: func(r *row) any { return &r.f.MessageID }},
	{name: "user_id", in: "%s::text", out: "%s", none: "''",
		text: func(f *store.Feedback) string { return f.UserID }, into: func(r *row) any { return &r.f.UserID }},
	{name: "score", in: "%s::float8", out: "%s", none: "0", replaced: true,
		number: func(f *store.Feedback) float64 { return f.Score }, into: func(r *row) any { return &r.f.Score }},
	{name: "text", in: "%s::text", out: "%s", none: "''", replaced: true,
		text: func(f *store.Feedback) string { return f.Text }, into: func(r *row) any { return &r.f.Text }},
	// Joined: an array of arrays would have to have rows of one length. No tag has a
	// control character.
	{name: "tags", in: `string_to_array(%s::text, E'\x1f')`, out: "%s", none: "'{}'", replaced: true,
		text: func(f *store.Feedback) string { return strings.Join(f.Tags, "\x1f") }, into: func(r *row) any { return &r.f.Tags }},
	{name: "details", in: "nullif(%s::text, '')::jsonb", out: "coalesce(%s::text, '')", none: "''", replaced: true,
		text: func(f *store.Feedback) string { value, _ := carried.Giver(f); return value }, into: func(r *row) any { return &r.details }},
	{name: "updated_at", in: "%s::timestamptz", out: "%s", none: "timestamptz 'epoch'", replaced: true,
		time: func(f *store.Feedback) time.Time { return f.UpdatedAt }, into: func(r *row) any { return &r.f.UpdatedAt }},
}

// list makes a list of all columns.
func list(of func(c *column) string) string {
	var all []string
	for i := range columns {
		if s := of(&columns[i]); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, ", ")
}

// names are the columns' names, each after a prefix.
func names(prefix string) string { return list(func(c *column) string { return prefix + c.name }) }

// The kinds of rows that statements return: each has one of these first, and then
// all columns.
type kind int

const (
	isRecord kind = iota
	isAdded       // by Put; it has the record's ID and Key
	isEnd         // of a window; it has the last ID
	isClock       // what the server's clock shows, as updated_at
	isNewer       // than this version of the library understands; it has the record's ID and Key
)

// records is what to select for rows of records, from columns after a prefix.
func (k kind) records(prefix string) string {
	return strconv.Itoa(int(k)) + ", " + list(func(c *column) string { return fmt.Sprintf(c.out, prefix+c.name) })
}

// with is what to select for rows that have some columns only: names and values.
func (k kind) with(values ...string) string {
	return strconv.Itoa(int(k)) + ", " + list(func(c *column) string {
		for i := 0; i < len(values); i += 2 {
			if values[i] == c.name {
				return fmt.Sprintf(c.out, values[i+1])
			}
		}
		return c.none
	})
}

// A row is what is read of a row that a statement returns.
type row struct {
	kind    kind
	f       store.Feedback // of a record, once it has passed record
	details string
	into    []any // for Scan
}

// newRow returns a row to scan rows into, one after the other. What comes before
// the kind goes into before.
func newRow(before ...any) *row {
	r := &row{}
	r.into = append(make([]any, 0, len(before)+1+len(columns)), before...)
	r.into = append(r.into, &r.kind)
	for i := range columns {
		r.into = append(r.into, columns[i].into(r))
	}
	return r
}

// record returns the record of a row that was scanned.
func (r *row) record(scope store.Scope) (store.Feedback, error) {
	f := r.f
	f.Scope, f.ID, f.UpdatedAt = scope, idPrefix+f.ID, f.UpdatedAt.UTC()
	if len(f.Tags) == 0 {
		f.Tags = nil
	}
	if err := carried.Decode(r.details, &f); err != nil {
		return store.Feedback{}, &rowError{fmt.Errorf("record %s: %w", f.ID, err)}
	}
	return f, nil
}

// A rowError says that this version of the library cannot read a row, which no
// repetition changes.
type rowError struct{ error }

func (e *rowError) Unwrap() error { return e.error }

// newer is the error about a record that this version must not change.
func newer(f store.Feedback) error {
	return &rowError{fmt.Errorf("postgres: record %s: %w", f.ID, store.ErrNewerVersion)}
}
