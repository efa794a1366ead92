package sqlfilter

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

// PostgreSQL is the dialect of tables as store/postgres has them.
var PostgreSQL = &Dialect{
	Argument: func(n int, value any) string { return "$" + strconv.Itoa(n) + "::" + postgresType(value) },
	ID:       func(id string) any { return strings.TrimPrefix(id, "aia_fdbk_") },
	Conditions: map[Comparison]Template{
		{store.MessageID, store.Equal}:    {SQL: "message_id = %s", Index: 1, Column: "message_id", Where: "message_id <> ''"},
		{store.SessionID, store.Equal}:    {SQL: "session_id = %s", Index: 2, Column: "session_id"},
		{store.UserID, store.Equal}:       {SQL: "user_id = %s", Index: 3, Column: "user_id", Where: "user_id <> ''"},
		{store.Waiting, store.Equal}:      {SQL: "(waiting IS NOT NULL) = %s", Index: 4, Column: "waiting", Where: "waiting IS NOT NULL", Only: true, Again: "coalesce(waiting, false)"},
		{store.Handled, store.Equal}:      ofStaff("(staff->'review' IS NOT NULL) = %s"),
		{store.CreatedAt, store.AtLeast}:  {SQL: "id >= %s::uuid", Bound: true},
		{store.CreatedAt, store.Below}:    {SQL: "id < %s::uuid", Bound: true},
		{store.Tags, store.Contains}:      {SQL: "%s = ANY (tags)"},
		{store.Score, store.AtLeast}:      {SQL: "score >= %s"},
		{store.Score, store.AtMost}:       {SQL: "score <= %s"},
		{store.Text, store.Present}:       {SQL: "(text <> '') = %s"},
		{store.Metadata, store.Contains}:  ofDetails("details->'metadata'->>%s = %s"),
		{store.Correction, store.Present}: ofDetails("(coalesce(details->>'correction', '') <> '') = %s"),
		{store.Words, store.Contains}:     ofWords(),
	},
}

// ofDetails also selects what a newer version wrote, so that a call that cannot
// tell fails when it meets that.
func ofDetails(sql string) Template {
	return Template{SQL: "(" + sql + " OR " + newerPostgreSQL("details", carried.Names()) + ")"}
}

// ofStaff is ofDetails for the staff's value.
func ofStaff(sql string) Template {
	return Template{SQL: "(" + sql + " OR " + newerPostgreSQL("staff", carried.StaffNames()) + ")"}
}

// PostgreSQLNewer says of what a record carries, in columns with a prefix, what package
// carried says: whether a newer version of this library wrote it. It is never NULL.
func PostgreSQLNewer(prefix string) string {
	return "(" + newerPostgreSQL(prefix+"details", carried.Names()) + " OR " + newerPostgreSQL(prefix+"staff", carried.StaffNames()) + ")"
}

func newerPostgreSQL(value string, names []string) string {
	return "coalesce(" + value + "->'v' > '" + strconv.Itoa(carried.Version) + "'" +
		" OR " + value + " - '{" + strings.Join(names, ",") + "}'::text[] <> '{}', false)"
}

// ofWords compares by code points, as Go does and no other collation.
func ofWords() Template {
	t := ofDetails(`text ~ %s COLLATE "C" OR details->>'correction' ~ %s COLLATE "C"`)
	t.Args = func(value any) []any {
		pattern := foldPattern(value.(string))
		return []any{pattern, pattern}
	}
	return t
}

// foldPattern returns PostgreSQL's regular expression for what contains a text as
// [store.ContainsFold] has it: each character in every case, and no sign that means
// something.
func foldPattern(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch next := unicode.SimpleFold(r); {
		case next != r:
			b.WriteString("[" + string(r))
			for ; next != r; next = unicode.SimpleFold(next) {
				b.WriteRune(next)
			}
			b.WriteByte(']')
		case r <= unicode.MaxASCII && !unicode.IsDigit(r): // a letter has cases
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func postgresType(value any) string {
	switch value.(type) {
	case float64:
		return "float8"
	case bool:
		return "bool"
	case int64:
		return "int8"
	case time.Time:
		return "timestamptz"
	}
	return "text"
}
