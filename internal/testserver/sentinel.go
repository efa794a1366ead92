package testserver

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// RedisSentinelServers are a master and its replica, which three sentinels make
// the master about two seconds after the master is gone.
type RedisSentinelServers struct {
	Name      string         // which the sentinels know the master by
	Servers   []*RedisServer // the first one is the master at first
	Sentinels []*RedisServer
}

// Addrs are the addresses of the sentinels.
func (s *RedisSentinelServers) Addrs() []string {
	var addrs []string
	for _, sentinel := range s.Sentinels {
		addrs = append(addrs, sentinel.Addr)
	}
	return addrs
}

// RedisSentinel returns the name of a master and the addresses of its sentinels.
// All tests of a process share them, and nothing is flushed: tests keep to keys
// of their own.
func RedisSentinel(tb testing.TB) (master string, sentinels []string) {
	tb.Helper()
	s, err := sharedRedisSentinel()
	check(tb, err)
	return s.Name, s.Addrs()
}

var sharedRedisSentinel = sync.OnceValues(func() (*RedisSentinelServers, error) { return startRedisSentinel(nil, time.Minute) })

// StartRedisSentinel starts a master, a replica and sentinels for this test alone.
// The args are those of the master and the replica.
func StartRedisSentinel(tb testing.TB, args ...string) *RedisSentinelServers {
	tb.Helper()
	s, err := startRedisSentinel(tb, time.Second, args...)
	check(tb, err)
	return s
}

// startRedisSentinel starts sentinels that replace a master which has been silent for
// down: on a busy machine one may be slow, and only who kills it means that.
func startRedisSentinel(tb testing.TB, down time.Duration, args ...string) (*RedisSentinelServers, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s := &RedisSentinelServers{Name: "mymaster"}
	master, err := startRedis(tb, args...)
	if err != nil {
		return nil, err
	}
	host, port, _ := strings.Cut(master.Addr, ":")
	replica, err := startRedis(tb, append([]string{"--replicaof", host, port}, args...)...)
	if err != nil {
		return nil, err
	}
	s.Servers = []*RedisServer{master, replica}
	// The sentinels look for replicas when they start, and then every ten seconds.
	if err := poll(ctx, func(ctx context.Context) error { return master.inStep(ctx, 1) }); err != nil {
		return nil, err
	}
	for range 3 {
		sentinel, err := startSentinel(tb, fmt.Sprintf(sentinelConf, s.Name, host, port, down.Milliseconds()))
		if err != nil {
			return nil, err
		}
		s.Sentinels = append(s.Sentinels, sentinel)
	}
	return s, poll(ctx, s.ready)
}

// sentinelConf configures a sentinel, which will rewrite it.
const sentinelConf = `
sentinel monitor %[1]s %[2]s %[3]s 2
sentinel down-after-milliseconds %[1]s %[4]d
sentinel failover-timeout %[1]s 3000
`

func startSentinel(tb testing.TB, conf string) (*RedisServer, error) {
	return startRedisKind(tb, nil, func(dir, port string) ([]string, error) {
		file := filepath.Join(dir, "sentinel.conf")
		return []string{file, "--sentinel"}, writeFile(file, fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\n%s", port, dir, conf))
	})
}

// ready returns nil if every sentinel knows the replica and the other sentinels.
func (s *RedisSentinelServers) ready(ctx context.Context) error {
	for _, sentinel := range s.Sentinels {
		info, err := sentinel.client.Info(ctx, "sentinel").Result()
		if err != nil {
			return err
		}
		if !strings.Contains(info, "status=ok") || !strings.Contains(info, "slaves=1,sentinels=3") {
			return fmt.Errorf("%s: the sentinels are not ready:\n%s", sentinel.Addr, info)
		}
	}
	return nil
}
