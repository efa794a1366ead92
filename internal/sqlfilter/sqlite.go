package sqlfilter

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

// SQLite is the dialect of tables as store/sqlite has them. Without statistics SQLite
// would often rather walk the whole scope in its order.
var SQLite = &Dialect{
	Argument: func(n int, _ any) string { return "?" + strconv.Itoa(n) },
	ID:       uuidBytes,
	Conditions: map[Comparison]Template{
		{store.MessageID, store.Equal}:    {SQL: "message_id = %s", Index: 1, Where: "message_id <> ''", Name: "feedbacks_message"},
		{store.SessionID, store.Equal}:    {SQL: "session_id = %s", Index: 2, Name: "feedbacks_session"},
		{store.UserID, store.Equal}:       {SQL: "user_id = %s", Index: 3, Where: "user_id <> ''", Name: "feedbacks_user"},
		{store.Waiting, store.Equal}:      {SQL: "(waiting IS NOT NULL) = %s", Index: 4, Where: "waiting IS NOT NULL", Name: "feedbacks_waiting", Only: true},
		{store.Handled, store.Equal}:      ofSQLiteStaff("(staff ->> '$.review' IS NOT NULL) = %s"),
		{store.CreatedAt, store.AtLeast}:  {SQL: "id >= %s", Bound: true},
		{store.CreatedAt, store.Below}:    {SQL: "id < %s", Bound: true},
		{store.Tags, store.Contains}:      {SQL: "instr(char(31) || tags || char(31), char(31) || %s || char(31)) > 0"},
		{store.Score, store.AtLeast}:      {SQL: "score >= %s"},
		{store.Score, store.AtMost}:       {SQL: "score <= %s"},
		{store.Text, store.Present}:       {SQL: "(text <> '') = %s"},
		{store.Metadata, store.Contains}:  ofSQLiteDetails(`details ->> ('$.metadata."' || %s || '"') = %s`), // no name has a quotation mark
		{store.Correction, store.Present}: ofSQLiteDetails("(coalesce(details ->> '$.correction', '') <> '') = %s"),
		{store.Words, store.Contains}:     ofSQLiteWords(),
	},
}

// ContainsFold is the name of a function of SQL that says, of two texts, what
// [store.ContainsFold] does.
const ContainsFold = "feedbacks_contains_fold"

func ofSQLiteWords() Template {
	t := ofSQLiteDetails(ContainsFold + "(text, %s) OR " + ContainsFold + "(coalesce(details ->> '$.correction', ''), %s)")
	t.Args = func(value any) []any { return []any{value, value} }
	return t
}

// uuidBytes are the 16 bytes of an id.
func uuidBytes(id string) any {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(id, "aia_fdbk_"), "-", ""))
	if err != nil {
		panic("sqlfilter: " + err.Error()) // it is the lowest of a time
	}
	return b
}

// ofSQLiteDetails also selects what a newer version wrote, so that a call that cannot
// tell fails when it meets that.
func ofSQLiteDetails(sql string) Template {
	return Template{SQL: "(" + sql + " OR " + newerSQLite("details", carried.Names()) + ")"}
}

// ofSQLiteStaff is ofSQLiteDetails for the staff's value.
func ofSQLiteStaff(sql string) Template {
	return Template{SQL: "(" + sql + " OR " + newerSQLite("staff", carried.StaffNames()) + ")"}
}

// SQLiteNewer says of what a record carries what package carried says: whether a newer
// version of this library wrote it. It is never NULL.
func SQLiteNewer() string {
	return "(" + newerSQLite("details", carried.Names()) + " OR " + newerSQLite("staff", carried.StaffNames()) + ")"
}

func newerSQLite(value string, names []string) string {
	return "(" + value + " IS NOT NULL AND (coalesce(" + value + " ->> '$.v', 0) > " + strconv.Itoa(carried.Version) +
		" OR EXISTS (SELECT 1 FROM json_each(" + value + ") WHERE key NOT IN ('" + strings.Join(names, "', '") + "'))))"
}
