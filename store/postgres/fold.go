package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Writers only add rows to feedbacks_deltas, so that none waits for another and no
// row has versions that a snapshot keeps. A fold adds deltas up into the rollups and
// deletes them, in one transaction: whoever reads both sees each once. Those it has
// deleted stay in the table while somebody's snapshot may need them. So that nobody
// else goes through them, it notes the position before which there are none left:
// that of the oldest transaction that may yet add one.

// When somebody who writes folds, and about how many deltas at a time: few enough to
// keep a caller for some hundredths of a second. Variables for tests.
var (
	foldRecords  = 500 // written since the last fold, and foldAfter
	foldAfter    = time.Second
	foldAnyAfter = time.Minute // of any number of records
	foldMost     = 20_000
)

// folds know when the next one is due. They are safe for concurrent use.
type folds struct {
	mu      sync.Mutex
	records int // since the last
	last    time.Time
}

// wrote counts records that a statement may write or take away.
func (f *folds) wrote(records int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records += records
}

// due reports whether to fold, which its caller then does.
func (f *folds) due() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	past := time.Since(f.last)
	if f.records == 0 || past < foldAfter || past < foldAnyAfter && f.records < foldRecords {
		return false
	}
	f.records, f.last = 0, time.Now()
	return true
}

// foldIfDue folds, if it is time, for who has begun a call that is done: that this
// fails is no matter, as another one will come by.
func (s *Store) foldIfDue(ctx context.Context, begun time.Time) {
	more, pause := s.folds.due(), foldAfter
	if more {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, begun.Add(2*s.opts.Timeout))
		defer cancel()
	}
	for more {
		err := s.do(ctx, giveUp, func(ctx context.Context, c *pgx.Conn) (err error) {
			more, err = s.fold(ctx, c, s.sql.tryToFold, foldLock, pause.Microseconds())
			return err
		})
		if err != nil {
			return
		}
		pause = 0
	}
}

// foldAll folds all deltas that are there, so that no rollup is left of what has no
// record: a tag can be a name.
func (s *Store) foldAll(ctx context.Context) error {
	for more := true; more; {
		err := s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) (err error) {
			more, err = s.fold(ctx, c, "SELECT true FROM pg_advisory_xact_lock($1::bigint)", foldLock)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fold folds some deltas, if lock says so, and reports whether there are more.
func (s *Store) fold(ctx context.Context, c *pgx.Conn, lock string, args ...any) (more bool, err error) {
	err = pgx.BeginTxFunc(ctx, c, readCommitted, func(tx pgx.Tx) error {
		var locked bool
		if err := tx.QueryRow(ctx, lock, args...).Scan(&locked); err != nil || !locked {
			return err
		}
		var from, oldest int64
		if err := tx.QueryRow(ctx, s.sql.oldest, replanned(c)...).Scan(&from, &oldest); err != nil {
			return err
		}
		if from == 0 { // what was refused elsewhere compares with nothing here
			if _, err := tx.Exec(ctx, s.sql.forget); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, s.sql.purge); err != nil {
			return err
		}
		return tx.QueryRow(ctx, s.sql.fold, replanned(c, from, oldest, foldMost)...).Scan(&more)
	})
	return more, err
}

// tryToFoldSQL takes the lock of those who fold, unless somebody else has it, or has
// folded within so many microseconds by a clock that has not gone back since.
const tryToFoldSQL = `SELECT CASE WHEN EXISTS (
	SELECT FROM «feedbacks_folds WHERE at > clock_timestamp() - $2::bigint * interval '1 microsecond' AND at <= clock_timestamp()
) THEN false ELSE pg_try_advisory_xact_lock($1::bigint) END`

// foldedUpto is the position before which no deltas are left, 0 if nothing was
// folded on this server.
const foldedUpto = `coalesce((SELECT upto FROM «feedbacks_folds WHERE xmin::text::bigint = fold & 4294967295 ORDER BY fold DESC LIMIT 1), 0)`

// oldestSQL returns where the deltas start, and the oldest transaction that may yet
// add one: one of those under way that has locked the table. Whoever adds to it has
// done so before being numbered, so that a transaction which is under way for the
// statement, and has not, is somebody else's, or over when the next statement looks.
// Who waits for a transaction has a lock on it too, which is not granted.
const oldestSQL = `WITH locks AS MATERIALIZED (
	SELECT locktype, virtualtransaction, relation, transactionid::text::bigint AS xid, database, granted FROM pg_locks
), others AS (
	SELECT xid FROM locks WHERE locktype = 'transactionid' AND granted AND virtualtransaction NOT IN (
		SELECT virtualtransaction FROM locks WHERE locktype = 'relation' AND relation = '«feedbacks_deltas'::regclass
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
)
SELECT ` + foldedUpto + `, least(txid_snapshot_xmax(txid_current_snapshot()), (
	SELECT min(xid) FROM txid_snapshot_xip(txid_current_snapshot()) AS x (xid) WHERE xid & 4294967295 NOT IN (SELECT xid FROM others)))`

// forgetSQL has no tag be whole of a day that has tags which are not counted.
const forgetSQL = `UPDATE «feedbacks_rollups SET refused = 0 WHERE refused > 0`

// foldSQL folds the first deltas from a position on, those of each transaction
// together. Nobody else changes rollups meanwhile. The row of all records knows how
// many tags have rollups; each delta of a tag comes with one of all records. Where
// it ends, a transaction that took away what a later number had added may be in and
// the other not: a rollup stays until all of its counts are 0, and what was refused
// until the last has been folded.
var foldSQL = func() string {
	return `WITH last AS (
	SELECT position FROM «feedbacks_deltas WHERE position >= $1::bigint ORDER BY position OFFSET $3::bigint - 1 LIMIT 1
), gone AS (
	DELETE FROM «feedbacks_deltas WHERE position >= $1::bigint AND position <= coalesce((SELECT position FROM last), ` + maxPosition + `)
	RETURNING *
), sums AS (
	SELECT scope, tag, day, ` + sums + `, min(position) AS since, min(CASE WHEN $1::bigint = 0 THEN least(refused, 0) ELSE refused END) AS refused
	FROM gone GROUP BY scope, tag, day
), summed AS (
	SELECT scope, tag, day, f.scope IS NOT NULL AS known, f.tags, ` + counting(func(c count) string {
		return "coalesce(f." + c.name + ", 0) + s." + c.name + " AS " + c.name
	}) + `, least(f.since, s.since) AS since, least(f.refused, s.refused) AS refused
	FROM sums s LEFT JOIN «feedbacks_rollups f USING (scope, tag, day)
), counted AS (
	SELECT *, sum(CASE WHEN tag > '' THEN (` + some + `)::int - known::int END) OVER (PARTITION BY scope, day) AS more FROM summed
), kept AS (
	INSERT INTO «feedbacks_rollups AS f (scope, tag, day, since, refused, tags, ` + countColumns + `)
	SELECT scope, tag, day, CASE WHEN tag > '' THEN since END, CASE WHEN uncounted > 0 OR EXISTS (SELECT FROM last) THEN refused END,
		CASE WHEN tag = '' THEN nullif(coalesce(tags, 0) + coalesce(more, 0), 0) END, ` + counting(func(c count) string { return "nullif(" + c.name + ", 0)" }) + `
	FROM counted WHERE ` + some + `
	ON CONFLICT (scope, tag, day) DO UPDATE SET since = excluded.since, refused = excluded.refused, tags = excluded.tags,
		` + counting(func(c count) string { return c.name + " = excluded." + c.name }) + `
), emptied AS (
	DELETE FROM «feedbacks_rollups f USING (SELECT scope, tag, day FROM counted WHERE NOT (` + some + `)) c WHERE f.scope = c.scope AND f.tag = c.tag AND f.day = c.day
), before AS (
	DELETE FROM «feedbacks_folds
)
INSERT INTO «feedbacks_folds (fold, upto)
SELECT txid_current(), greatest($1::bigint, least($2::bigint, (SELECT position + 1 FROM last)))
RETURNING EXISTS (SELECT FROM last)`
}()

// some says whether any count of a row is not 0.
var some = `(` + countColumns + `) <> (` + counting(func(count) string { return "0" }) + `)`

const maxPosition = "9223372036854775807"
