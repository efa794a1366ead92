package redis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// writers write from several goroutines until stop is closed, each again what was
// not acknowledged, and note what was.
type writers struct {
	wg           sync.WaitGroup
	acknowledged atomic.Int64
	mu           sync.Mutex
	want         map[string]store.Feedback // by ID
}

func (w *writers) start(t *testing.T, st store.Store, stop chan struct{}) {
	w.want = map[string]store.Feedback{}
	for g := range 8 {
		w.wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				f := record(g*100_000+i, "a")
				if i%2 == 1 {
					f = vote(g*100_000+i, fmt.Sprint(g), "b") // one of each writer's
				}
				var err error
				var now store.Feedback
				for end := time.Now().Add(time.Minute); ; {
					if f.Key == "" {
						now, err = st.Create(t.Context(), f)
					} else {
						now, _, err = st.Put(t.Context(), f)
					}
					if err == nil || !errors.Is(err, store.ErrUnavailable) || time.Now().After(end) {
						break
					}
				}
				if err != nil {
					t.Errorf("no write for a minute: %v", err)
					return
				}
				w.mu.Lock()
				w.want[now.ID] = now
				w.mu.Unlock()
				w.acknowledged.Add(1)
			}
		})
	}
}

// check asserts that all that was acknowledged is there.
func (w *writers) check(t *testing.T, st store.Store) {
	t.Helper()
	got := map[string]store.Feedback{}
	for _, f := range all(t, st) {
		got[f.ID] = f
	}
	for id, f := range w.want {
		if !got[id].Equal(f) {
			t.Errorf("acknowledged was %+v, there is %+v", f, got[id])
		}
	}
	if len(got) != len(w.want) {
		t.Errorf("there are %d records, want %d", len(got), len(w.want))
	}
	if rollups, scanned := summarize(t, st, store.Filter{}), summarize(t, st, store.Filter{MinScore: new(0.0)}); rollups != scanned {
		t.Errorf("the rollups are\n%s, want\n%s", rollups, scanned)
	}
	t.Logf("%d writes, %d records", w.acknowledged.Load(), len(got))
}

// more waits until that many more writes are acknowledged.
func (w *writers) more(t *testing.T, n int64) {
	t.Helper()
	from := w.acknowledged.Load()
	until(t, "writes", func() bool { return w.acknowledged.Load() >= from+n })
}

// unhurried has a cluster take no node for dead, for tests that kill none: on a busy
// machine one may stand still for a second.
var unhurried = []string{"--cluster-node-timeout", "60000"}

func startCluster(t *testing.T, args ...string) (servers *testserver.RedisClusterServers, client *goredis.ClusterClient, prefix string) {
	servers = testserver.StartRedisCluster(t, args...)
	client = goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: servers.Addrs()})
	t.Cleanup(func() { client.Close() })
	return servers, client, newPrefix()
}

// recordsKey finds the key of the scope's records.
func recordsKey(t *testing.T, client *goredis.ClusterClient, prefix string) (key string) {
	var mu sync.Mutex
	err := client.ForEachMaster(t.Context(), func(ctx context.Context, node *goredis.Client) error {
		keys, err := node.Keys(ctx, prefix+"{*}:r").Result()
		mu.Lock()
		defer mu.Unlock()
		if len(keys) > 0 {
			key = keys[0]
		}
		return err
	})
	if err != nil || key == "" {
		t.Fatal("no records:", err)
	}
	return key
}

func TestAFailoverLosesNothingThatReplicasHave(t *testing.T) {
	t.Parallel()
	servers, client, prefix := startCluster(t)
	st := redis.New(client, &redis.Options{Prefix: prefix, Replicas: 1})
	var w writers
	stop := make(chan struct{})
	w.start(t, st, stop)
	w.more(t, 100)
	key := recordsKey(t, client, prefix)
	master := servers.Master(key)
	master.Kill()
	servers.Master(key) // another has taken over
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	f := record(-1)
	if _, err := st.Create(ctx, f); err == nil {
		t.Error("Create was acknowledged without a replica")
	}
	master.Start()
	w.more(t, 100)
	close(stop)
	w.wg.Wait()
	w.want[f.ID] = create(t, st, f)
	w.check(t, st)
}

func TestAFailoverHeals(t *testing.T) {
	t.Parallel()
	servers := testserver.StartRedisSentinel(t)
	client := goredis.NewFailoverClient(&goredis.FailoverOptions{MasterName: servers.Name, SentinelAddrs: servers.Addrs()})
	t.Cleanup(func() { client.Close() })
	st := redis.New(client, tenacious)
	var w writers
	stop := make(chan struct{})
	w.start(t, st, stop)
	w.more(t, 100)
	servers.Servers[0].Kill()
	w.more(t, 100)
	close(stop)
	w.wg.Wait()
	sound(t, st)
}

func TestTooFewReplicas(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	client := dial(t, server.URL)
	st := redis.New(client, &redis.Options{Replicas: 1, ReplicaTimeout: 10 * time.Millisecond, Timeout: 3 * time.Second})
	for call, do := range map[string]func() error{
		"Create": func() error { _, err := st.Create(t.Context(), record(0)); return err },
		"Put":    func() error { _, _, err := st.Put(t.Context(), vote(0, "u")); return err },
		"Delete": func() error { _, err := st.Delete(t.Context(), scope, store.Ref{ID: record(0).ID}); return err },
	} {
		if err := do(); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "0 of 1 replicas") {
			t.Errorf("%s without a replica: %v, want ErrUnavailable", call, err)
		}
	}
}

// TestASlotMovesBesideCalls has a scope's slot move to another node, key by key,
// while others read and write.
func TestASlotMovesBesideCalls(t *testing.T) {
	t.Parallel()
	servers, client, prefix := startCluster(t, unhurried...)
	st := redis.New(client, &redis.Options{Prefix: prefix})
	var w writers
	stop := make(chan struct{})
	w.start(t, st, stop)
	var stay []store.Feedback // of a day of their own
	for i := range 20 {
		f := record(-100_000+i, "a")
		f.SessionID = fmt.Sprint("stay", i%4)
		stay = append(stay, create(t, st, f))
	}
	before := store.Filter{CreatedBefore: epoch.Truncate(24 * time.Hour)}
	want := summarize(t, st, before)
	w.wg.Go(func() { // readers see all or ErrUnavailable
		for {
			select {
			case <-stop:
				return
			default:
			}
			sum, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: before})
			if err != nil && !errors.Is(err, store.ErrUnavailable) || err == nil && sum.Count != 20 {
				t.Errorf("Summarize while the slot moves: %+v, %v", sum, err)
			}
			for limit, f := range map[int]store.Filter{20: before, 5: {SessionID: "stay1"}} {
				page, err := st.List(t.Context(), scope, store.Query{Filter: f, Limit: 100})
				if err != nil && !errors.Is(err, store.ErrUnavailable) || err == nil && len(page.Feedbacks) != limit {
					t.Errorf("List while the slot moves: %d records, %v, want %d", len(page.Feedbacks), err, limit)
				}
			}
			_, err = st.Get(t.Context(), scope, store.Ref{ID: stay[0].ID})
			if err != nil && !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("Get while the slot moves: %v", err)
			}
		}
	})
	w.more(t, 200)
	key := recordsKey(t, client, prefix)
	for range 2 {
		move(t, client, servers, key, func() { time.Sleep(2 * time.Millisecond) }) // others' chance to see the slot in pieces
		w.more(t, 50)
	}
	close(stop)
	w.wg.Wait()
	if got := summarize(t, st, before); got != want {
		t.Errorf("after the move there is\n%s, want\n%s", got, want)
	}
	for _, f := range stay {
		w.want[f.ID] = f
	}
	w.check(t, st)
}

// move moves the slot of a key to the next master, one key at a time, the days'
// before what they lead to.
func move(t *testing.T, client *goredis.ClusterClient, servers *testserver.RedisClusterServers, key string, between func()) {
	t.Helper()
	ctx := t.Context()
	slot := client.ClusterKeySlot(ctx, key).Val()
	from := servers.Master(key)
	var to *testserver.RedisServer
	for _, s := range servers.Nodes[:3] {
		if s.Addr != from.Addr {
			to = s
		}
	}
	source, target := dial(t, from.URL), dial(t, to.URL)
	fromID, toID := source.ClusterMyID(ctx).Val(), target.ClusterMyID(ctx).Val()
	do := func(c *goredis.Client, args ...any) {
		t.Helper()
		if err := c.Do(ctx, args...).Err(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	do(target, "cluster", "setslot", slot, "importing", fromID)
	do(source, "cluster", "setslot", slot, "migrating", toID)
	host, port, _ := strings.Cut(to.Addr, ":")
	for {
		keys := source.ClusterGetKeysInSlot(ctx, int(slot), 10_000).Val()
		if len(keys) == 0 {
			break
		}
		do(source, "migrate", host, port, slices.Max(keys), 0, 5000)
		between()
	}
	for _, c := range []*goredis.Client{target, source} {
		do(c, "cluster", "setslot", slot, "node", toID)
	}
}

// An instance that only reads finds the new master too, without waiting for its
// client's next look at the cluster (ClusterStateReloadInterval, a minute).
func TestReadersNoticeAFailover(t *testing.T) {
	t.Parallel()
	servers, client, prefix := startCluster(t)
	st := redis.New(client, &redis.Options{Prefix: prefix, Replicas: 1})
	want := put(t, st, vote(0, "u"))
	key := recordsKey(t, client, prefix)
	servers.Master(key).Kill()
	servers.Master(key) // another has taken over
	until(t, "answer", func() bool {
		got, err := st.Get(t.Context(), scope, store.Ref{Key: want.Key})
		return err == nil && got.Equal(want)
	})
}

// replaced is a cluster's client that has closed a node's client and made another,
// or knows none for so many calls.
type replaced struct {
	*goredis.ClusterClient
	node    atomic.Pointer[goredis.Client]
	unknown atomic.Int64
}

func (r *replaced) MasterForKey(context.Context, string) (*goredis.Client, error) {
	if r.unknown.Add(-1) >= 0 {
		return nil, errors.New("no master")
	}
	return r.node.Load(), nil
}

func TestANodesClientIsReplaced(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	c := &replaced{ClusterClient: goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{server.Addr}})}
	c.node.Store(dial(t, server.URL))
	defer c.Close()
	st := redis.New(c, nil)
	put(t, st, vote(0, "u"))
	c.node.Load().Close()
	c.node.Store(dial(t, server.URL))
	put(t, st, vote(1, "u"))
	c.unknown.Store(3)
	put(t, st, vote(2, "u"))
	c.unknown.Store(1000)
	impatient := redis.New(c, &redis.Options{Timeout: 500 * time.Millisecond})
	if _, _, err := impatient.Put(t.Context(), vote(3, "u")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Put without a master: %v, want ErrUnavailable", err)
	}
}

// A slot of which a part has gone to the next node is not summed up by what is left.
func TestASummaryOfAPartOfASlot(t *testing.T) {
	t.Parallel()
	servers, client, prefix := startCluster(t, unhurried...)
	patient := redis.New(client, &redis.Options{Prefix: prefix})
	st := redis.New(client, &redis.Options{Prefix: prefix, Timeout: 300 * time.Millisecond})
	for i := range 20 {
		create(t, patient, record(i*1440, "a"))
	}
	move(t, client, servers, recordsKey(t, client, prefix), func() {
		for what, q := range map[string]store.SummaryQuery{"Summarize": {}, "Summarize a tag": {Filter: store.Filter{Tag: "a"}}} {
			s, err := st.Summarize(t.Context(), scope, q)
			if err == nil && s.Count != 20 || err != nil && !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %d, %v, want 20 or ErrUnavailable", what, s.Count, err)
			}
		}
		page, err := st.List(t.Context(), scope, store.Query{Limit: 100})
		if err == nil && len(page.Feedbacks) != 20 || err != nil && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("List: %d, %v, want 20 or ErrUnavailable", len(page.Feedbacks), err)
		}
	})
	// The client may know of the move 200 ms late: a reload of the cluster's state
	// has to end before the next begins.
	sound(t, patient)
}
