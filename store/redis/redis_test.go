package redis_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/proptest"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

// modes are the servers that a store may have before it.
var modes = map[string]func(testing.TB) goredis.UniversalClient{
	"server":   func(tb testing.TB) goredis.UniversalClient { return lone(tb) },
	"sentinel": sentinel,
	"cluster":  cluster,
}

func TestStore(t *testing.T) {
	t.Parallel()
	for name, client := range modes {
		var groups []string
		if name == "sentinel" { // of its own it has the client alone
			groups = []string{"Create", "Put", "GetDelete", "List", "Summarize", "Erase", "Scopes"}
		}
		t.Run(name, func(t *testing.T) { storetest.Run(t, fresh(client(t), redis.Options{}), groups...) })
	}
}

func TestStoreOnMiniredis(t *testing.T) {
	t.Parallel()
	storetest.Run(t, fresh(miniClient(t), redis.Options{}))
}

func TestSequences(t *testing.T) {
	for name, client := range modes {
		t.Run(name, func(t *testing.T) { proptest.Run(t, fresh(client(t), redis.Options{})) })
	}
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	for name, client := range modes {
		t.Run(name, func(t *testing.T) { storetest.RunConcurrency(t, fresh(client(t), redis.Options{})) })
	}
	t.Run("TLS", func(t *testing.T) { storetest.RunConcurrency(t, fresh(overTLS(t), redis.Options{})) })
	t.Run("a replica", func(t *testing.T) { storetest.RunConcurrency(t, fresh(cluster(t), redis.Options{Replicas: 1})) })
	t.Run("instances", func(t *testing.T) {
		url := testserver.Redis(t)
		storetest.RunConcurrency(t, func(testing.TB) store.Store {
			o := &redis.Options{Prefix: newPrefix()}
			return storetest.Instances(redis.New(dial(t, url), o), redis.New(dial(t, url), o), redis.New(dial(t, url), o))
		})
	})
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	url := testserver.StartRedis(t).URL
	storetest.RunGivenUp(t, func(tb testing.TB, dial storetest.Dial) (slow, fast store.Store) {
		o, err := goredis.ParseURL(url)
		if err != nil {
			tb.Fatal(err)
		}
		through := *o
		through.Dialer = dial
		prefix := &redis.Options{Prefix: newPrefix()}
		return redis.New(connect(tb, &through), prefix), redis.New(connect(tb, o), prefix)
	})
}

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, fresh(lone(b), redis.Options{})) }

// fresh returns a maker of empty stores on one client.
func fresh(client goredis.UniversalClient, o redis.Options) func(testing.TB) store.Store {
	return func(testing.TB) store.Store {
		o.Prefix = newPrefix()
		return redis.New(client, &o)
	}
}

// newPrefix returns a prefix that no other store has, whatever the database holds.
func newPrefix() string { return "test:" + rand.Text() + ":" }

// lone returns a client of the shared server.
func lone(tb testing.TB) *goredis.Client { return dial(tb, testserver.Redis(tb)) }

// sentinel returns a client of the shared servers that sentinels watch, and
// cluster one of the shared cluster.
func sentinel(tb testing.TB) goredis.UniversalClient {
	name, sentinels := testserver.RedisSentinel(tb)
	return open(tb, &goredis.UniversalOptions{MasterName: name, Addrs: sentinels})
}

func cluster(tb testing.TB) goredis.UniversalClient {
	return open(tb, &goredis.UniversalOptions{Addrs: testserver.RedisCluster(tb)})
}

// overTLS returns a client of a server of its own.
func overTLS(tb testing.TB) *goredis.Client {
	server, config := testserver.StartRedisTLS(tb)
	o, err := goredis.ParseURL(server.URL)
	if err != nil {
		tb.Fatal(err)
	}
	o.TLSConfig = config
	return connect(tb, o)
}

// dial returns a client of a URL.
func dial(tb testing.TB, url string) *goredis.Client {
	o, err := goredis.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	return connect(tb, o)
}

func open(tb testing.TB, o *goredis.UniversalOptions) goredis.UniversalClient {
	client := goredis.NewUniversalClient(o)
	tb.Cleanup(func() { client.Close() })
	return client
}

// connect returns a client of a lone server.
func connect(tb testing.TB, o *goredis.Options) *goredis.Client {
	client := goredis.NewClient(o)
	tb.Cleanup(func() { client.Close() })
	return client
}

func miniClient(tb testing.TB) *goredis.Client {
	return dial(tb, "redis://"+miniredis.RunT(tb).Addr())
}

// baseOf returns what the keys of the only scope of a store start with.
func baseOf(tb testing.TB, client *goredis.Client, prefix string) string {
	tb.Helper()
	for _, key := range keysOf(tb, client, prefix) {
		if base, ok := strings.CutSuffix(key, "}:r"); ok {
			return base + "}:"
		}
	}
	tb.Fatal("there are no records")
	return ""
}

// keysOf returns the keys that a store has, but for the set of scopes.
func keysOf(tb testing.TB, client *goredis.Client, prefix string) []string {
	keys, err := client.Keys(context.WithoutCancel(tb.Context()), prefix+"{*").Result()
	if err != nil {
		tb.Fatal(err)
	}
	return keys
}
