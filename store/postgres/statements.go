package postgres

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
)

// statements are the SQL that is always the same, with the schema filled in.
type statements struct {
	schema              string // with a dot, or ""
	create, createOne   string
	find, put           string
	getID, getKey       string
	deleteID, deleteKey string
	sweep, scopes       string
	version             string
}

func newStatements(schema string) statements {
	s := statements{}
	if schema != "" {
		s.schema = pgx.Identifier{schema}.Sanitize() + "."
	}
	const byID, byKey = "scope = $1::text::uuid AND id = $2::text::uuid", "scope = $1::text::uuid AND key = $2::text"
	s.create, s.createOne = s.in(createSQL), s.in(createOneSQL)
	s.find, s.put = s.in(findSQL), s.in(putSQL)
	s.getID, s.getKey = s.in(getSQL+byID), s.in(getSQL+byKey)
	s.deleteID, s.deleteKey = s.in(deleteSQL(byID)), s.in(deleteSQL(byKey))
	s.sweep, s.scopes = s.in(sweepSQL), s.in(scopesSQL)
	s.version = s.in(versionSQL)
	return s
}

// in fills in the schema before each table: for «.
func (s statements) in(sql string) string { return strings.ReplaceAll(sql, "«", s.schema) }

// isNewerSQL holds for a record that this version of the library must not change.
func isNewerSQL(table string) string { return sqlfilter.PostgreSQL.Newer(table + "details") }

// createSQL adds the records of arguments whose ID and Key are free, and returns
// the ids of these. It adds in the order of Keys, as putSQL does: who waits for
// another's Key has only lesser ones that others may wait for.
var createSQL = `WITH ` + newRows + `, added AS (
	INSERT INTO «feedbacks (scope, ` + names("") + `)
	SELECT scope, ` + names("") + ` FROM new ORDER BY scope, key, id
	ON CONFLICT DO NOTHING
	RETURNING ` + changedColumns + `
), changed AS (SELECT *, 1 AS n FROM added), ` + rollUp + `
SELECT id::text FROM added`

// findSQL reads the records that bear IDs or Keys, each with its place in the
// arguments.
var findSQL = `SELECT n - 1, ` + isRecord.records("") + ` FROM unnest($1::text[]::uuid[], $2::text[]::uuid[]) WITH ORDINALITY AS wanted (s, i, n)
	JOIN «feedbacks ON scope = s AND id = i
UNION ALL SELECT n - 1, ` + isRecord.records("") + ` FROM unnest($1::text[]::uuid[], $3::text[]) WITH ORDINALITY AS wanted (s, k, n)
	JOIN «feedbacks ON scope = s AND key = k`

// putSQL replaces the records that bear the Keys of arguments, adds those that
// nobody bears, and returns for each Key the record's ID and what was replaced.
// A Key that another transaction adds at the same time is not among them, nor what
// comes too late: a vote whose caller has given up would undo a newer one. It
// adds before it replaces, since the last SELECT asks for that first: nobody waits
// for a Key with an updated row that the Key's owner may want.
var putSQL = `WITH ` + newRows + `, old AS (
	SELECT f.scope, ` + names("f.") + `, ` + isNewerSQL("f.") + ` AS newer
	FROM «feedbacks f JOIN new ON f.scope = new.scope AND f.key = new.key
	ORDER BY f.scope, f.id -- as all who lock several
	FOR UPDATE OF f
), replaced AS (
	UPDATE «feedbacks f SET ` + list(func(c *column) string {
	if !c.replaced {
		return ""
	}
	return c.name + " = new." + c.name
}) + `
	FROM old JOIN new ON new.scope = old.scope AND new.key = old.key
	WHERE f.scope = old.scope AND f.id = old.id AND NOT old.newer AND clock_timestamp() < new.until
	RETURNING f.scope, f.id, f.score, f.text, f.tags, ` + list(func(c *column) string { return "old." + c.name + " AS old_" + c.name }) + `
), added AS (
	INSERT INTO «feedbacks (scope, ` + names("") + `)
	SELECT scope, ` + names("") + ` FROM new
	WHERE NOT EXISTS (SELECT FROM old WHERE old.scope = new.scope AND old.key = new.key) AND clock_timestamp() < new.until
	ORDER BY scope, key
	ON CONFLICT DO NOTHING
	RETURNING ` + changedColumns + `, key
), changed AS (
	SELECT ` + changedColumns + `, 1 AS n FROM added
	UNION ALL SELECT ` + changedColumns + `, 1 FROM replaced
	UNION ALL SELECT scope, id, old_score, old_text, old_tags, -1 FROM replaced
), ` + rollUp + `
SELECT scope::text, ` + isAdded.with("id", "id", "key", "key") + ` FROM added
UNION ALL SELECT scope::text, ` + isRecord.records("old_") + ` FROM replaced
UNION ALL SELECT scope::text, ` + isNewer.with("id", "id", "key", "key") + ` FROM old WHERE newer
UNION ALL SELECT '', ` + isClock.with("updated_at", "clock_timestamp()")

// getSQL reads one record.
var getSQL = `SELECT ` + isRecord.records("") + ` FROM «feedbacks WHERE `

// deleteSQL removes one record, unless it is too late, and returns it, and last
// what the server's clock shows.
func deleteSQL(where string) string {
	return `WITH target AS (
	SELECT *, ` + isNewerSQL("") + ` AS newer FROM «feedbacks WHERE ` + where + ` FOR UPDATE
), gone AS (
	DELETE FROM «feedbacks f USING target t WHERE f.scope = t.scope AND f.id = t.id AND NOT t.newer AND clock_timestamp() < $3::timestamptz
	RETURNING f.*
), changed AS (SELECT ` + changedColumns + `, -1 AS n FROM gone), ` + rollUp + `
SELECT ` + isRecord.records("") + ` FROM gone
UNION ALL SELECT ` + isNewer.with("id", "id") + ` FROM target WHERE newer
UNION ALL SELECT ` + isClock.with("updated_at", "clock_timestamp()")
}
