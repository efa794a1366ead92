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
	written_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- by this server's clock, and later than what it replaced
	key        text COLLATE "C", -- of a vote or an Idempotency-Key
	session_id text COLLATE "C" NOT NULL CHECK (session_id <> ''),
	message_id text COLLATE "C" NOT NULL, -- '' when the session is rated
	user_id    text COLLATE "C" NOT NULL, -- '' when anonymous
	text       text NOT NULL,
	tags       text[] NOT NULL,
	details    jsonb CHECK (jsonb_typeof(details) = 'object'), -- what the giver's record carries, NULL when that is nothing
	staff      jsonb CHECK (jsonb_typeof(staff) = 'object'), -- what staff adds to it, such as a review; NULL when that is nothing
	uncounted  smallint, -- bit n is set when rollups do not count tag n (from 0); NULL when they count all
	waiting    boolean GENERATED ALWAYS AS (CASE WHEN staff->'review' IS NULL AND (score * 1000000 < 499999.5 OR text <> '' OR details->>'correction' <> '') THEN true END) STORED, -- for staff, or NULL; negative as in summaries
	PRIMARY KEY (scope, id)
) WITH (autovacuum_analyze_scale_factor = 0.02); -- the planner sorts a scope that has grown since, rather than walk its index
CREATE UNIQUE INDEX feedbacks_key ON feedbacks (scope, key) WHERE key IS NOT NULL;
CREATE INDEX feedbacks_session ON feedbacks (scope, session_id, id);
CREATE INDEX feedbacks_message ON feedbacks (scope, message_id, id) WHERE message_id <> '';
CREATE INDEX feedbacks_waiting ON feedbacks (scope, waiting, id) WHERE waiting IS NOT NULL;
CREATE INDEX feedbacks_user ON feedbacks (scope, user_id, id) WHERE user_id <> '';

-- What was deleted lately, or was not there to be, by its key or else its id, and when a scope was last erased from, by ''. A record that began to
-- be written before that is not added. A fold removes what nothing can be in time for any more.
CREATE TABLE feedbacks_tombstones (
	scope uuid NOT NULL,
	at    timestamptz NOT NULL,
	name  text COLLATE "C" NOT NULL,
	PRIMARY KEY (scope, name)
);

-- Counts of the records of one day (UTC, days since 1970) that bear a tag; tag '' counts all. NULL is 0. Scores are in
-- millionths. What writers change is in feedbacks_deltas until somebody folds it in here, so that none waits for another.
CREATE TABLE feedbacks_rollups (
	scope     uuid NOT NULL,
	sum       bigint,
	since     bigint, -- of a tag: a transaction at which it was counted already
	refused   bigint, -- of '': tags counted since before this transaction are counted in all of the day's records
	day       integer NOT NULL,
	count     integer,
	positive  integer,
	negative  integer,
	with_text integer,
	h0 integer, h1 integer, h2 integer, h3 integer, h4 integer, h5 integer, h6 integer, h7 integer, h8 integer, h9 integer,
	uncounted integer, -- of '': records that bear a tag which is not counted
	tags      integer, -- of '': how many tags of the day have rollups
	tag       text COLLATE "C" NOT NULL,
	PRIMARY KEY (scope, tag, day)
);

-- What is to be added to the rollups: written once, folded in and deleted.
CREATE TABLE feedbacks_deltas (
	scope     uuid NOT NULL,
	position  bigint NOT NULL, -- the transaction that wrote it
	sum       bigint,
	refused   bigint,
	day       integer NOT NULL,
	count     integer,
	positive  integer,
	negative  integer,
	with_text integer,
	h0 integer, h1 integer, h2 integer, h3 integer, h4 integer, h5 integer, h6 integer, h7 integer, h8 integer, h9 integer,
	uncounted integer,
	tag       text COLLATE "C" NOT NULL
);
CREATE INDEX feedbacks_deltas_scope ON feedbacks_deltas (scope, position);
CREATE INDEX feedbacks_deltas_position ON feedbacks_deltas (position);
ALTER TABLE feedbacks_deltas REPLICA IDENTITY FULL; -- two of one transaction may be alike in all that an index could tell

-- The last fold: deltas before upto are in the rollups. A row that this transaction did not write here is another
-- server's, restored or replicated, whose positions say nothing about this one's transactions.
CREATE TABLE feedbacks_folds (
	fold bigint PRIMARY KEY, -- the transaction that wrote the row
	upto bigint NOT NULL,
	at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO feedbacks_folds (fold, upto) VALUES (txid_current(), txid_current());

-- For people: the names and values of the API.
CREATE VIEW feedbacks_view AS
SELECT s.account AS account_sid, s.assistant AS assistant_id, 'aia_fdbk_' || f.id AS id,
	f.session_id, f.message_id, f.user_id, f.score, f.text, f.tags,
	coalesce(f.details->'metadata', '{}') AS metadata, f.details->>'correction' AS correction, f.staff->'review' AS review, coalesce(f.key LIKE 'vote\_%', false) AS vote,
	timestamptz 'epoch' + interval '1 microsecond' * (
		('x' || translate(left(f.id::text, 13), '-', ''))::bit(48)::bigint * 1000 +
		('x' || substr(f.id::text, 16, 3))::bit(12)::integer * 1000 / 4096) AS created_at,
	f.updated_at
FROM feedbacks f JOIN feedbacks_scopes s USING (scope);

INSERT INTO feedbacks_migrations (version, least) VALUES (1, 1);
