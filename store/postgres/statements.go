package postgres

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// statements are the SQL that is always the same, with the schema filled in.
type statements struct {
	schema              string // with a dot, or ""
	create, createOne   string
	find, put           string
	getID, getKey       string
	deleteID, deleteKey string
	sweep, scopes       string
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
	return s
}

// in fills in the schema before each table: for «.
func (s statements) in(sql string) string { return strings.ReplaceAll(sql, "«", s.schema) }

// newRows makes arguments rows of "new".
const newRows = `new AS (
	SELECT scope, account, assistant, id, nullif(key, '') AS key, session_id, message_id, user_id, text,
		string_to_array(tags, E'\x1f') AS tags, score, updated_at, until
	FROM unnest($1::text[]::uuid[], $2::text[], $3::text[], $4::text[]::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
		$11::float8[], $12::timestamptz[], $13::timestamptz[])
		AS n (scope, account, assistant, id, key, session_id, message_id, user_id, text, tags, score, updated_at, until)
), known AS (
	INSERT INTO «feedbacks_scopes (scope, account, assistant)
	SELECT DISTINCT scope, account, assistant FROM new ORDER BY scope
	ON CONFLICT DO NOTHING
)`

// insertColumns are what a record is made of, in "new" too.
const insertColumns = `scope, id, key, session_id, message_id, user_id, score, text, tags, updated_at`

// createSQL adds the records of arguments whose ID and Key are free, and returns
// the ids of these. It adds in the order of Keys, as putSQL does: who waits for
// another's Key has only lesser ones that others may wait for.
var createSQL = `WITH ` + newRows + `, added AS (
	INSERT INTO «feedbacks (` + insertColumns + `)
	SELECT ` + insertColumns + ` FROM new ORDER BY scope, key, id
	ON CONFLICT DO NOTHING
	RETURNING scope, id, score, text, tags
), changed AS (SELECT *, 1 AS n FROM added), ` + rollUp + `
SELECT id::text FROM added`

// createOneSQL is createSQL for one record, which is counted beforehand: that makes
// a lone caller wait a fifth less.
var createOneSQL = `WITH known AS (
	INSERT INTO «feedbacks_scopes (scope, account, assistant) VALUES ($1::text::uuid, $2::text, $3::text)
	ON CONFLICT DO NOTHING
), added AS (
	INSERT INTO «feedbacks (` + insertColumns + `)
	VALUES ($1::text::uuid, $4::text::uuid, nullif($5::text, ''), $6::text, $7::text, $8::text, $9::float8, $10::text, $11::text[], $12::timestamptz)
	ON CONFLICT DO NOTHING
	RETURNING id
), rolled_up AS (` + addUp(`SELECT $1::text::uuid AS scope, tag, $13::int AS day, $14::bigint, $15::bigint, $16::bigint, $17::bigint, $18::bigint,
		$19::bigint, $20::bigint, $21::bigint, $22::bigint, $23::bigint, $24::bigint, $25::bigint, $26::bigint, $27::bigint, $28::bigint
	FROM added CROSS JOIN unnest($29::text[]) AS tag`) + `)
SELECT id::text FROM added`

// putSQL replaces the records that bear the Keys of arguments, adds those that
// nobody bears, and returns for each Key the record's ID and what was replaced.
// A Key that another transaction adds at the same time is not among them, nor what
// comes too late: a vote whose caller has given up would undo a newer one. It
// adds before it replaces, since the last SELECT asks for that first: nobody waits
// for a Key with an updated row that the Key's owner may want.
var putSQL = `WITH ` + newRows + `, old AS (
	SELECT f.scope, f.id, f.key, f.score, f.text, f.tags, f.updated_at
	FROM «feedbacks f JOIN new ON f.scope = new.scope AND f.key = new.key
	ORDER BY f.scope, f.id -- as all who lock several
	FOR UPDATE OF f
), replaced AS (
	UPDATE «feedbacks f SET score = new.score, text = new.text, tags = new.tags, updated_at = new.updated_at
	FROM old JOIN new ON new.scope = old.scope AND new.key = old.key
	WHERE f.scope = old.scope AND f.id = old.id AND clock_timestamp() < new.until
	RETURNING f.scope, f.id, f.score, f.text, f.tags, f.key,
		old.score AS old_score, old.text AS old_text, old.tags AS old_tags, old.updated_at AS old_updated_at
), added AS (
	INSERT INTO «feedbacks (` + insertColumns + `)
	SELECT ` + insertColumns + ` FROM new
	WHERE NOT EXISTS (SELECT FROM old WHERE old.scope = new.scope AND old.key = new.key) AND clock_timestamp() < new.until
	ORDER BY scope, key
	ON CONFLICT DO NOTHING
	RETURNING scope, id, score, text, tags, key
), changed AS (
	SELECT scope, id, score, text, tags, 1 AS n FROM added
	UNION ALL SELECT scope, id, score, text, tags, 1 FROM replaced
	UNION ALL SELECT scope, id, old_score, old_text, old_tags, -1 FROM replaced
), ` + rollUp + `
SELECT scope::text, key, id::text, NULL::float8, NULL::text, NULL::text[], NULL::timestamptz FROM added
UNION ALL SELECT scope::text, key, id::text, old_score, old_text, old_tags, old_updated_at FROM replaced
UNION ALL SELECT '', '', '', NULL, NULL, NULL, clock_timestamp()`

// getSQL reads one record.
const getSQL = `SELECT ` + columns + ` FROM «feedbacks WHERE `

// deleteSQL removes one record, unless it is too late, and returns it, and last a
// row that has the server's time as updated_at.
func deleteSQL(where string) string {
	return `WITH gone AS (
	DELETE FROM «feedbacks WHERE ` + where + ` AND clock_timestamp() < $3::timestamptz
	RETURNING *
), changed AS (SELECT scope, id, score, text, tags, -1 AS n FROM gone), ` + rollUp + `
SELECT ` + columns + ` FROM gone
UNION ALL SELECT '', '', '', '', '', 0, '', '{}', clock_timestamp()`
}

// day is the day of a record's id: its first 48 bits are milliseconds.
const day = `(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 86400000)::int`

// micros and bin are store.Micros of a score, and the histogram's bin of that.
const (
	micros = `round(score * 1000000)::bigint` // halves to even, as for every double precision
	bin    = `least(micros * 10 / 1000000, 9)`
)

// tally counts rows of "counted" by tag and day, each n times.
const tally = `SELECT scope, tag, day, sum(n), sum(n * micros),
		coalesce(sum(n) FILTER (WHERE micros > 500000), 0), coalesce(sum(n) FILTER (WHERE micros < 500000), 0),
		coalesce(sum(n) FILTER (WHERE text <> ''), 0),
		coalesce(sum(n) FILTER (WHERE bin = 0), 0), coalesce(sum(n) FILTER (WHERE bin = 1), 0),
		coalesce(sum(n) FILTER (WHERE bin = 2), 0), coalesce(sum(n) FILTER (WHERE bin = 3), 0),
		coalesce(sum(n) FILTER (WHERE bin = 4), 0), coalesce(sum(n) FILTER (WHERE bin = 5), 0),
		coalesce(sum(n) FILTER (WHERE bin = 6), 0), coalesce(sum(n) FILTER (WHERE bin = 7), 0),
		coalesce(sum(n) FILTER (WHERE bin = 8), 0), coalesce(sum(n) FILTER (WHERE bin = 9), 0)
	FROM counted GROUP BY scope, tag, day`

// counted makes of "changed" what tally counts.
const counted = `measured AS (
	SELECT scope, ` + day + ` AS day, text, tags, n, ` + micros + ` AS micros FROM changed
), counted AS (
	SELECT scope, tag, day, text, n, micros, ` + bin + ` AS bin
	FROM measured CROSS JOIN LATERAL unnest(''::text || tags) AS tag
)`

const rollupColumns = `scope, tag, day, count, sum, positive, negative, with_text, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9`

// rollUp counts "changed", whose rows count n times, into the rollups: in the
// order of their keys, so that no two statements wait for each other in a circle.
var rollUp = counted + `, rolled_up AS (` + addUp(tally+` ORDER BY scope, tag, day`) + `)`

// addUp adds rows of rollupColumns to the rollups, in their order.
func addUp(rows string) string {
	return `
	INSERT INTO «feedbacks_rollups AS r (` + rollupColumns + `)
	` + rows + `
	ON CONFLICT (scope, tag, day) DO UPDATE SET
		count = r.count + excluded.count, sum = r.sum + excluded.sum,
		positive = r.positive + excluded.positive, negative = r.negative + excluded.negative, with_text = r.with_text + excluded.with_text,
		h0 = r.h0 + excluded.h0, h1 = r.h1 + excluded.h1, h2 = r.h2 + excluded.h2, h3 = r.h3 + excluded.h3, h4 = r.h4 + excluded.h4,
		h5 = r.h5 + excluded.h5, h6 = r.h6 + excluded.h6, h7 = r.h7 + excluded.h7, h8 = r.h8 + excluded.h8, h9 = r.h9 + excluded.h9
`
}
