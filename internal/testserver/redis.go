package testserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

// RedisServer is a Redis server of one test.
type RedisServer struct {
	*Server
	URL string

	client *redis.Client // for this package's own commands
}

// StartRedis starts a Redis server for this test alone. It stores nothing on
// disk unless args say so, as in "--appendonly", "yes".
func StartRedis(tb testing.TB, args ...string) *RedisServer {
	tb.Helper()
	s, err := startRedis(tb, args...)
	check(tb, err)
	return s
}

func startRedis(tb testing.TB, args ...string) (*RedisServer, error) {
	return startRedisKind(tb, nil, func(dir, port string) ([]string, error) {
		return slices.Concat([]string{"--port", port}, redisArgs(dir), args), nil
	})
}

// redisArgs are those of every server but a sentinel. By default replicas get
// their data after five seconds, and clusters tell of them after ten.
func redisArgs(dir string) []string {
	return []string{"--bind", "127.0.0.1", "--dir", dir, "--save", "",
		"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"}
}

// startRedisKind starts a redis-server with arguments which it needs a port for.
func startRedisKind(tb testing.TB, secure *tls.Config, args func(dir, port string) ([]string, error)) (*RedisServer, error) {
	binary, err := find("redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	dir, err := newDir()
	if err != nil {
		return nil, err
	}
	k := kind{stop: syscall.SIGTERM}
	k.argv = func(dir, port string) ([]string, error) {
		args, err := args(dir, port)
		return append([]string{binary}, args...), err
	}
	k.ready = func(ctx context.Context, addr string) error { return ping(ctx, addr, secure) }
	s, err := k.start(tb, dir)
	if err != nil {
		return nil, err
	}
	scheme := "redis://"
	if secure != nil {
		scheme = "rediss://"
	}
	client := redis.NewClient(&redis.Options{Addr: s.Addr, TLSConfig: secure, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true})
	if tb != nil {
		tb.Cleanup(func() { client.Close() })
	}
	return &RedisServer{s, scheme + s.Addr, client}, nil
}

// ping asks a server whether it serves: one that loads its data does not yet.
func ping(ctx context.Context, addr string, secure *tls.Config) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if secure != nil {
		conn = tls.Client(conn, secure)
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	reply, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(reply, "+PONG") && !strings.HasPrefix(reply, "-NOAUTH") {
		err = errors.New(strings.TrimSpace(reply))
	}
	return err
}
