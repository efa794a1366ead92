package testserver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// WaitReady waits until every node serves, every slot is served and every master
// has a replica in step, which all nodes know of.
func (c *RedisClusterServers) WaitReady() {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := poll(ctx, c.ready); err != nil {
		c.tb.Error(err)
	}
}

func (c *RedisClusterServers) ready(ctx context.Context) error {
	for _, node := range c.Nodes {
		info, err := node.client.ClusterInfo(ctx).Result()
		if err != nil {
			return err
		}
		if !strings.Contains(info, "cluster_state:ok") {
			return fmt.Errorf("%s: the cluster is not ready:\n%s", node.Addr, info)
		}
		shards, err := node.client.ClusterShards(ctx).Result()
		if err != nil {
			return err
		}
		for _, shard := range shards {
			if len(shard.Nodes) != 2 || shard.Nodes[0].Health != "online" || shard.Nodes[1].Health != "online" {
				return fmt.Errorf("%s: a master and its replica are not there: %+v", node.Addr, shard)
			}
		}
		if err := node.inStep(ctx, 1); err != nil {
			return err
		}
	}
	return nil
}

// inStep returns nil if the server is a replica which has its master's data, or
// a master with that many such replicas.
func (s *RedisServer) inStep(ctx context.Context, replicas int) error {
	info, err := s.client.Info(ctx, "replication").Result()
	if err != nil {
		return err
	}
	if strings.Contains(info, "master_link_status:up") || strings.Count(info, "state=online") == replicas {
		return nil
	}
	return fmt.Errorf("%s: replication is not in step:\n%s", s.Addr, info)
}

// Master returns the node which serves the slot of a key. While there is none,
// during a failover, it waits for one.
func (c *RedisClusterServers) Master(key string) *RedisServer {
	c.tb.Helper()
	var master *RedisServer
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := poll(ctx, func(ctx context.Context) error {
		var newest int64
		master = nil
		for _, node := range c.Nodes {
			if epoch := node.serves(ctx, key); epoch > newest {
				master, newest = node, epoch
			}
		}
		if master == nil {
			return errors.New("nobody serves " + strconv.Quote(key))
		}
		return nil
	})
	if err != nil {
		c.tb.Error(err)
	}
	return master
}

// serves returns the configuration epoch of a node which takes itself for the
// master of a key's slot, else 0. Of two which do, the newer one is right.
func (s *RedisServer) serves(ctx context.Context, key string) int64 {
	if s.running().Err() != nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second) // it may be paused
	defer cancel()
	slot, err := s.client.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		return 0
	}
	nodes, _ := s.client.ClusterNodes(ctx).Result()
	for line := range strings.Lines(nodes) {
		f := strings.Fields(line) // id, address, flags, master, ping, pong, epoch, link, slots
		if len(f) < 9 || !strings.Contains(f[2], "myself,master") {
			continue
		}
		for _, slots := range f[8:] {
			from, to, ok := strings.Cut(slots, "-")
			if !ok {
				to = from
			}
			low, _ := strconv.ParseInt(from, 10, 64)
			high, _ := strconv.ParseInt(to, 10, 64)
			if low <= slot && slot <= high {
				epoch, _ := strconv.ParseInt(f[6], 10, 64)
				return epoch
			}
		}
	}
	return 0
}
