package testserver

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

func init() { logging.Disable() } // tests tell of servers that are gone on purpose

// dial returns a client which says at once what went wrong.
func dial(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries, options.DialerRetries, options.ContextTimeoutEnabled = -1, 1, true
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

// size is the number of a database's keys.
func size(t *testing.T, client *redis.Client) int64 {
	t.Helper()
	n, err := client.DBSize(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func set(t *testing.T, client redis.UniversalClient, key string) {
	t.Helper()
	if err := client.Set(t.Context(), key, "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestRedisDatabases(t *testing.T) {
	if os.Getenv("FEEDBACKS_TEST_REDIS_URL") != "" {
		t.Skip("of a server that is given")
	}
	for range 20 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			client := dial(t, Redis(t))
			if n := size(t, client); n != 0 {
				t.Errorf("%d keys of another test", n)
			}
			set(t, client, "key")
		})
	}
}

func TestRedisKillAndPause(t *testing.T) {
	t.Parallel()
	s := StartRedis(t, "--appendonly", "yes")
	client := dial(t, s.URL)
	set(t, client, "key")
	for _, end := range []func(){s.Kill, s.Stop, func() { s.Pause(); s.Stop() }, func() { s.Pause(); s.Kill() }} {
		end()
		if pids := processes(s.dir); len(pids) > 0 {
			t.Errorf("still there: %v", pids)
		}
		s.Start()
		if n := size(t, dial(t, s.URL)); n != 1 {
			t.Errorf("%d keys", n)
		}
	}

	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := ping(ctx, s.Addr, nil); err == nil {
		t.Error("a paused server answers")
	}
	s.Resume()
	if n := size(t, dial(t, s.URL)); n != 1 {
		t.Errorf("%d keys after a pause", n)
	}
}

func TestRedisTLS(t *testing.T) {
	t.Parallel()
	s, config := StartRedisTLS(t)
	for _, trusting := range []bool{true, false} {
		options, err := redis.ParseURL(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		if trusting {
			options.TLSConfig = config
		}
		client := redis.NewClient(options)
		defer client.Close()
		if err := client.Ping(t.Context()).Err(); (err == nil) != trusting {
			t.Errorf("trusting %v: %v", trusting, err)
		}
	}
}
