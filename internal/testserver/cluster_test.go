package testserver

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRedisCluster(t *testing.T) {
	t.Parallel()
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: RedisCluster(t)})
	defer client.Close()
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		set(t, client, key)
	}
}

func TestRedisClusterFailover(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c := StartRedisCluster(t, "--appendonly", "yes")
	// By itself the client would knock at the door of a dead master for a minute.
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), ClusterStateReloadInterval: 100 * time.Millisecond})
	defer client.Close()
	master := c.Master("key")
	conn := master.client.Conn()
	defer conn.Close()
	if err := conn.Set(t.Context(), "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Wait(t.Context(), 1, patience).Result(); n != 1 {
		t.Fatal(n, err)
	}
	master.Kill()
	next := c.Master("key")
	if next == master {
		t.Fatal("the master has been killed")
	}
	if err := poll(t.Context(), func(ctx context.Context) error { return client.Get(ctx, "key").Err() }); err != nil {
		t.Error(err)
	}
	master.Start()
	c.WaitReady()
	if again := c.Master("key"); again != next {
		t.Errorf("%s, just started, took over from %s", again.Addr, next.Addr)
	}
}

func TestRedisSentinel(t *testing.T) {
	t.Parallel()
	name, sentinels := RedisSentinel(t)
	client := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: name, SentinelAddrs: sentinels})
	defer client.Close()
	set(t, client, "key")
}

func TestRedisSentinelFailover(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s := StartRedisSentinel(t)
	client := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: s.Name, SentinelAddrs: s.Addrs()})
	defer client.Close()
	set(t, client, "key")
	s.Servers[0].Kill()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := poll(ctx, func(ctx context.Context) error { return client.Set(ctx, "key", "value", 0).Err() }); err != nil {
		t.Error(err)
	}
}
