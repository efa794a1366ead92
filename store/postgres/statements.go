package postgres

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// statements are the SQL that is always the same, with the schema filled in.
type statements struct {
	schema              string // with a dot, or ""
	create, createOne   string
	find, put           string
	getID, getKey       string
	deleteID, deleteKey string
	admission           string
	tryToFold, oldest   string
	forget, fold        string
	scopes, least       string
}

func newStatements(schema string) statements {
	s := statements{}
	if schema != "" {
		s.schema = pgx.Identifier{schema}.Sanitize() + "."
	}
	const byID, byKey = "scope = " + scopeArgument + " AND id = $2::text::uuid", "scope = " + scopeArgument + " AND key = $2::text"
	s.create, s.createOne = s.in(createSQL), s.in(createOneSQL)
	s.find, s.put = s.in(findSQL), s.in(putSQL)
	s.getID, s.getKey = s.in(getSQL+byID), s.in(getSQL+byKey)
	s.deleteID, s.deleteKey = s.in(deleteSQL(byID)), s.in(deleteSQL(byKey))
	s.admission = s.in(admissionSQL)
	s.tryToFold, s.oldest = s.in(tryToFoldSQL), s.in(oldestSQL)
	s.forget, s.fold = s.in(forgetSQL), s.in(foldSQL)
	s.scopes = s.in(scopesSQL)
	s.least = s.in("SELECT coalesce(max(least), 0) FROM «feedbacks_migrations")
	return s
}

// in fills in the schema before each table: for «.
func (s statements) in(sql string) string { return strings.ReplaceAll(sql, "«", s.schema) }

// scopeArgument is the first argument of each statement that is about one scope.
const scopeArgument = "$1::text::uuid"

// newer says whether a newer version wrote a record, whose columns have a prefix.
func newer(prefix string) string { return sqlfilter.PostgreSQLNewer(prefix + "details") }

// recordColumns are what a record is made of, in "new" too.
var recordColumns = "scope, " + names(columns, "") + ", " + uncountedColumn.name

// newRows makes arrays of columns, the first arguments, rows of "new".
func newRows(p *parameters, cs []column) string {
	return `new AS (
	SELECT ` + list(cs, func(c column) string { return of(c.stored, c.name) + " AS " + c.name }) + `
	FROM unnest(` + list(cs, func(c column) string { return p.next(c.argument + "[]") }) + `) AS n (` + names(cs, "") + `)
), known AS (
	INSERT INTO «feedbacks_scopes (` + names(scopeColumns, "") + `)
	SELECT DISTINCT ` + names(scopeColumns, "") + ` FROM new ORDER BY scope
	ON CONFLICT DO NOTHING
)`
}

// arguments are those of newColumns.
func arguments(fs []store.Feedback) []any {
	args := make([]any, 0, len(newColumns)+4) // and what comes after them
	for _, c := range newColumns {
		args = append(args, c.all(fs))
	}
	return args
}

// createSQL adds the records of arguments whose ID and Key are free, and returns
// the ids of these. It adds in the order of Keys, as putSQL does: who waits for
// another's Key has only lesser ones that others may wait for.
var createSQL = func() string {
	var p parameters
	return `WITH ` + newRows(&p, append(newColumns[:len(newColumns):len(newColumns)], uncountedColumn)) + `, added AS (
	INSERT INTO «feedbacks (` + recordColumns + `)
	SELECT ` + recordColumns + ` FROM new ORDER BY scope, key, id
	ON CONFLICT DO NOTHING
	RETURNING scope, id, ` + names(tallyColumns, "") + `
), changed AS (` + changed("1", "added") + `), ` + rollUp(p.next("bigint")) + `
SELECT id::text FROM added`
}()

// createOneSQL is createSQL for one record, which is counted beforehand: that makes
// a lone caller wait a fifth less.
var createOneSQL = func() string {
	var p parameters
	next := func(c column) string { return p.next(c.argument) }
	return `WITH known AS (
	INSERT INTO «feedbacks_scopes (` + names(scopeColumns, "") + `) VALUES (` + stores(scopeColumns, next) + `)
	ON CONFLICT DO NOTHING
), added AS (
	INSERT INTO «feedbacks (` + recordColumns + `)
	VALUES (` + scopeArgument + `, ` + stores(append(columns[:len(columns):len(columns)], uncountedColumn), next) + `)
	ON CONFLICT DO NOTHING
	RETURNING id
), rolled_up AS (` + write(rowsOfOne(&p, "added", p.next("bigint"))) + `)
SELECT id::text FROM added`
}()

// argumentsOfOne are those of createOneSQL.
func argumentsOfOne(f *store.Feedback, m marks) []any {
	args := make([]any, 0, len(newColumns)+len(counts)+4)
	for _, c := range newColumns {
		args = append(args, c.one(f))
	}
	args = append(args, m.uncounted[0], m.refused)
	return append(args, countedOne(f, m.uncounted[0])...)
}

// putSQL replaces the records that bear the Keys of arguments, adds those that
// nobody bears, and returns for each Key the record's ID and what was replaced,
// or that it is too new to be, or of another day than its tags were admitted on. A Key that another transaction adds at the same
// time is not among them, nor what comes too late: a vote whose caller has given
// up would undo a newer one. It adds before it replaces, since the last SELECT asks
// for that first: nobody waits for a Key with an updated row that the Key's owner
// may want.
var putSQL = func() string {
	var p parameters
	mismatch := func(id string) string { return "new.day NOT IN (" + strconv.Itoa(anyDay) + ", " + dayOf(id) + ")" }
	return `WITH ` + newRows(&p, append(newColumns[:len(newColumns):len(newColumns)], uncountedColumn, untilColumn, dayColumn)) + `, old AS (
	SELECT f.scope, f.id, f.key, ` + names(putColumns, "f.") + `, f.uncounted, ` + newer("f.") + ` AS newer, ` + mismatch("f.id") + ` AS another_day
	FROM «feedbacks f JOIN new ON f.scope = new.scope AND f.key = new.key
	ORDER BY f.scope, f.id -- as all who lock several
	FOR UPDATE OF f
), replaced AS (
	UPDATE «feedbacks f SET ` + list(putColumns, func(c column) string { return c.name + " = " + c.put }) + `, uncounted = new.uncounted
	FROM old JOIN new ON new.scope = old.scope AND new.key = old.key
	WHERE f.scope = old.scope AND f.id = old.id AND NOT old.newer AND NOT old.another_day AND clock_timestamp() < new.until
	RETURNING f.scope, f.id, f.key, ` + names(tallyColumns, "f.") + `, old.uncounted AS old_uncounted,
		` + list(putColumns, func(c column) string { return "old." + c.name + " AS old_" + c.name }) + `
), added AS (
	INSERT INTO «feedbacks (` + recordColumns + `)
	SELECT ` + recordColumns + ` FROM new
	WHERE NOT EXISTS (SELECT FROM old WHERE old.scope = new.scope AND old.key = new.key) AND NOT (` + mismatch("new.id") + `) AND clock_timestamp() < new.until
	ORDER BY scope, key
	ON CONFLICT DO NOTHING
	RETURNING scope, id, key, ` + names(tallyColumns, "") + `
), changed AS (
	` + changed("1", "added") + `
	UNION ALL ` + changed("1", "replaced") + `
	UNION ALL SELECT scope, id, ` + names(tallyColumns, "old_") + `, -1 FROM replaced
), ` + rollUp(p.next("bigint")) + `
SELECT ` + anAddition.sql() + `, scope::text, key, id::text, ` + no(putColumns, nil) + ` FROM added
UNION ALL SELECT ` + aReplaced.sql() + `, scope::text, key, id::text, ` + reads(putColumns, "old_") + ` FROM replaced
UNION ALL SELECT CASE WHEN newer THEN ` + tooNew.sql() + ` ELSE ` + ofAnotherDay.sql() + ` END, scope::text, key, id::text, ` + no(putColumns, nil) + ` FROM old WHERE newer OR another_day
UNION ALL SELECT ` + theTime.sql() + `, '', '', '', ` + no(putColumns, map[string]string{"updated_at": "clock_timestamp()"})
}()

// untilColumn and dayColumn come after newColumns: until when a record may be put,
// and the day that its tags were admitted on.
var (
	untilColumn = column{name: "until", values: values{argument: "timestamptz"}}
	dayColumn   = column{name: "day", values: values{argument: "int"}}
)

// getSQL reads one record.
var getSQL = `SELECT ` + aRecord.sql() + `, ` + reads(columns, "") + ` FROM «feedbacks WHERE `

// deleteSQL removes one record, unless it is too late or a newer version wrote it,
// and returns it, and the server's time.
func deleteSQL(where string) string {
	return `WITH gone AS (
	DELETE FROM «feedbacks WHERE ` + where + ` AND NOT ` + newer("") + ` AND clock_timestamp() < $3::timestamptz
	RETURNING *
), changed AS (` + changed("-1", "gone") + `), ` + rollUp("") + `
SELECT ` + aRecord.sql() + `, ` + reads(columns, "") + ` FROM gone
UNION ALL SELECT ` + theTime.sql() + `, ` + no(columns, map[string]string{"updated_at": "clock_timestamp()"})
}
