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

func TestHTTPOnRedis(t *testing.T) {
	o, err := goredis.ParseURL(testserver.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	onRedis(t, goredis.NewClient(o))
}

func TestHTTPOnRedisCluster(t *testing.T) {
	onRedis(t, goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: testserver.RedisCluster(t)}))
}

func onRedis(t *testing.T, client goredis.UniversalClient) {
	t.Cleanup(func() { client.Close() })
	httptests.Run(t, func(testing.TB) store.Store {
		return redis.New(client, &redis.Options{Prefix: rand.Text() + ":"})
	})
}
