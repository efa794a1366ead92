-- Text compares byte by byte (BINARY), as SQLite does by default.

PRAGMA application_id = 0x66656564; -- "feed": whose file this is

-- Each file adds its row, last: its version, and the least one that a library must know to still write what it leaves.
CREATE TABLE feedbacks_migrations (
	version    INTEGER PRIMARY KEY,
	least      INTEGER NOT NULL,
	applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

CREATE TABLE feedbacks_scopes (
	scope     INTEGER PRIMARY KEY,
	account   TEXT NOT NULL,
	assistant TEXT NOT NULL,
	UNIQUE (account, assistant)
) STRICT;

CREATE TABLE feedbacks (
	scope      INTEGER NOT NULL,
	id         BLOB NOT NULL, -- UUIDv7, without the API's prefix; carries created_at
	key        BLOB, -- of a vote ('v') or an Idempotency-Key ('i'), and its hash
	session_id TEXT NOT NULL CHECK (session_id <> ''),
	message_id TEXT NOT NULL, -- '' when the session is rated
	user_id    TEXT NOT NULL, -- '' when anonymous
	score      REAL NOT NULL,
	text       TEXT NOT NULL,
	tags       TEXT NOT NULL, -- with U+001F between them, which is in no tag
	updated_at INTEGER NOT NULL, -- microseconds since 1970
	details    TEXT CHECK (json_type(details) = 'object'), -- what the giver's record carries, NULL when that is nothing
	staff      TEXT CHECK (json_type(staff) = 'object'), -- what staff adds to it, such as a review
	waiting    INTEGER AS (CASE WHEN staff ->> '$.review' IS NULL AND (score * 1000000 < 499999.5 OR text <> '' OR details ->> '$.correction' <> '') THEN 1 END) VIRTUAL, -- for staff, or NULL; negative as in summaries
	PRIMARY KEY (scope, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX feedbacks_key ON feedbacks (scope, key) WHERE key IS NOT NULL;
CREATE INDEX feedbacks_session ON feedbacks (scope, session_id, id);
CREATE INDEX feedbacks_message ON feedbacks (scope, message_id, id) WHERE message_id <> '';
CREATE INDEX feedbacks_waiting ON feedbacks (scope, id) WHERE waiting IS NOT NULL;
CREATE INDEX feedbacks_user ON feedbacks (scope, user_id, id) WHERE user_id <> '';

-- Counts of the records of one day (UTC, days since 1970), and of those that bear a tag. Scores are in millionths.
CREATE TABLE feedbacks_days (
	scope     INTEGER NOT NULL,
	day       INTEGER NOT NULL,
	count     INTEGER NOT NULL,
	sum       INTEGER NOT NULL,
	positive  INTEGER NOT NULL,
	negative  INTEGER NOT NULL,
	with_text INTEGER NOT NULL,
	h0 INTEGER NOT NULL, h1 INTEGER NOT NULL, h2 INTEGER NOT NULL, h3 INTEGER NOT NULL, h4 INTEGER NOT NULL,
	h5 INTEGER NOT NULL, h6 INTEGER NOT NULL, h7 INTEGER NOT NULL, h8 INTEGER NOT NULL, h9 INTEGER NOT NULL,
	uncounted INTEGER NOT NULL, -- records that bear a tag which is not in feedbacks_tags
	tags      INTEGER NOT NULL, -- how many of the day are
	PRIMARY KEY (scope, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE feedbacks_tags (
	scope     INTEGER NOT NULL,
	day       INTEGER NOT NULL,
	tag       TEXT NOT NULL,
	count     INTEGER NOT NULL,
	sum       INTEGER NOT NULL,
	positive  INTEGER NOT NULL,
	negative  INTEGER NOT NULL,
	with_text INTEGER NOT NULL,
	h0 INTEGER NOT NULL, h1 INTEGER NOT NULL, h2 INTEGER NOT NULL, h3 INTEGER NOT NULL, h4 INTEGER NOT NULL,
	h5 INTEGER NOT NULL, h6 INTEGER NOT NULL, h7 INTEGER NOT NULL, h8 INTEGER NOT NULL, h9 INTEGER NOT NULL,
	PRIMARY KEY (scope, day, tag)
) STRICT, WITHOUT ROWID;

-- For people: the names and values of the API.
CREATE VIEW feedbacks_view AS
SELECT s.account AS account_sid, s.assistant AS assistant_id,
	'aia_fdbk_' || lower(substr(hex(f.id), 1, 8) || '-' || substr(hex(f.id), 9, 4) || '-' || substr(hex(f.id), 13, 4) || '-' || substr(hex(f.id), 17, 4) || '-' || substr(hex(f.id), 21)) AS id,
	f.session_id, f.message_id, f.user_id, f.score, f.text, replace(f.tags, char(31), ', ') AS tags,
	coalesce(f.details ->> '$.metadata', '{}') AS metadata, f.details ->> '$.correction' AS correction, f.staff ->> '$.review' AS review, coalesce(substr(f.key, 1, 1) = x'76', 0) AS vote,
	strftime('%Y-%m-%dT%H:%M:%fZ', ( -- the first 48 bits of the id are milliseconds
		SELECT sum(instr('123456789ABCDEF', substr(hex(f.id), column1, 1)) << 4 * (12 - column1)) FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12))
	) / 1000.0, 'unixepoch') AS created_at,
	strftime('%Y-%m-%dT%H:%M:%fZ', f.updated_at / 1000000.0, 'unixepoch') AS updated_at
FROM feedbacks f JOIN feedbacks_scopes s USING (scope);

INSERT INTO feedbacks_migrations (version, least) VALUES (1, 1);
