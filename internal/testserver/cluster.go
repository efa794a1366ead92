package testserver

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// RedisClusterServers are a Redis cluster of one test: three masters, and a
// replica of each, which takes over about two seconds after its master is gone.
type RedisClusterServers struct {
	Nodes []*RedisServer // at first the first three are masters, and the replica of Nodes[i] is Nodes[i+3]

	tb testing.TB
}

const (
	masters = 3
	slots   = 16384
)

// Addrs are the addresses of all nodes.
func (c *RedisClusterServers) Addrs() []string {
	var addrs []string
	for _, node := range c.Nodes {
		addrs = append(addrs, node.Addr)
	}
	return addrs
}

// RedisCluster returns the addresses of a Redis cluster's nodes. All tests of a
// process share it, and nothing is flushed: tests keep to keys of their own.
func RedisCluster(tb testing.TB) []string {
	tb.Helper()
	c, err := sharedRedisCluster()
	check(tb, err)
	return c.Addrs()
}

var sharedRedisCluster = sync.OnceValues(func() (*RedisClusterServers, error) { return startRedisCluster(nil, time.Minute) })

// StartRedisCluster starts a Redis cluster for this test alone. A node that is
// killed and started again has lost what it stored, and would make its replica
// lose it too, unless args say "--appendonly", "yes".
func StartRedisCluster(tb testing.TB, args ...string) *RedisClusterServers {
	tb.Helper()
	c, err := startRedisCluster(tb, time.Second, args...)
	check(tb, err)
	return c
}

// startRedisCluster starts nodes that take one for dead which has been silent for down:
// on a busy machine one may be slow, and only who kills it means that.
func startRedisCluster(tb testing.TB, down time.Duration, args ...string) (*RedisClusterServers, error) {
	c := &RedisClusterServers{tb: tb}
	args = append([]string{"--cluster-enabled", "yes", "--cluster-node-timeout", fmt.Sprint(down.Milliseconds())}, args...)
	for range 2 * masters {
		node, err := startRedis(tb, args...)
		if err != nil {
			return nil, err
		}
		c.Nodes = append(c.Nodes, node)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.join(ctx); err != nil {
		return nil, err
	}
	return c, poll(ctx, c.ready)
}

// join makes a cluster of nodes. All of them meet directly: to wait for gossip
// would take longer.
func (c *RedisClusterServers) join(ctx context.Context) error {
	for i, node := range c.Nodes {
		if err := node.client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return err
		}
		if i < masters {
			if err := node.client.ClusterAddSlotsRange(ctx, i*slots/masters, (i+1)*slots/masters-1).Err(); err != nil {
				return err
			}
		}
		for _, other := range c.Nodes[:i] {
			host, port, _ := strings.Cut(other.Addr, ":")
			if err := node.client.ClusterMeet(ctx, host, port).Err(); err != nil {
				return err
			}
		}
	}
	for i, replica := range c.Nodes[masters:] {
		id, err := c.Nodes[i].client.ClusterMyID(ctx).Result()
		if err != nil {
			return err
		}
		know := func(ctx context.Context) error { return replica.client.ClusterReplicate(ctx, id).Err() }
		if err := poll(ctx, know); err != nil {
			return err
		}
	}
	return nil
}
