package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// A write carries the time, by the server's clock, at which it began. What was written
// since is not replaced, nor deleted (written_at). What was deleted or erased since has
// left a tombstone, and is not added. So a statement that was stuck on its way, or is
// repeated, undoes nothing that was acknowledged meanwhile. Who still waits for it a
// little later begins anew.
//
// A statement's snapshot may be older than what it does: it can wait for another's key,
// while a record comes and goes that it does not see. So tombstones are looked for by a
// second statement of the transaction, with a snapshot of its own. A deletion under the
// same key has then either been committed, and is seen, or waits for this transaction.
// An erasure waits for those that have written and may not have seen its tombstone.

// An aWrite is a record on its way.
type aWrite struct {
	store.Feedback
	scope    string          // what stands for it in the tables
	gone     <-chan struct{} // closed when its caller gives up; nil for never
	deadline time.Time       // when that is at the latest; zero for never
	begun    time.Time       // by our clock
	anew     bool            // for puts: it begins when it is sent
	seen     time.Time       // by the server's: what is known to have been before begun
	day      int64           // of the record that is there, as far as is known: for puts
}

func newWrite(ctx context.Context, f store.Feedback) aWrite {
	deadline, _ := ctx.Deadline()
	return aWrite{Feedback: f, scope: scopeUUID(f.Scope), gone: ctx.Done(), deadline: deadline, begun: time.Now()}
}

// records returns those of writes.
func records(ws []aWrite) []store.Feedback {
	fs := make([]store.Feedback, len(ws))
	for i := range ws {
		fs[i] = ws[i].Feedback
	}
	return fs
}

// name is what a tombstone of the record bears.
func (w *aWrite) name() string {
	if w.Key != "" {
		return w.Key
	}
	return uuidOf(w.ID)
}

// beginAnew has what was refused begin after what was in its way.
func (w *aWrite) beginAnew(ctx context.Context, err error) {
	var r refusal
	if errors.As(err, &r) {
		w.seen = r.latest
	}
	hear(ctx)
	w.begun = time.Now()
}

// hearing is how long it may take a server to hear that a caller has gone.
const hearing = 5 * time.Millisecond

// hear waits until it is known that who has written something newer waits no more for
// what that was in the way of.
func hear(ctx context.Context) { sleep(ctx, hearing) }

// stillWanted returns the places of those whose callers wait. The others are told of to
// late.
func stillWanted(ws []aWrite, places []int, late func(i int)) (waiting []int) {
	for _, i := range places {
		select {
		case <-ws[i].gone:
			late(i)
		default:
			waiting = append(waiting, i)
		}
	}
	return waiting
}

// began returns when a write began, by the server's clock, and no later.
func (s *Store) began(begun, seen time.Time) time.Time {
	if at := s.clock.At(begun); at.After(seen) {
		return at
	}
	return seen
}

// tombstonesLast is how long a tombstone is kept. No record is added later than that
// after it began.
const tombstonesLast = time.Minute

// buried leaves tombstones of rows that have a scope, a name and a time.
func buried(rows string) string {
	return `INSERT INTO «feedbacks_tombstones AS t (scope, name, at) ` + rows + `
	ON CONFLICT (scope, name) DO UPDATE SET at = greatest(excluded.at, t.at + interval '1 microsecond')`
}

// purgeSQL removes the tombstones that nothing can be in time for any more.
var purgeSQL = `DELETE FROM «feedbacks_tombstones WHERE ctid IN (
	SELECT ctid FROM «feedbacks_tombstones WHERE at < clock_timestamp() - ` + seconds(tombstonesLast) + ` FOR UPDATE SKIP LOCKED)`

func seconds(d time.Duration) string {
	return "interval '" + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " seconds'"
}

// inTheWay fails if there is a tombstone of what has begun before, or it is too late
// to say, or what has begun is yet to come: by the clock of another server, before a
// failover, or of one that was set. It returns the server's time, read after its snapshot: what was removed by
// then is no matter.
func inTheWay(thereIs string) string {
	return `SELECT clock_timestamp(), 1 / CASE
	WHEN clock_timestamp() >= $4::timestamptz OR clock_timestamp() < $5::timestamptz THEN 0
	` + thereIs + ` THEN 0 ELSE 1 END`
}

// inTheWaySQL is for several writes. As texts, what it does not need most of the time is
// quick to send. The planner must not see how long the arrays are, or it would plan anew
// for each that is short, which takes longer than all the rest.
var inTheWaySQL = inTheWay(`WHEN NOT EXISTS (SELECT FROM «feedbacks_tombstones) THEN 1
	WHEN EXISTS (
		SELECT FROM unnest((SELECT string_to_array($1::text, ' ')::uuid[]), (SELECT string_to_array($2::text, ' ')), (SELECT $3::timestamptz[])) AS w (scope, name, begun)
		WHERE begun < (SELECT max(at) FROM «feedbacks_tombstones t WHERE t.scope = w.scope AND t.name IN ('', w.name))
	)`)

// inTheWayOfOneSQL is for one write: a lone caller waits for all of it.
var inTheWayOfOneSQL = inTheWay(`WHEN EXISTS (SELECT FROM «feedbacks_tombstones WHERE scope = ` + scopeArgument + ` AND name IN ('', $2::text) AND at > $3::timestamptz)`)

// errInTheWay is what inTheWaySQL's failure becomes. Nothing was done.
var errInTheWay = errors.New("something newer is in its way")

// A refusal is an errInTheWay that tells when the latest of that was, by the server's
// clock.
type refusal struct{ latest time.Time }

func (refusal) Error() string        { return errInTheWay.Error() }
func (refusal) Is(target error) bool { return target == errInTheWay }

// send does a statement that adds ws among others, and inTheWaySQL with it. They are
// committed together when the batch ends, so that no result is one before that. A
// statement that looks for records is planned with settings.
func (s *Store) send(ctx context.Context, c *pgx.Conn, ws []aWrite, looks bool, sql string, args []any, read func(rows pgx.Rows, err error) error) (err error) {
	var batch pgx.Batch
	if looks {
		batch.Queue(settings)
	}
	batch.Queue(sql, args...)
	s.queueInTheWay(&batch, ws)
	sent := time.Now()
	results := c.SendBatch(ctx, &batch)
	defer func() {
		if closed := results.Close(); err == nil {
			err = closed
		}
	}()
	if looks {
		if err := s.settled(results); err != nil {
			return err
		}
	}
	if err := read(results.Query()); err != nil {
		return err
	}
	var now time.Time
	var one int
	if err := results.QueryRow().Scan(&now, &one); err != nil {
		if code(err) == divisionByZero {
			return errInTheWay
		}
		return err
	}
	s.clock.Observe(sent, time.Now(), now, time.Microsecond)
	return nil
}

// queueInTheWay has inTheWay be asked of ws.
func (s *Store) queueInTheWay(batch *pgx.Batch, ws []aWrite) {
	first := s.began(ws[0].begun, ws[0].seen) // that one began
	last := ws[0].begun                       // by our clock
	if len(ws) == 1 {
		batch.Queue(s.sql.inTheWayOfOne, ws[0].scope, ws[0].name(), first, first.Add(tombstonesLast), s.clock.At(last))
		return
	}
	scopes, names, begun := make([]string, len(ws)), make([]string, len(ws)), make([]time.Time, len(ws))
	for i := range ws {
		scopes[i], names[i], begun[i] = ws[i].scope, ws[i].name(), s.began(ws[i].begun, ws[i].seen)
		if begun[i].Before(first) {
			first = begun[i]
		}
		if ws[i].begun.After(last) {
			last = ws[i].begun
		}
	}
	batch.Queue(s.sql.inTheWay, strings.Join(scopes, " "), strings.Join(names, " "), begun, first.Add(tombstonesLast), s.clock.At(last))
}

// isInTheWay reports whether it is known that nothing was done: a try before may have
// been, and then what is in its way may be newer than that.
func isInTheWay(err error) bool {
	return errors.Is(err, errInTheWay) && !errors.Is(err, store.ErrUnavailable)
}

// latestSQL returns the server's time, or that of a tombstone of a scope which is later,
// as the clock may have gone back; and then the server's time.
var latestSQL = `SELECT greatest(clock_timestamp(), max(at)), clock_timestamp() FROM «feedbacks_tombstones WHERE scope = ` + scopeArgument

// look returns the refusal of what something was in the way of.
func (s *Store) look(ctx context.Context, w aWrite) error {
	var r refusal
	err := s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		var now time.Time
		sent := time.Now()
		err := c.QueryRow(ctx, s.sql.latest, w.scope).Scan(&r.latest, &now)
		if err == nil {
			s.clock.Observe(sent, time.Now(), now, time.Microsecond)
		}
		return err
	})
	if err != nil {
		return err
	}
	return r
}

// burySQL has nothing be added to a scope that has begun before.
var burySQL = buried(`VALUES (` + scopeArgument + `, '', clock_timestamp())`)

// commits is true, and has a statement that changes nothing be committed like one that
// does: with synchronous replication, what it found is on the standby then.
const commits = `pg_logical_emit_message(true, 'feedbacks', '') IS NOT NULL`
