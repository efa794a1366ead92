package testserver

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Redis returns the URL of a Redis database that only this test uses. It is
// empty, unless FEEDBACKS_TEST_REDIS_URL says which to use.
func Redis(tb testing.TB) string {
	tb.Helper()
	if url := os.Getenv("FEEDBACKS_TEST_REDIS_URL"); url != "" {
		return url
	}
	s, err := sharedRedis()
	check(tb, err)
	n := s.take()
	tb.Cleanup(func() {
		if err := s.flush(n); err != nil {
			tb.Error(err)
		}
	})
	return s.server.URL + "/" + strconv.Itoa(n)
}

// redisDatabases are the numbered databases of one server.
type redisDatabases struct {
	server *RedisServer
	mu     sync.Mutex
	free   []int
}

var sharedRedis = sync.OnceValues(func() (*redisDatabases, error) {
	const most = 1024
	server, err := startRedis(nil, "--databases", strconv.Itoa(most))
	free := make([]int, most)
	for n := range free {
		free[n] = most - 1 - n
	}
	return &redisDatabases{server: server, free: free}, err
})

// take takes an empty database. No process runs as many tests at a time as
// there are databases.
func (s *redisDatabases) take() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	return n
}

// flush empties a database, for another test to take.
func (s *redisDatabases) flush(n int) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := s.server.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Do(ctx, "SELECT", n)
		p.FlushDB(ctx)
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, n)
	return nil
}
