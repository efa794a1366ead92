-- Ids compare byte by byte, whatever the database's collation.

-- Each file adds its row, last: its version, and the least one that a library must know to still write what it leaves.
CREATE TABLE feedbacks_migrations (
	version    integer PRIMARY KEY,
	least      integer NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE feedbacks_scopes (
	scope     uuid PRIMARY KEY, -- the first 16 bytes of a SHA-256 over account and assistant, each after its length
	account   text COLLATE "C" NOT NULL,
	assistant text COLLATE "C" NOT NULL,
	UNIQUE (account, assistant)
);

CREATE TABLE feedbacks (
	scope      uuid NOT NULL,
	id         uuid NOT NULL, -- UUIDv7, without the API's prefix; carries created_at
	score      double precision NOT NULL, -- with updated_at here, where nothing is lost to alignment
	updated_at timestamptz NOT NULL,
	key        text COLLATE "C", -- of a vote or an Idempotency-Key
	session_id text COLLATE "C" NOT NULL CHECK (session_id <> ''),
	message_id text COLLATE "C" NOT NULL, -- '' when the session is rated
	user_id    text COLLATE "C" NOT NULL, -- '' when anonymous
	text       text NOT NULL,
	tags       text[] NOT NULL,
	details    jsonb CHECK (jsonb_typeof(details) = 'object'), -- what the giver's record carries, NULL when that is nothing
	PRIMARY KEY (scope, id)
) WITH (autovacuum_analyze_scale_factor = 0.02); -- the planner sorts a scope that has grown since, rather than walk its index
CREATE UNIQUE INDEX feedbacks_key ON feedbacks (scope, key) WHERE key IS NOT NULL;
CREATE INDEX feedbacks_session ON feedbacks (scope, session_id, id);
CREATE INDEX feedbacks_message ON feedbacks (scope, message_id, id) WHERE message_id <> '';
CREATE INDEX feedbacks_user ON feedbacks (scope, user_id, id) WHERE user_id <> '';

-- Counts of the records of one day (UTC, days since 1970) that bear a tag; tag '' counts all.
-- Scores are in millionths. Room in each page keeps its many updates in place (HOT).
CREATE TABLE feedbacks_rollups (
	scope     uuid NOT NULL,
	tag       text COLLATE "C" NOT NULL,
	day       integer NOT NULL,
	count     bigint NOT NULL,
	sum       bigint NOT NULL,
	positive  bigint NOT NULL,
	negative  bigint NOT NULL,
	with_text bigint NOT NULL,
	h0 bigint NOT NULL, h1 bigint NOT NULL, h2 bigint NOT NULL, h3 bigint NOT NULL, h4 bigint NOT NULL,
	h5 bigint NOT NULL, h6 bigint NOT NULL, h7 bigint NOT NULL, h8 bigint NOT NULL, h9 bigint NOT NULL,
	PRIMARY KEY (scope, tag, day)
) WITH (fillfactor = 20);

-- For people: the names and values of the API.
CREATE VIEW feedbacks_view AS
SELECT s.account AS account_sid, s.assistant AS assistant_id, 'aia_fdbk_' || f.id AS id,
	f.session_id, f.message_id, f.user_id, f.score, f.text, f.tags,
	coalesce(f.details->'metadata', '{}') AS metadata, f.details->>'correction' AS correction, coalesce(f.key LIKE 'vote\_%', false) AS vote,
	timestamptz 'epoch' + interval '1 microsecond' * (
		('x' || translate(left(f.id::text, 13), '-', ''))::bit(48)::bigint * 1000 +
		('x' || substr(f.id::text, 16, 3))::bit(12)::integer * 1000 / 4096) AS created_at,
	f.updated_at
FROM feedbacks f JOIN feedbacks_scopes s USING (scope);

INSERT INTO feedbacks_migrations (version, least) VALUES (1, 1);
