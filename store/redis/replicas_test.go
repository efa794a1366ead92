package redis_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// startPair starts a master and a replica of it.
func startPair(t *testing.T) (client *goredis.Client, replica *testserver.RedisServer) {
	t.Helper()
	master := testserver.StartRedis(t)
	replica = testserver.StartRedis(t)
	replicate(t, replica, master)
	return dial(t, master.URL), replica
}

// replicated returns a store, on connections of its own, that acknowledges what a
// replica has. An impatient one is for what must fail.
func replicated(t *testing.T, master *goredis.Client, impatient bool) store.Store {
	o := &redis.Options{Replicas: 1}
	if impatient {
		o.ReplicaTimeout, o.Timeout = 50*time.Millisecond, 500*time.Millisecond
	}
	return redis.New(dial(t, "redis://"+master.Options().Addr), o)
}

// A scope is registered where it is kept as well as its records are.
func TestAScopesRegistrationWaitsForReplicas(t *testing.T) {
	t.Parallel()
	client, _ := startPair(t)
	st := redis.New(client, &redis.Options{Replicas: 1})
	first := record(0)
	first.Scope.Assistant = "other" // what comes first takes a wait more
	create(t, st, first)
	client.ConfigResetStat(t.Context())
	create(t, st, record(0))
	stats := client.Info(t.Context(), "commandstats").Val()
	if got := regexp.MustCompile(`cmdstat_wait:calls=\d+`).FindString(stats); got != "cmdstat_wait:calls=2" {
		t.Errorf("%s, want one for the scope and one for the record", got)
	}
}

func TestOneReplicaOfTwoIsTooFew(t *testing.T) {
	t.Parallel()
	client, _ := startPair(t)
	st := redis.New(client, &redis.Options{Replicas: 2, ReplicaTimeout: 10 * time.Millisecond, Timeout: 300 * time.Millisecond})
	for call, do := range changes(st, record(0)) {
		if err := do(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", call, err)
		}
	}
}

// A record that was found is acknowledged when the replicas have it, who may not
// have got it when it was added.
func TestAFoundRecordWaitsForReplicas(t *testing.T) {
	t.Parallel()
	client, replica := startPair(t)
	patient, st := replicated(t, client, false), replicated(t, client, true)
	put(t, patient, vote(0, "u"))
	replica.Pause()
	f := record(1)
	for range 3 {
		for _, st := range []store.Store{st, replicated(t, client, true)} { // on a connection that has not written it
			if _, err := st.Create(t.Context(), f); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("Create while the replica stands still: %v, want ErrUnavailable", err)
			}
		}
	}
	replica.Resume()
	create(t, patient, f)
}
