package main

import (
	"context"
	"log/slog"
	"net/url"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// parseRedis returns a maker of the client that a URL means, in go-redis's own
// terms: of a server, of the sentinels of a master_name, or of a cluster if there
// is an addr besides the host.
func parseRedis(u *url.URL) (newClient func() goredis.UniversalClient, err error) {
	switch query := u.Query(); {
	case query.Has("master_name"):
		o, err := goredis.ParseFailoverURL(u.String())
		return func() goredis.UniversalClient { return goredis.NewFailoverClient(o) }, err
	case query.Has("addr"):
		o, err := goredis.ParseClusterURL(u.String())
		return func() goredis.UniversalClient { return goredis.NewClusterClient(o) }, err
	}
	o, err := goredis.ParseURL(u.String())
	return func() goredis.UniversalClient { return goredis.NewClient(o) }, err
}

// openRedis connects to Redis.
func openRedis(ctx context.Context, client goredis.UniversalClient, log *slog.Logger) (store.Store, func(), error) {
	err := patiently(ctx, log, "Redis", func(ctx context.Context) (wait bool, err error) {
		err = client.Ping(ctx).Err()
		refused := goredis.IsAuthError(err) || goredis.IsPermissionError(err)
		return !refused, err
	})
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	return redis.New(client, nil), func() { client.Close() }, nil
}
