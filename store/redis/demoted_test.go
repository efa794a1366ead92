package redis_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// replicate makes replica one of master's, and waits until it has its data.
func replicate(t *testing.T, replica, master *testserver.RedisServer) {
	t.Helper()
	host, port, _ := strings.Cut(master.Addr, ":")
	client := dial(t, replica.URL)
	if err := client.ReplicaOf(t.Context(), host, port).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "replication", func() bool {
		info, _ := client.Info(t.Context(), "replication").Result()
		return strings.Contains(info, "master_link_status:up")
	})
}

// Behind a name, a client may hold connections to a master that has become a
// replica. Nobody reads what that one has, and the connections are left.
func TestADemotedMasterIsLeft(t *testing.T) {
	t.Parallel()
	old, next := testserver.StartRedis(t), testserver.StartRedis(t)
	replicate(t, next, old)
	name := newProxy(t, old.Addr)
	kept, newer, later := vote(0, "u", "a"), vote(1, "u", "b"), vote(2, "v")
	newer.ID = kept.ID
	other := record(3)
	other.Scope.Assistant = "other"
	type call = func(context.Context, store.Store) (got any, current bool, err error)
	calls := map[string]call{
		"Get by key": func(ctx context.Context, st store.Store) (any, bool, error) {
			f, err := st.Get(ctx, scope, store.Ref{Key: newer.Key})
			return f, f.Equal(newer), err
		},
		"Get": func(ctx context.Context, st store.Store) (any, bool, error) {
			f, err := st.Get(ctx, scope, store.Ref{ID: later.ID})
			return f, f.Equal(later), err
		},
		"List": func(ctx context.Context, st store.Store) (any, bool, error) {
			page, err := st.List(ctx, scope, store.Query{Limit: 10})
			return page, len(page.Feedbacks) == 2, err
		},
		"Summarize": func(ctx context.Context, st store.Store) (any, bool, error) {
			s, err := st.Summarize(ctx, scope, store.SummaryQuery{})
			return s.Count, s.Count == 2, err
		},
		"Scopes": func(ctx context.Context, st store.Store) (any, bool, error) {
			scopes, err := st.Scopes(ctx, store.Scope{}, 10)
			return scopes, len(scopes) == 2, err
		},
		"Erase": func(ctx context.Context, st store.Store) (any, bool, error) {
			n, err := st.Erase(ctx, other.Scope, store.Filter{SessionID: "s"})
			return n, n == 1, err
		},
		"Delete": func(ctx context.Context, st store.Store) (any, bool, error) {
			f, err := st.Delete(ctx, scope, store.Ref{ID: later.ID})
			return f, f.Equal(later), err
		},
		"Put": func(ctx context.Context, st store.Store) (any, bool, error) {
			_, before, err := st.Put(ctx, later)
			return before, before != nil, err
		},
		"Create": func(ctx context.Context, st store.Store) (any, bool, error) {
			f, err := st.Create(ctx, later)
			return f, f.Equal(later), err
		},
		"Create again": func(ctx context.Context, st store.Store) (any, bool, error) { // which the old master has, otherwise
			f, err := st.Create(ctx, kept)
			return f, f.Equal(newer), err
		},
		"Rebuild": func(ctx context.Context, st store.Store) (any, bool, error) {
			return nil, true, st.(*redis.Store).Rebuild(ctx, scope)
		},
	}
	stores := map[string]store.Store{}
	direct := redis.New(dial(t, old.URL), nil)
	put(t, direct, kept)
	for what := range calls {
		client := goredis.NewClient(&goredis.Options{Addr: name.addr})
		t.Cleanup(func() { client.Close() })
		st := redis.New(client, nil)
		var wg sync.WaitGroup
		for range 8 { // connections
			wg.Go(func() { create(t, st, kept) })
		}
		wg.Wait()
		stores[what] = st
	}
	until(t, "replica", func() bool { n, _ := dial(t, next.URL).DBSize(t.Context()).Result(); return n >= 8 })
	dial(t, next.URL).ReplicaOf(t.Context(), "no", "one")
	name.point(next.Addr)
	dial(t, old.URL).ReplicaOf(t.Context(), "127.0.0.1", "1") // so that it stays behind
	there := redis.New(dial(t, next.URL), nil)
	for what, do := range calls {
		newer, later = put(t, there, newer), put(t, there, later)
		create(t, there, other)
		until(t, what, func() bool {
			got, current, err := do(t.Context(), stores[what])
			if err == nil && !current || err != nil && !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("%s: %v, %v, want what the new master has", what, got, err)
			}
			return err == nil
		})
	}
}
