// Package postgres keeps feedback in PostgreSQL, through pgx:
//
//	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
//	...
//	if err := postgres.Migrate(ctx, pool, nil); err != nil { ... }
//	api := handler.New(postgres.New(pool, nil), opts)
//
// An acknowledged write has been committed: it is as durable as the server's
// synchronous_commit and fsync make it. What many callers write at once is
// committed together, one statement and one commit for all of them; a lone
// caller waits for nobody.
//
// Any number of stores, in any number of processes, may share a database. Behind
// a pooler in transaction mode, set the pool's default_query_exec_mode to exec
// unless the pooler keeps prepared statements (PgBouncer does from 1.21 on).
//
// Summaries are made of counts by day and tag, which are written with the records. About
// once a second a call that writes, when it is done, adds up what there is of these,
// which takes it some milliseconds. Of a scope's day 200 tags are counted
// ([store.MaxDayTags]), and a few more where instances write at once; a summary by
// another tag reads the day's records.
//
// When the context of a call ends that uses a connection alone, pgx closes that
// connection, and the pool makes a new one. A Create or Put that shares a statement
// leaves it to the others. Each write carries when it began, by the server's clock:
// what was stuck on its way, or is repeated, undoes nothing that was acknowledged
// since. (A caller who has given up may still find it done, where nothing newer was
// in its way.) While the server does not answer, such a connection stays open for up
// to 15 s more; of these there are up to 16 beside the pool's MaxConns. A row that
// somebody else keeps locked holds up those who want it: set
// idle_in_transaction_session_timeout.
//
// A record that a newer version of this package wrote, with something that this one
// does not know, fails each call that reads or would change it with
// [store.ErrNewerVersion], and tables that a newer version has changed so that this
// one may not write there fail all with [ErrNewerSchema]. Nothing is changed then.
//
// All statements but those of Create bring settings of the planner with them, in the same
// packet, which are gone when they are done: how fast they are does not depend on
// statistics. The server's default_transaction_isolation should be read committed.
//
// A connection that does not answer in time has all idle ones of the pool asked for a
// sign of life, if db has AcquireAllIdle as a [pgxpool.Pool] has, so that calls go on once
// the database's name leads elsewhere. A Store that has seen a primary reads from no
// standby.
package postgres

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/internal/clock"
	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// A DB is where the connections come from: a [pgxpool.Pool], or what wraps one.
type DB interface {
	// AcquireFunc calls f with a connection of f's own. An error without a call
	// of f means that nothing was sent. ctx bounds how long it waits for one.
	AcquireFunc(ctx context.Context, f func(*pgxpool.Conn) error) error
}

var _ DB = (*pgxpool.Pool)(nil)

// Options change how a Store works. nil or the zero value is fine.
type Options struct {
	// Schema is the schema that the tables are in. Default: "", the first of the
	// connection's search_path.
	Schema string
	// Timeout bounds each statement, with what it takes to get a connection and
	// to repeat what may be repeated; a Create or Put may wait for as long before
	// its statement is sent. Default: 10 s.
	Timeout time.Duration
	// Backlog is how many Creates, and how many Puts, may wait for the statement
	// that is under way, and of them no more than 64 MB; more are ErrUnavailable.
	// Default: 10,000.
	Backlog int
	// Observe is told of the statements that Creates and Puts share, and of how many
	// wait for one: for metrics, such as those of package store/otel. It must not block
	// or panic, and is called by many goroutines at once. Default: nil.
	Observe func(store.Grouping)
}

// observe returns what a group calls, nil without an Observe.
func (o Options) observe() func(sent, waiting int) {
	if o.Observe == nil {
		return nil
	}
	return func(sent, waiting int) { o.Observe(store.Grouping{Sent: sent, Waiting: waiting}) }
}

// withDefaults returns a copy of o with its defaults filled in; o may be nil.
func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Timeout < 0 || opts.Backlog < 0 {
		panic("postgres: Options.Timeout and Options.Backlog must not be negative")
	}
	if opts.Timeout == 0 {
		opts.Timeout = 10 * time.Second
	}
	if opts.Backlog == 0 {
		opts.Backlog = 10_000
	}
	return opts
}

// What one statement writes at the most: records, and bytes unless one alone has
// more.
const (
	maxBatch     = 512
	maxBatchSize = 8 << 20
	maxWaiting   = 64 << 20 // bytes of Creates, and of Puts, that wait
)

// A Store is a [store.Store] in PostgreSQL. Make it with [New]; it is safe for
// concurrent use.
type Store struct {
	db      DB
	opts    Options
	sql     statements
	creates group.Group[aWrite, store.Feedback]
	puts    group.Group[aWrite, putResult]
	held    group.Group[aWrite, putResult] // by other transactions, so that they do not hold up puts
	pause   atomic.Int64                   // of held, in nanoseconds
	clock   clock.Clock
	tags    remembered
	folds   folds

	primary atomic.Bool  // whether it has seen one
	cuts    atomic.Int32 // connections that wait to be closed
}

var _ store.Store = (*Store)(nil)

// New returns a store in the database that db connects to, whose tables
// [Migrate] has made. It does no I/O, and panics when db is nil.
func New(db DB, opts *Options) *Store {
	if db == nil {
		panic("postgres: New needs a database")
	}
	s := &Store{db: db, opts: opts.withDefaults()}
	s.folds.last = time.Now()
	s.sql = newStatements(s.opts.Schema)
	s.creates = group.Group[aWrite, store.Feedback]{
		Run: s.createAll, Key: func(w aWrite) string { return w.ID },
		Max: maxBatch, Size: aWrite.size, MaxSize: maxBatchSize, Backlog: s.opts.Backlog, Bytes: aWrite.size, BacklogBytes: maxWaiting, Timeout: s.opts.Timeout,
		Observe: s.opts.observe(),
	}
	s.puts = group.Group[aWrite, putResult]{
		Run: s.putAll, Key: func(w aWrite) string { return w.Key }, // a statement updates a row once
		Max: maxBatch, Size: aWrite.size, MaxSize: maxBatchSize, Backlog: s.opts.Backlog, Bytes: aWrite.size, BacklogBytes: maxWaiting, Timeout: s.opts.Timeout,
		Observe: s.opts.observe(),
	}
	s.held = group.Group[aWrite, putResult]{
		Run: s.putHeld, Key: s.puts.Key,
		Max: maxBatch, Size: aWrite.size, MaxSize: maxBatchSize, Backlog: s.opts.Backlog, Bytes: aWrite.size, BacklogBytes: maxWaiting, Timeout: s.opts.Timeout,
		Observe: s.opts.observe(),
	}
	return s
}

// size is about what a record takes in a statement.
func (w aWrite) size() int { return 500 + len(w.Text) + carried.Size(&w.Feedback) }
