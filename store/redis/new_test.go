package redis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// nowhere is an address that nothing listens on: New must not mind.
const nowhere = "127.0.0.1:1"

func TestNewRefuses(t *testing.T) {
	client := goredis.NewClient(&goredis.Options{Addr: nowhere})
	defer client.Close()
	cluster := func(o goredis.ClusterOptions) goredis.UniversalClient {
		o.Addrs = []string{nowhere}
		c := goredis.NewClusterClient(&o)
		t.Cleanup(func() { c.Close() })
		return c
	}
	ring := goredis.NewRing(&goredis.RingOptions{Addrs: map[string]string{"a": nowhere}})
	defer ring.Close()
	for name, c := range map[string]struct {
		client goredis.UniversalClient
		o      redis.Options
		says   string
	}{
		"no client":            {nil, redis.Options{}, "needs a client"},
		"a nil client":         {(*goredis.Client)(nil), redis.Options{}, "needs a client"},
		"a ring":               {ring, redis.Options{}, "*redis.Ring"},
		"read-only":            {cluster(goredis.ClusterOptions{ReadOnly: true}), redis.Options{}, "replicas"},
		"by latency":           {cluster(goredis.ClusterOptions{RouteByLatency: true}), redis.Options{}, "replicas"},
		"at random":            {cluster(goredis.ClusterOptions{RouteRandomly: true}), redis.Options{}, "replicas"},
		"braces":               {client, redis.Options{Prefix: "{a}"}, "braces"},
		"negative replicas":    {client, redis.Options{Replicas: -1}, "negative"},
		"negative backlog":     {client, redis.Options{Backlog: -1}, "negative"},
		"a microsecond":        {client, redis.Options{Timeout: time.Microsecond}, "millisecond"},
		"an impatient replica": {client, redis.Options{ReplicaTimeout: time.Microsecond}, "millisecond"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if s, _ := recover().(string); !strings.Contains(s, c.says) {
					t.Errorf("panicked with %q, want %q", s, c.says)
				}
			}()
			redis.New(c.client, &c.o)
		})
	}
}

func TestNewDoesNoIO(t *testing.T) {
	type embeds struct{ *goredis.Client } // as a host may, to count its calls
	client := goredis.NewClient(&goredis.Options{Addr: nowhere, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	for _, c := range []goredis.UniversalClient{client, embeds{client}} {
		st := redis.New(c, nil)
		_, err := st.Get(t.Context(), scope, store.Ref{ID: record(0).ID})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Get from nowhere: %v, want ErrUnavailable", err)
		}
	}
}

func TestAReplicaIsRefused(t *testing.T) {
	name, sentinels := testserver.RedisSentinel(t)
	client := goredis.NewFailoverClient(&goredis.FailoverOptions{MasterName: name, SentinelAddrs: sentinels, ReplicaOnly: true})
	defer client.Close()
	st := redis.New(client, nil)
	for range 2 {
		_, err := st.List(t.Context(), scope, store.Query{Limit: 1})
		if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "replica") {
			t.Errorf("List from a replica: %v, want a refusal", err)
		}
	}
}

func TestPrefixesAreStrangers(t *testing.T) {
	client, prefix := lone(t), newPrefix()
	a, b := redis.New(client, &redis.Options{Prefix: prefix}), redis.New(client, &redis.Options{Prefix: prefix + "b:"})
	f := create(t, a, record(0, "a"))
	if _, err := b.Get(t.Context(), scope, store.Ref{ID: f.ID}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get by another prefix: %v, want ErrNotFound", err)
	}
	if scopes, err := b.Scopes(t.Context(), store.Scope{}, 10); len(scopes) != 0 || err != nil {
		t.Errorf("Scopes by another prefix: %v, %v, want none", scopes, err)
	}
	if keys := keysOf(t, client, prefix); len(keys) == 0 {
		t.Error("there are no keys with the prefix")
	}
	if n, err := a.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if keys := keysOf(t, client, prefix); len(keys) != 1 || client.TTL(t.Context(), keys[0]).Val() <= 0 {
		t.Errorf("but for what expires, an empty scope leaves the keys %q", keys)
	}
}
