package redis_test

import (
	"context"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

func ExampleNew() {
	server, err := miniredis.Run() // stands in for a Redis server
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	client := goredis.NewUniversalClient(&goredis.UniversalOptions{
		Addrs: []string{server.Addr()}, // several are a cluster; with MasterName they are sentinels
	})
	defer client.Close()
	st := redis.New(client, &redis.Options{Prefix: "acme:feedbacks:"})

	ctx := context.Background()
	scope := store.Scope{Assistant: "aia_asst_1"}
	if _, err := st.Create(ctx, store.Feedback{Scope: scope, ID: store.NewID(time.Now()), SessionID: "demo", Score: 1}); err != nil {
		fmt.Println(err)
		return
	}
	sum, err := st.Summarize(ctx, scope, store.SummaryQuery{})
	fmt.Println(sum.Count, sum.Positive, err)
	// Output: 1 1 <nil>
}
