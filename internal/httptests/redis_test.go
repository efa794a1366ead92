package httptests_test

import (
	"crypto/rand"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/httptests"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

func TestHTTPOnRedis(t *testing.T) { onRedis(t, dialRedis(t, testserver.Redis(t))) }

func TestAbortedOnRedis(t *testing.T) {
	url := testserver.Redis(t)
	httptests.RunAborted(t, redis.New(dialRedis(t, url), nil), redis.New(dialRedis(t, url), nil))
}

func TestHTTPOnRedisCluster(t *testing.T) {
	client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: testserver.RedisCluster(t)})
	t.Cleanup(func() { client.Close() })
	onRedis(t, client)
}

func dialRedis(t *testing.T, url string) *goredis.Client {
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	return client
}

func onRedis(t *testing.T, client goredis.UniversalClient) {
	httptests.Run(t, func(testing.TB) store.Store {
		return redis.New(client, &redis.Options{Prefix: rand.Text() + ":"})
	})
}
