package redis_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// hold calls do until its request is on its way, and gives it up. The proxy has it
// until it is let through.
func (p *proxy) hold(t *testing.T, do func(context.Context) error) (release func()) {
	t.Helper()
	p.requests.Lock()
	before := p.arrived.Load()
	ctx, giveUp := context.WithCancel(t.Context()) // with a deadline it would be late
	defer giveUp()
	ended := make(chan error, 1)
	go func() { ended <- do(ctx) }()
	until(t, "request", func() bool { return p.arrived.Load() > before })
	giveUp()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("what was held returned %v", err)
	}
	return sync.OnceFunc(p.requests.Unlock)
}

// patient is a client that waits for a reply for as long as a test takes, so that what
// is held may still be done.
func patient(tb testing.TB, addr string) *goredis.Client {
	client := goredis.NewClient(&goredis.Options{Addr: addr, ReadTimeout: 5 * time.Minute, MaxRetries: -1})
	tb.Cleanup(func() { client.Close() })
	return client
}

// giveUp lets what was held through after then was done.
func (p *proxy) giveUp(t *testing.T, do func(context.Context) error, then func()) {
	t.Helper()
	release := p.hold(t, do)
	defer release()
	then()
}

// tick has a server's clock go on, and returns what sets it.
func tick(t *testing.T, server *miniredis.Miniredis) (set func(ahead time.Duration)) {
	var ahead atomic.Int64
	set = func(d time.Duration) {
		ahead.Store(int64(d))
		server.SetTime(time.Now().Add(d))
	}
	set(0)
	ticker := time.NewTicker(100 * time.Microsecond)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				server.SetTime(time.Now().Add(time.Duration(ahead.Load())))
			}
		}
	}()
	t.Cleanup(func() { ticker.Stop(); close(done) })
	return set
}

// A server's clock may be another one after a failover, or be set. What is there is
// changed all the same, and what was given up under the old clock undoes nothing.
func TestAnotherClock(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"by hours": 5 * time.Hour, "back by hours": -5 * time.Hour, "by seconds": 10 * time.Second, "back by seconds": -10 * time.Second} {
		t.Run(name, func(t *testing.T) {
			server := miniredis.RunT(t)
			set := tick(t, server)
			proxy := newProxy(t, server.Addr())
			st, other := redis.New(dial(t, "redis://"+proxy.addr), nil), redis.New(dial(t, "redis://"+server.Addr()), nil)
			first := put(t, st, vote(0, "u", "a"))
			undone := put(t, st, vote(1, "undone"))
			create(t, other, record(2))
			if _, err := other.Delete(t.Context(), scope, store.Ref{ID: undone.ID}); err != nil {
				t.Fatal(err)
			}
			proxy.giveUp(t, func(ctx context.Context) error {
				_, _, err := st.Put(ctx, vote(3, "u", "b"))
				return err
			}, func() {
				set(ahead)
				first = put(t, other, vote(4, "u", "a", "b"))
			})
			for i := range 3 { // each by who knows the clock, and who does not
				put(t, other, vote(5+2*i, "v"))
				put(t, st, vote(6+2*i, "v"))
			}
			if got, err := other.Get(t.Context(), scope, store.Ref{Key: first.Key}); err != nil || !got.Equal(first) {
				t.Errorf("there is %+v, %v, want %+v", got, err, first)
			}
			put(t, st, vote(20, "undone"))
			if _, err := st.Delete(t.Context(), scope, store.Ref{Key: first.Key}); err != nil {
				t.Errorf("Delete: %v", err)
			}
			if n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "v"}); n != 1 || err != nil {
				t.Errorf("Erase returned %d, %v", n, err)
			}
			create(t, other, record(21))
			if got := sound(t, other); len(got) != 3 {
				t.Errorf("there is %+v, want three records", got)
			}
		})
	}
}

// A clock that has gone back, and then is right again, has what came meanwhile be no
// older than what was there.
func TestAClockThatGoesBackAndForth(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, st store.Store, f store.Feedback) error{
		"Put": func(t *testing.T, st store.Store, f store.Feedback) error {
			_, _, err := st.Put(t.Context(), f)
			return err
		},
		"Delete": func(t *testing.T, st store.Store, f store.Feedback) error {
			_, err := st.Delete(t.Context(), scope, store.Ref{Key: f.Key})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := miniredis.RunT(t)
			set := tick(t, server)
			set(time.Hour)
			proxy := newProxy(t, server.Addr())
			st, other := redis.New(patient(t, proxy.addr), nil), redis.New(dial(t, "redis://"+server.Addr()), nil)
			put(t, st, vote(0, "u"))
			late := vote(1, "u", "late")
			release := proxy.hold(t, func(ctx context.Context) error { _, _, err := st.Put(ctx, late); return err })
			defer release()
			put(t, other, vote(2, "u"))
			set(0)
			if err := change(t, other, vote(3, "u", "last")); err != nil {
				t.Fatal(err)
			}
			set(time.Hour)
			before := server.CommandCount()
			release()
			until(t, "late vote", func() bool { return server.CommandCount() > before })
			for _, f := range sound(t, other) {
				if name == "Delete" || !slices.Equal(f.Tags, []string{"last"}) {
					t.Errorf("after %s there is %+v", name, f)
				}
			}
		})
	}
}

// What waits for longer than deletions are remembered is not done.
func TestDeletionsAreRememberedForAsLongAsWritesMayCome(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	set := tick(t, server)
	proxy := newProxy(t, server.Addr())
	long := &redis.Options{Timeout: 5 * time.Minute} // or it would be late
	st, other := redis.New(patient(t, proxy.addr), long), redis.New(dial(t, "redis://"+server.Addr()), nil)
	put(t, other, vote(2, "v")) // or the scope would have to be registered anew
	put(t, st, vote(0, "u"))
	before := 0
	proxy.giveUp(t, func(ctx context.Context) error {
		_, _, err := st.Put(ctx, vote(1, "u"))
		return err
	}, func() {
		if _, err := other.Delete(t.Context(), scope, store.Ref{Key: vote(0, "u").Key}); err != nil {
			t.Fatal(err)
		}
		set(61 * time.Second)
		server.FastForward(61 * time.Second)
		for _, key := range server.Keys() {
			if strings.HasSuffix(key, "}:x") {
				t.Errorf("%s is kept", key)
			}
		}
		before = server.CommandCount()
	})
	until(t, "late vote", func() bool { return server.CommandCount() > before })
	if got := sound(t, other); len(got) != 1 || got[0].UserID != "v" {
		t.Errorf("there is %+v, want the vote of v", got)
	}
}

// A Create of which it is not known whether it was done keeps its beginning.
func TestACreateDoesNotUndoADeletion(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	direct, proxy := dial(t, server.URL), newProxy(t, server.Addr)
	st, other := redis.New(eager(t, proxy.addr), tenacious), redis.New(direct, nil)
	create(t, st, record(0))
	f := record(1)
	ref := store.Ref{ID: f.ID}
	for name, undo := range map[string]func() error{
		"a deletion": func() error { _, err := other.Delete(t.Context(), scope, ref); return err },
		"an erasure": func() error {
			_, err := other.Erase(t.Context(), scope, store.Filter{SessionID: "s", CreatedAfter: epoch.Add(time.Second)})
			return err
		},
	} {
		proxy.swallow(true)
		done := make(chan error, 1)
		go func() { _, err := st.Create(context.WithoutCancel(t.Context()), f); done <- err }()
		until(t, "record", func() bool { _, err := other.Get(t.Context(), scope, ref); return err == nil })
		if err := undo(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		proxy.swallow(false)
		if err := <-done; !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Create after %s: %v, want ErrUnavailable", name, err)
		}
		if got := sound(t, other); len(got) != 1 {
			t.Errorf("after %s there is %+v", name, got)
		}
	}
	create(t, st, f) // which is begun anew
	if got := sound(t, other); len(got) != 2 {
		t.Errorf("there is %+v, want two records", got)
	}
}

// Votes on one key that go out together follow each other, and refuse none.
func TestVotesOnOneKeyShareAScript(t *testing.T) {
	t.Parallel()
	client := lone(t)
	st := redis.New(client, &redis.Options{Prefix: newPrefix()})
	put(t, st, vote(0, "u"))
	var scripts atomic.Int64
	client.AddHook(callsOfScripts(func([]any, any) { scripts.Add(1) }))
	const n = 800
	atOnce(t, n, func(i int) error { _, _, err := st.Put(t.Context(), vote(i, "u", "a")); return err })
	if scripts.Load() > n/4 {
		t.Errorf("%d votes took %d scripts", n, scripts.Load())
	}
	if got := sound(t, st); len(got) != 1 {
		t.Errorf("there is %+v, want one vote", got)
	}
}

// A cluster's only node, reached by a client that knows of no cluster, is asked for one
// slot at a time.
func TestALoneNodeOfACluster(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t, "--cluster-enabled", "yes")
	client := dial(t, server.URL)
	if err := client.Do(t.Context(), "cluster", "addslotsrange", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "cluster", func() bool { return strings.Contains(client.ClusterInfo(t.Context()).Val(), "cluster_state:ok") })
	st := redis.New(client, nil)
	atOnce(t, 400, func(i int) error {
		f := record(i, "a")
		f.Scope.Assistant += string(rune('a' + i%20))
		_, err := st.Create(t.Context(), f)
		return err
	})
	if scopes, err := st.Scopes(t.Context(), store.Scope{}, 100); len(scopes) != 20 || err != nil {
		t.Errorf("there are %d scopes, %v, want 20", len(scopes), err)
	}
}
