// Package redis keeps feedback in Redis: one server, a master that Sentinel
// watches, or Redis Cluster, with the same code. It is tested with Redis 7.0.
//
//	client := goredis.NewUniversalClient(&goredis.UniversalOptions{Addrs: []string{"localhost:6379"}})
//	st := redis.New(client, nil)
//
// # What can be lost
//
// A write is acknowledged when the server that is the scope's master has done
// it. How long that lasts is up to how Redis is configured:
//
//   - With `appendonly yes`, a crash of the server loses what it did since the
//     last fsync: up to about a second with `appendfsync everysec`, nothing with
//     `always`. With snapshots alone (Redis's default) it loses what came after
//     the last one, and with neither everything.
//   - Replication is asynchronous: when a replica takes over, what had not
//     reached it is lost, although it was acknowledged. With [Options.Replicas] a
//     write is acknowledged only when so many replicas have received it. That makes
//     the loss rare rather than impossible (it is no consensus), makes a lone
//     caller wait about three times as long, and fails writes while too few
//     replicas are there.
//   - A maxmemory-policy that evicts keys destroys indexes: use `noeviction`.
//
// No record has a time to live, which would break the rollups: retention is
// [Store.Erase].
//
// # What goes where
//
// The keys of one scope lie in one slot, and so on one node of a cluster: scopes
// spread over the nodes, and one assistant's feedback must fit one. Everything
// else about the layout is private; [Store.Rebuild] mends the rollups if somebody
// edited it nevertheless. A record takes about 320 bytes of memory (a session of
// ten, no text), 510 if it is of a message, and 700 to 970 as a user's vote on one:
// a session and a user of its own cost the most. While a cluster moves a slot to
// another node, the slot's scopes are unavailable, and so is the node while it
// moves a large one's records, which are one key.
//
// The set of all scopes lies in a slot of its own. Should a cluster lose that and
// keep the scopes' records, then each process registers again, within seconds,
// the scopes that it has written to or listed from.
//
// A record that a newer version of this package wrote, with something that this
// one does not know, fails each call that reads or would change it with
// [store.ErrNewerVersion]. A scope whose layout is newer can be listed, but neither
// written to nor counted.
//
// # Reading and writing
//
// Writes that wait for the same node go out together, in one round trip, as many as
// take a server some milliseconds: to a lone server as one script, to a cluster's as
// one for each scope. Nothing lingers: a lone caller goes straight through. Put and
// Delete are sent once, whatever the client's MaxRetries. Each write carries the time,
// by the server's clock, until which it may be done: the caller's deadline, at the
// latest the client's ReadTimeout or [Options.Timeout] from when it is sent.
//
// It carries when it began, too, and each record has the time at which it was
// written. A write that finds something newer than its beginning, or that something
// was deleted since, changes nothing: it begins anew if its caller still waits 5 ms
// later. So what was given up, or is repeated, undoes nothing however late it arrives.
// Deletions are remembered for a minute, and a write is refused a minute after it began.
// All times are by the server's clock, whatever those of the processes say. If the clock is
// set, or a new master has another one, writes may take one more round trip; one
// that was given up in the moments around that is refused if the clocks differ by more
// than it was late, and else counts as that much younger or older.
//
// All reads go to masters. Clients that read from replicas are refused, as they
// would not see what was just written. A connection to a master that has become a
// replica is closed by the first call that uses it.
//
// # Rights
//
// The first call asks whether the client's user may run every command that the
// store needs, without touching a record. While one is missing, every call returns
// [store.ErrUnavailable] and names it. What a server refuses until somebody acts
// (its memory is full, its disk fails, the password is wrong) ends a write at once,
// with [store.ErrUnavailable] and the words "nothing was done".
package redis

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
)

// Options are the choices a host has. The zero value is the default for each.
type Options struct {
	// Prefix is what every key of the store starts with. Stores of different
	// prefixes on one database are strangers. It must not contain braces.
	// Default: "feedbacks:".
	Prefix string

	// Replicas is how many replicas of the scope's master must have received a
	// write before it is acknowledged. With fewer the call returns
	// [store.ErrUnavailable], although the master has done the write and replicas
	// may get it later. Reads do not wait: one may show a write that is not
	// acknowledged yet, and that a failover takes away. Default: 0, the master alone.
	Replicas int

	// ReplicaTimeout is how long a write waits for Replicas, in whole
	// milliseconds. It should be below the client's ReadTimeout and below
	// Timeout. Default: 1 s.
	ReplicaTimeout time.Duration

	// Timeout is the longest that a write may take, besides the context's
	// deadline. While a failover or a restart is under way, writes are tried again
	// for as long. Default: 5 s.
	Timeout time.Duration

	// Backlog is how many writes may wait for one node, and of them no more than
	// 64 MB, before others are turned away with [store.ErrUnavailable]. Default:
	// 10,000.
	Backlog int

	// Observe is told of the writes that go to a node together, and of how many wait
	// for one: for metrics, such as those of package store/otel. It must not block or
	// panic, and is called by many goroutines at once. Default: nil.
	Observe func(store.Grouping)
}

// A Store is a [store.Store] in Redis. Make it with [New]; it is safe for
// concurrent use, and any number of processes may share a database. The client
// remains its maker's to close.
//
// What is no error of [store.Store]'s contract, such as a value that the store
// did not write under one of its keys, is a plain error.
type Store struct {
	client         goredis.UniversalClient
	cluster        cluster // nil unless the client is a cluster's
	prefix         string
	replicas       int
	replicaTimeout time.Duration
	timeout        time.Duration
	sendTimeout    time.Duration // how long a change may be done after it is sent
	backlog        int
	observe        func(store.Grouping)

	claimed claims      // the scopes that this process has registered
	probed  atomic.Bool // the server has said that it runs every command

	mu    sync.Mutex
	nodes map[string]*node // by address
}

// cluster is what the store needs of a [goredis.ClusterClient] besides.
type cluster interface {
	MasterForKey(ctx context.Context, key string) (*goredis.Client, error)
	ReloadState(ctx context.Context)
	Options() *goredis.ClusterOptions
}

var _ store.Store = (*Store)(nil)

// New returns a store on what client connects to. It does no I/O, and o may be
// nil. New panics when client is nil, a Ring or another client that is neither a
// [goredis.Client] nor a [goredis.ClusterClient] (types that embed one will do),
// or a cluster's client that reads from replicas; and when an option is out of
// its range.
func New(client goredis.UniversalClient, o *Options) *Store {
	if o == nil {
		o = &Options{}
	}
	s := &Store{
		client:         client,
		prefix:         cmp.Or(o.Prefix, "feedbacks:"),
		replicas:       o.Replicas,
		replicaTimeout: cmp.Or(o.ReplicaTimeout, time.Second),
		timeout:        cmp.Or(o.Timeout, 5*time.Second),
		backlog:        cmp.Or(o.Backlog, 10_000),
		observe:        o.Observe,
		nodes:          map[string]*node{},
	}
	switch {
	case strings.ContainsAny(s.prefix, "{}"):
		panic("redis: Options.Prefix must not contain braces, which tell Redis Cluster what to hash")
	case s.replicas < 0 || s.replicaTimeout < time.Millisecond || s.timeout < time.Millisecond || s.backlog < 0:
		panic("redis: Options must not be negative, and timeouts at least a millisecond")
	}
	var readTimeout time.Duration
	if v := reflect.ValueOf(client); client == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		panic("redis: New needs a client")
	}
	switch c := client.(type) {
	case cluster:
		co := c.Options()
		if co.ReadOnly || co.RouteByLatency || co.RouteRandomly {
			panic("redis: the client reads from replicas (ReadOnly, RouteByLatency or RouteRandomly), which lag behind what was written")
		}
		s.cluster, readTimeout = c, co.ReadTimeout
	case interface{ Options() *goredis.Options }:
		readTimeout = c.Options().ReadTimeout
	default:
		panic(fmt.Sprintf("redis: New needs a *Client or *ClusterClient of go-redis, got a %T", client))
	}
	s.sendTimeout = s.timeout
	if readTimeout > 0 {
		s.sendTimeout = min(s.timeout, readTimeout) // then the client gives up
	}
	return s
}

// begin is how every call starts: with a live context and valid arguments.
func begin(ctx context.Context, checks ...error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return cmp.Or(checks...)
}
