package postgres

import (
	"cmp"
	"slices"
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
	seen, replace       string
	getID, getKey       string
	deleteID, deleteKey string
	inTheWay            string
	inTheWayOfOne       string
	latest              string
	bury, writing       string
	admission           string
	tryToFold, oldest   string
	forget, fold, purge string
	scopes, least       string
}

func newStatements(schema string) statements {
	s := statements{}
	if schema != "" {
		s.schema = pgx.Identifier{schema}.Sanitize() + "."
	}
	byID, byKey := isRow("id", scopeArgument, "$2::text::uuid"), isRow("key", scopeArgument, "$2::text")
	s.create, s.createOne = s.in(createSQL), s.in(createOneSQL)
	s.find, s.put = s.in(findSQL), s.in(putSQL)
	s.seen, s.replace = s.in(seenSQL+byID), s.in(replaceSQL)
	s.getID, s.getKey = s.in(getSQL+byID), s.in(getSQL+byKey)
	s.deleteID, s.deleteKey = s.in(deleteSQL(byID)), s.in(deleteSQL(byKey))
	s.inTheWay, s.inTheWayOfOne, s.latest = s.in(inTheWaySQL), s.in(inTheWayOfOneSQL), s.in(latestSQL)
	s.bury, s.writing = s.in(burySQL), s.in(writingSQL)
	s.admission = s.in(admissionSQL)
	s.tryToFold, s.oldest = s.in(tryToFoldSQL), s.in(oldestSQL)
	s.forget, s.fold, s.purge = s.in(forgetSQL), s.in(foldSQL), s.in(purgeSQL)
	s.scopes = s.in(scopesSQL)
	s.least = s.in("SELECT coalesce(max(least), 0) FROM «feedbacks_migrations")
	return s
}

// in fills in the schema before each table: for «.
func (s statements) in(sql string) string { return strings.ReplaceAll(sql, "«", s.schema) }

// scopeArgument is the first argument of each statement that is about one scope.
const scopeArgument = "$1::text::uuid"

// newer says whether a newer version wrote a record, whose columns have a prefix.
func newer(prefix string) string { return sqlfilter.PostgreSQLNewer(prefix) }

// isRow selects f by its scope and its id or key, by the one index that is in this
// order. To a planner that takes a scope to be small, all look good that have the scope.
func isRow(column, scope, value string) string {
	column = "f." + column
	return "f.scope = " + scope + " AND " + column + " >= " + value + " AND " + column + " <= " + value + " ORDER BY " + column
}

// isSame selects f, a record that a row has named: with its session, so that any
// index that has its id leads straight to it.
func isSame(row string) string {
	return "f.scope = " + row + ".scope AND f.session_id = " + row + ".session_id AND f.id = " + row + ".id"
}

// recordColumns are what a record is made of, in "new" too.
var recordColumns = "scope, " + names(columns, "") + ", " + uncountedColumn.name

// newRows makes arrays of columns, the first arguments, rows of "new", after it has
// registered the scopes of them all.
func newRows(p *parameters, cs []column) string {
	return `known AS (
	INSERT INTO «feedbacks_scopes (` + names(scopeColumns, "") + `) SELECT ` + unnested(p, scopeColumns) + `
	ON CONFLICT DO NOTHING
), new AS (
	SELECT ` + unnested(p, cs) + `
)`
}

// unnested makes arguments, arrays of columns, rows of them.
func unnested(p *parameters, cs []column) string {
	return list(cs, func(c column) string { return of(c.stored, c.name) + " AS " + c.name }) +
		` FROM unnest(` + list(cs, func(c column) string { return p.next(c.argument + "[]") }) + `) AS n (` + names(cs, "") + `)`
}

// arguments are those of newRows, but for what comes after newColumns.
func arguments(fs []store.Feedback) []any {
	args := make([]any, 0, len(scopeColumns)+len(newColumns)+5) // and what comes after them
	scopes := scopesOf(fs)
	for _, c := range scopeColumns {
		args = append(args, c.all(scopes))
	}
	for _, c := range newColumns {
		args = append(args, c.all(fs))
	}
	return args
}

// scopesOf returns one record of each scope, in the order that all register them in:
// who waits for another's scope has only lesser ones that others may wait for.
func scopesOf(fs []store.Feedback) (one []store.Feedback) {
	known := map[store.Scope]bool{}
	for i := range fs {
		if i > 0 && fs[i].Scope == fs[i-1].Scope || known[fs[i].Scope] {
			continue
		}
		known[fs[i].Scope] = true
		one = append(one, fs[i])
	}
	slices.SortFunc(one, func(a, b store.Feedback) int {
		return cmp.Or(cmp.Compare(a.Scope.Account, b.Scope.Account), cmp.Compare(a.Scope.Assistant, b.Scope.Assistant))
	})
	return one
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
	args := make([]any, 0, len(scopeColumns)+len(columns)+len(counts)+4)
	for _, cs := range [][]column{scopeColumns, columns} {
		for _, c := range cs {
			args = append(args, c.one(f))
		}
	}
	args = append(args, m.uncounted[0], m.refused)
	return append(args, countedOne(f, m.uncounted[0])...)
}

// putSQL replaces the records that bear the Keys of arguments, adds those that
// nobody bears, and returns for each Key the record's ID and what was replaced, or
// why it was left alone: a newer version wrote it, or it was written since the put
// began, or is of another day than its tags were admitted on, or held by another
// transaction. A Key that another transaction adds at the same time is not among
// them, nor what comes too late. It waits for no row that is locked: that would hold
// up the others.
var putSQL = func() string {
	var p parameters
	mismatch := func(id string) string { return "new.day NOT IN (" + strconv.Itoa(anyDay) + ", " + dayOf(id) + ")" }
	wanted := func(c column) string { return strings.ReplaceAll(c.put, "new.", "old.new_") }
	return `WITH ` + newRows(&p, append(newColumns[:len(newColumns):len(newColumns)], uncountedColumn, untilColumn, begunColumn, dayColumn)) + `, seen AS MATERIALIZED (
	SELECT f.scope, f.session_id, f.id, new.key, ` + mismatch("f.id") + ` AS another_day, new.until, new.begun, new.uncounted AS new_uncounted,
		` + list(putColumns, func(c column) string { return "new." + c.name + " AS new_" + c.name }) + `
	FROM new CROSS JOIN LATERAL (SELECT scope, session_id, id FROM «feedbacks f WHERE ` + isRow("key", "new.scope", "new.key") + `) f
	ORDER BY f.scope, f.id -- as all who lock several
), old AS (
	SELECT f.*, f.written_at > begun AS since, another_day, until, new_uncounted, ` + names(putColumns, "new_") + ` FROM seen CROSS JOIN LATERAL (
		SELECT scope, session_id, id, key, ` + names(putColumns, "") + `, uncounted, written_at, ` + newer("") + ` AS newer FROM «feedbacks f WHERE ` + isSame("seen") + ` FOR UPDATE SKIP LOCKED
	) f
), replaced AS (
	UPDATE «feedbacks f SET ` + list(putColumns, func(c column) string { return c.name + " = " + wanted(c) }) + `, uncounted = old.new_uncounted,
		written_at = ` + after("old.written_at") + `
	FROM old WHERE ` + isSame("old") + ` AND NOT old.newer AND NOT old.since AND NOT old.another_day AND clock_timestamp() < old.until
	RETURNING f.scope, f.id, f.key, ` + names(tallyColumns, "f.") + `, old.uncounted AS old_uncounted,
		` + list(putColumns, func(c column) string { return "old." + c.name + " AS old_" + c.name }) + `
), added AS (
	INSERT INTO «feedbacks (` + recordColumns + `)
	SELECT ` + recordColumns + ` FROM new
	WHERE (scope, key) NOT IN (SELECT scope, key FROM seen) AND NOT (` + mismatch("new.id") + `) AND clock_timestamp() < new.until
	ORDER BY scope, key
	ON CONFLICT DO NOTHING
	RETURNING scope, id, key, ` + names(tallyColumns, "") + `
), changed AS (
	` + changed("1", "added") + `
	UNION ALL ` + changed("1", "replaced") + `
	UNION ALL SELECT scope, id, ` + names(tallyColumns, "old_") + `, -1 FROM replaced
), ` + rollUp(p.next("bigint")) + `
SELECT ` + anAddition.sql() + `, key, id::text, ` + no(putColumns, nil) + ` FROM added
UNION ALL SELECT ` + aReplaced.sql() + `, key, id::text, ` + reads(putColumns, "old_") + ` FROM replaced
UNION ALL SELECT CASE WHEN newer THEN ` + tooNew.sql() + ` WHEN since THEN ` + writtenSince.sql() + ` ELSE ` + ofAnotherDay.sql() + ` END, key, id::text,
	` + no(putColumns, map[string]string{"updated_at": "written_at"}) + ` FROM old WHERE newer OR since OR another_day
UNION ALL SELECT ` + isHeld.sql() + `, key, id::text, ` + no(putColumns, nil) + ` FROM seen WHERE (scope, key) NOT IN (SELECT scope, key FROM old)`
}()

// after is when a record is written, which is later than what it was.
func after(written string) string {
	return "greatest(clock_timestamp(), " + written + " + interval '1 microsecond')"
}

// untilColumn, begunColumn and dayColumn come after newColumns: until when a record
// may be put, when that began, and the day that its tags were admitted on.
var (
	untilColumn = column{name: "until", values: values{argument: "timestamptz"}}
	begunColumn = column{name: "begun", values: values{argument: "timestamptz"}}
	dayColumn   = column{name: "day", values: values{argument: "int"}}
)

// getSQL reads one record.
var getSQL = `SELECT ` + aRecord.sql() + `, ` + reads(columns, "") + ` FROM «feedbacks f WHERE `

// deleteSQL removes one record, unless it is too late, or too soon, or it was written since, or a
// newer version wrote it, and returns it, or that it was left alone, and the server's
// time. Who finds none leaves a tombstone too: a vote that was given up is not to come
// after its undoing. It commits besides: that there is none may be news to a replica.
func deleteSQL(where string) string {
	return `WITH found AS MATERIALIZED (
	SELECT scope, session_id, id, written_at, ` + newer("") + ` AS newer FROM «feedbacks f WHERE ` + where + `
), gone AS (
	DELETE FROM «feedbacks f WHERE f.scope = ` + scopeArgument + ` AND f.session_id = (SELECT session_id FROM found) AND f.id = (SELECT id FROM found) AND NOT ` + newer("f.") + ` AND f.written_at <= $4::timestamptz AND clock_timestamp() >= $5::timestamptz AND clock_timestamp() < $3::timestamptz
	RETURNING f.*
), buried AS (` + buried("SELECT scope, coalesce(key, id::text), "+after("written_at")+` FROM gone
	UNION ALL SELECT `+scopeArgument+", $2::text, clock_timestamp() WHERE NOT EXISTS (SELECT FROM found)") + `
), changed AS (` + changed("-1", "gone") + `), ` + rollUp("") + `
SELECT ` + aRecord.sql() + `, ` + reads(columns, "") + ` FROM gone
UNION ALL SELECT CASE WHEN newer THEN ` + tooNew.sql() + ` ELSE ` + writtenSince.sql() + ` END, ` + no(columns, map[string]string{"id": "id::text", "updated_at": "written_at"}) + ` FROM found WHERE NOT EXISTS (SELECT FROM gone)
UNION ALL SELECT ` + theTime.sql() + `, ` + no(columns, map[string]string{"updated_at": "clock_timestamp()"})
}
