package postgres

import (
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

// A column is one of a table. The statements' lists, their arguments and the
// destinations of what is read are all made from it.
type column struct {
	name string
	values
	stored string              // what is stored, of the argument %s; "" is the argument
	read   string              // what is read, of the column %s; "" is the column
	into   func(r *reader) any // where that goes
	none   string              // what is read in rows that are no records
	put    string              // what Put sets it to, of the rows "old" and "new"; "" keeps it
	tally  bool                // whether rollups count it
}

// scopeColumns are the table feedbacks_scopes. The first is every table's.
var scopeColumns = []column{
	{name: "scope", values: values{"text", func(f *store.Feedback) any { return scopeUUID(f.Scope) }, scopeUUIDs}, stored: "%s::uuid"},
	{name: "account", values: each("text", func(f *store.Feedback) string { return f.Scope.Account })},
	{name: "assistant", values: each("text", func(f *store.Feedback) string { return f.Scope.Assistant })},
}

// columns are the table feedbacks, but for the scope. What a record carries is in
// details: another such field takes no other column.
var columns = []column{
	{
		name: "id", values: each("text", func(f *store.Feedback) string { return uuidOf(f.ID) }), stored: "%s::uuid",
		read: "%s::text", into: func(r *reader) any { return &r.record.ID },
	}, {
		name: "key", values: each("text", func(f *store.Feedback) string { return f.Key }), stored: "nullif(%s, '')",
		read: "coalesce(%s, '')", into: func(r *reader) any { return &r.record.Key },
	}, {
		name: "session_id", values: each("text", func(f *store.Feedback) string { return f.SessionID }),
		into: func(r *reader) any { return &r.record.SessionID },
	}, {
		name: "message_id", values: each("text", func(f *store.Feedback) string { return f.MessageID }),
		into: func(r *reader) any { return &r.record.MessageID },
	}, {
		name: "user_id", values: each("text", func(f *store.Feedback) string { return f.UserID }),
		into: func(r *reader) any { return &r.record.UserID },
	}, {
		name: "score", values: each("float8", func(f *store.Feedback) float64 { return f.Score }),
		into: func(r *reader) any { return &r.record.Score }, none: "0", put: "new.score", tally: true,
	}, {
		name: "text", values: each("text", func(f *store.Feedback) string { return f.Text }),
		into: func(r *reader) any { return &r.record.Text }, put: "new.text", tally: true,
	}, { // one text: an array of arrays would have to have rows of one length, and no tag has a control character
		name: "tags", values: each("text", func(f *store.Feedback) string { return strings.Join(f.Tags, "\x1f") }), stored: `string_to_array(%s, E'\x1f')`,
		into: func(r *reader) any { return &r.record.Tags }, none: "{}", put: "new.tags", tally: true,
	}, {
		name: "updated_at", values: each("timestamptz", func(f *store.Feedback) time.Time { return f.UpdatedAt }),
		into: func(r *reader) any { return &r.record.UpdatedAt }, none: "epoch", put: "new.updated_at",
	}, {
		name: "details", values: each("text", giver), stored: "nullif(%s, '')::jsonb",
		read: "%s::text", into: func(r *reader) any { return &r.details }, put: "new.details",
	}, {
		name: "staff", values: each("text", staff), stored: "nullif(%s, '')::jsonb",
		read: "%s::text", into: func(r *reader) any { return &r.staff }, put: stillReviewed,
	},
}

// stillReviewed is what store.Feedback.Reviewed has stay, of "old" and "new".
const stillReviewed = `CASE WHEN old.staff IS NOT NULL AND old.score = new.score AND old.text = new.text
		AND old.details->>'correction' IS NOT DISTINCT FROM new.details->>'correction' THEN old.staff END`

// uncountedColumn says which of a record's tags are not counted. It is the
// store's own, and nothing reads it into a record.
var uncountedColumn = column{name: "uncounted", values: values{argument: "smallint"}, stored: "nullif(%s, 0)"}

// newColumns are all that a new record is made of, but for uncountedColumn.
var newColumns = append(scopeColumns[:1:1], columns...)

var (
	putColumns   = having(func(c column) bool { return c.put != "" })
	tallyColumns = append(having(func(c column) bool { return c.tally }), uncountedColumn)
)

func having(wanted func(column) bool) (cs []column) {
	for _, c := range columns {
		if wanted(c) {
			cs = append(cs, c)
		}
	}
	return cs
}

// scopeUUIDs hashes each scope once.
func scopeUUIDs(fs []store.Feedback) any {
	uuids := make([]string, len(fs))
	known := map[store.Scope]string{}
	for i := range fs {
		if i > 0 && fs[i].Scope == fs[i-1].Scope {
			uuids[i] = uuids[i-1]
			continue
		}
		uuid, ok := known[fs[i].Scope]
		if !ok {
			uuid = scopeUUID(fs[i].Scope)
			known[fs[i].Scope] = uuid
		}
		uuids[i] = uuid
	}
	return uuids
}

// giver is what a record carries of its giver's, "" for nothing, and staff what staff
// adds.
func giver(f *store.Feedback) string {
	value, _ := carried.Giver(f)
	return value
}

func staff(f *store.Feedback) string {
	value, _ := carried.Staff(f)
	return value
}

// values make arguments of a column's values, in types that need no prepared
// statement.
type values struct {
	argument string // SQL's type
	one      func(f *store.Feedback) any
	all      func(fs []store.Feedback) any // as an array
}

func each[T any](argument string, value func(f *store.Feedback) T) values {
	return values{
		argument: argument,
		one:      func(f *store.Feedback) any { return value(f) },
		all: func(fs []store.Feedback) any {
			vs := make([]T, len(fs))
			for i := range fs {
				vs[i] = value(&fs[i])
			}
			return vs
		},
	}
}
