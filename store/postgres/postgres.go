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
// When a reader's context ends, pgx closes the connection that it read from, and
// the pool makes a new one. Writers share a statement, which goes on without
// them.
package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// A DB is where the connections come from: a [pgxpool.Pool], or what wraps one.
type DB interface {
	// AcquireFunc calls f with a connection of f's own. An error without a call
	// of f means that nothing was sent.
	AcquireFunc(ctx context.Context, f func(*pgxpool.Conn) error) error
}

var _ DB = (*pgxpool.Pool)(nil)

// Options change how a Store works. nil or the zero value is fine.
type Options struct {
	// Schema is the schema that the tables are in. Default: "", the first of the
	// connection's search_path.
	Schema string
	// Timeout bounds each statement, with what it takes to get a connection and
	// to repeat what may be repeated. Default: 10 s.
	Timeout time.Duration
	// Backlog is how many Creates, and how many Puts, may wait for the statement
	// that is under way; more are ErrUnavailable. Default: 10,000.
	Backlog int
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

// maxBatch is how many records one statement writes at the most.
const maxBatch = 512

// A Store is a [store.Store] in PostgreSQL. Make it with [New]; it is safe for
// concurrent use.
type Store struct {
	db      DB
	opts    Options
	sql     statements
	creates group.Group[store.Feedback, store.Feedback]
	puts    group.Group[store.Feedback, putResult]
}

var _ store.Store = (*Store)(nil)

// New returns a store in the database that db connects to, whose tables
// [Migrate] has made. It does no I/O, and panics when db is nil.
func New(db DB, opts *Options) *Store {
	if db == nil {
		panic("postgres: New needs a database")
	}
	s := &Store{db: db, opts: opts.withDefaults()}
	s.sql = newStatements(s.opts.Schema)
	s.creates = group.Group[store.Feedback, store.Feedback]{
		Run: s.createAll, Key: func(f store.Feedback) string { return f.ID },
		Max: maxBatch, Backlog: s.opts.Backlog, Timeout: s.opts.Timeout,
	}
	s.puts = group.Group[store.Feedback, putResult]{
		Run: s.putAll, Key: func(f store.Feedback) string { return f.Key }, // a statement updates a row once
		Max: maxBatch, Backlog: s.opts.Backlog, Timeout: s.opts.Timeout,
	}
	return s
}
