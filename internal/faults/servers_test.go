package faults

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
	"github.com/humanfeedback/feedbacks/store/postgres"
	"github.com/humanfeedback/feedbacks/store/redis"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

func init() { logging.Disable() } // connections break on purpose

// deadline is the Options.Timeout of the stores that servers open.
const deadline = time.Second

// clientName is what the servers know the stores' connections by.
const clientName = "faults"

// A host is a server that can be killed and paused.
type host interface {
	Kill()
	Start()
	Pause()
	Resume()
}

// servers are those of one store, for one test alone.
type servers struct {
	kind    string
	url     string       // as the example's -store
	direct  string       // url, or what it was before there was a proxy
	addr    string       // of the one server; "" for a file
	host    host         // the one server, or the file; nil for memory and a cluster
	memory  store.Store  // nil but for memory
	cluster *clusterHost // nil but for a cluster
	proxy   *proxy       // nil unless connections go through one
}

// start starts the servers of a kind of store.
func start(t *testing.T, kind string) *servers {
	t.Helper()
	s := &servers{kind: kind}
	switch kind {
	case "memory":
		s.url, s.memory = "memory", memory.New()
	case "sqlite":
		f := newFile(t)
		s.url, s.host = "sqlite:"+f.path, f
	case "postgres":
		server := testserver.StartPostgres(t)
		s.url, s.addr, s.host = server.URL, server.Addr, server
		s.migrate(t)
	case "redis":
		server := testserver.StartRedis(t, "--appendonly", "yes", "--appendfsync", "always")
		s.url, s.addr, s.host = server.URL, server.Addr, server
	case "cluster":
		s.cluster = &clusterHost{RedisClusterServers: testserver.StartRedisCluster(t, "--appendonly", "yes")}
		addrs := s.cluster.Addrs()
		s.url = "redis://" + addrs[0] + "?" + url.Values{"addr": addrs[1:]}.Encode()
	default:
		t.Fatalf("no such store: %q", kind)
	}
	s.direct = s.url
	return s
}

// startProxied is start, with a proxy in front if it is one server.
func startProxied(t *testing.T, kind string) *servers {
	t.Helper()
	s := start(t, kind)
	if s.addr == "" {
		return s
	}
	s.proxy = startProxy(t, s.addr)
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = s.proxy.Listen
	s.url = u.String()
	return s
}

// open returns a store as the example opens it, with shorter deadlines. It may be
// opened several times, for several instances.
func (s *servers) open(t *testing.T) store.Store { return s.openWith(t, limits{}) }

// limits are options of stores and, pool and buffer, of Redis's clients. Zero is the
// default.
type limits struct {
	backlog, replicas int
	pool              int // of connections, beside one for pipelines
	buffer            int // of a connection to a cluster
}

func (s *servers) openWith(t *testing.T, l limits) store.Store {
	t.Helper()
	st, stop := s.dial(t, l)
	t.Cleanup(stop)
	return st
}

// dial returns a store, and what closes its connections.
func (s *servers) dial(t *testing.T, l limits) (st store.Store, stop func()) {
	t.Helper()
	switch s.kind {
	case "memory":
		return s.memory, func() {}
	case "sqlite":
		st, err := sqlite.Open(s.host.(*file).path, &sqlite.Options{Timeout: deadline, Backlog: l.backlog})
		if err != nil {
			t.Fatal(err)
		}
		return st, func() {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		}
	case "postgres":
		config, err := pgxpool.ParseConfig(s.url)
		if err != nil {
			t.Fatal(err)
		}
		config.ConnConfig.RuntimeParams["application_name"] = clientName
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		return postgres.New(pool, &postgres.Options{Timeout: deadline, Backlog: l.backlog}), pool.Close
	}
	var client goredis.UniversalClient
	if s.kind == "cluster" {
		client = goredis.NewClusterClient(&goredis.ClusterOptions{
			Addrs: s.cluster.Addrs(), ClientName: clientName, PoolSize: l.pool, ReadBufferSize: l.buffer, WriteBufferSize: l.buffer,
			PipelinePoolSize: min(l.pool, 1), PipelineReadBufferSize: l.buffer, PipelineWriteBufferSize: l.buffer,
			DialTimeout: deadline / 2, ReadTimeout: deadline,
		})
	} else {
		o, err := goredis.ParseURL(s.url)
		if err != nil {
			t.Fatal(err)
		}
		o.ClientName, o.PoolSize, o.PipelinePoolSize = clientName, l.pool, min(l.pool, 1)
		o.DialTimeout, o.ReadTimeout = deadline/2, deadline
		client = goredis.NewClient(o)
	}
	options := &redis.Options{Timeout: deadline, ReplicaTimeout: deadline / 2, Replicas: l.replicas, Backlog: l.backlog}
	return redis.New(client, options), func() { client.Close() }
}

// migrate makes the tables.
func (s *servers) migrate(t *testing.T) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := postgres.Migrate(t.Context(), pool, nil); err != nil {
		t.Fatal(err)
	}
}

// kill kills the one server, and restart starts it again.
func (s *servers) kill()    { s.host.Kill() }
func (s *servers) restart() { s.host.Start() }

// pause has the one server stand still, and resume ends that.
func (s *servers) pause()  { s.host.Pause() }
func (s *servers) resume() { s.host.Resume() }

// stall has all servers stand still, those of a cluster too, until goOn.
func (s *servers) stall() {
	for _, h := range s.hosts() {
		h.Pause()
	}
}

func (s *servers) goOn() {
	for _, h := range s.hosts() {
		h.Resume()
	}
}

func (s *servers) hosts() (all []host) {
	if s.cluster == nil {
		return []host{s.host}
	}
	for _, node := range s.cluster.Nodes {
		all = append(all, node)
	}
	return all
}

// A trouble is something that goes wrong with the servers. do returns when they
// are as before.
type trouble struct {
	name string
	do   func()
}

// troubles are those that the servers can have: none for memory.
func (s *servers) troubles() []trouble {
	switch s.kind {
	case "memory":
		return nil
	case "cluster":
		return []trouble{{"failover", s.cluster.failover}}
	}
	all := []trouble{
		{"pause", func() { s.pause(); time.Sleep(deadline / 2); s.resume() }}, // how long it stands still
		{"long pause", func() { s.pause(); time.Sleep(2 * deadline); s.resume() }},
	}
	if s.kind == "sqlite" {
		return all
	}
	all = append(all, trouble{"kill", func() { s.kill(); s.restart() }})
	if s.proxy != nil {
		all = slices.Concat(all, s.proxy.troubles())
	}
	return all
}

// A clusterHost is a cluster whose shards fail one at a time.
type clusterHost struct {
	*testserver.RedisClusterServers
	failovers int
}

// shards has a key of each shard's slots.
var shards = []string{"b", "c", "a"}

// failover kills a shard's master, and waits until its replica has taken over and
// the old master is back as a replica in step. Shards take turns.
func (c *clusterHost) failover() {
	takenOver, restore := c.killMaster()
	takenOver()
	restore()
}

// killMaster kills a shard's master. takenOver waits until its replica has taken
// over, and restore until the old master is back.
func (c *clusterHost) killMaster() (takenOver, restore func()) {
	key := shards[c.failovers%len(shards)]
	c.failovers++
	old := c.Master(key)
	old.Kill()
	return func() { c.Master(key) }, func() { old.Start(); c.WaitReady() }
}
