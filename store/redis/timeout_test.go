package redis_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// Timeout is the longest that a write may take: waiting for others' writes to a
// server that stands still counts too.
func TestAWriteTakesNoLongerThanTimeout(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	const timeout = 2 * time.Second // the half of it is much on the busiest machine
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr, ReadTimeout: timeout})
	t.Cleanup(func() { client.Close() })
	st := redis.New(client, &redis.Options{Timeout: timeout})
	create(t, st, record(0))
	server.Pause()
	defer server.Resume()
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * timeout / 10) // while others' are under way
			start := time.Now()
			_, _, err := st.Put(t.Context(), vote(i, "u"))
			if took := time.Since(start); took > timeout+timeout/2 || !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("Put: %v after %v", err, took)
			}
		})
	}
	wg.Wait()
}
