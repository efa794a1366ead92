package redis_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// While the replica is away, nothing is acknowledged that it may not have, also when
// it is asked for again: neither what is found nor what is gone.
func TestARepetitionIsAcknowledgedWithItsReplica(t *testing.T) {
	t.Parallel()
	master, replica := testserver.StartRedis(t), testserver.StartRedis(t)
	follow(t, replica, master)
	open := func() store.Store { // each on connections of its own
		return redis.New(dial(t, master.URL), &redis.Options{Replicas: 1, ReplicaTimeout: 50 * time.Millisecond, Timeout: 200 * time.Millisecond})
	}
	st := open()
	var erased, deleted, unvoted = vote(0, "erased"), record(1), vote(2, "unvoted")
	for _, f := range []store.Feedback{erased, deleted, unvoted} {
		create(t, st, f)
	}
	added := record(3)
	calls := map[string]func(context.Context, store.Store) error{
		"Create": func(ctx context.Context, st store.Store) error { _, err := st.Create(ctx, added); return err },
		"Put":    func(ctx context.Context, st store.Store) error { _, _, err := st.Put(ctx, vote(4, "u")); return err },
		"Delete": func(ctx context.Context, st store.Store) error {
			_, err := st.Delete(ctx, scope, store.Ref{ID: deleted.ID})
			return err
		},
		"Delete by key": func(ctx context.Context, st store.Store) error {
			_, err := st.Delete(ctx, scope, store.Ref{Key: unvoted.Key})
			return err
		},
		"Erase": func(ctx context.Context, st store.Store) error {
			_, err := st.Erase(ctx, scope, store.Filter{UserID: "erased"})
			return err
		},
	}
	replica.Pause()
	for name, call := range calls {
		for range 2 {
			for _, st := range []store.Store{st, open()} {
				if err := call(t.Context(), st); !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%s while the replica is away: %v, want ErrUnavailable", name, err)
				}
			}
		}
	}
	replica.Resume()
	until(t, "replica", func() bool { return calls["Create"](t.Context(), st) == nil })
	for name, want := range map[string]error{"Put": nil, "Delete": store.ErrNotFound, "Delete by key": store.ErrNotFound, "Erase": nil} {
		if err := calls[name](t.Context(), st); !errors.Is(err, want) {
			t.Errorf("%s when the replica is back: %v, want %v", name, err, want)
		}
	}
	if got := sound(t, st); len(got) != 2 {
		t.Errorf("there is %+v, want what was created and put", got)
	}
}

// follow has a server be another's replica.
func follow(t *testing.T, replica, master *testserver.RedisServer) {
	t.Helper()
	client := dial(t, replica.URL)
	host, port, _ := strings.Cut(master.Addr, ":")
	if err := client.ReplicaOf(t.Context(), host, port).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "replica", func() bool {
		info, _ := client.Info(t.Context(), "replication").Result()
		return strings.Contains(info, "master_link_status:up")
	})
}
