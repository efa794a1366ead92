package redis_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// eager is a client that repeats what it may, soon and often.
func eager(tb testing.TB, addr string) *goredis.Client {
	client := goredis.NewClient(&goredis.Options{Addr: addr, ReadTimeout: 250 * time.Millisecond, MaxRetries: 3, MinRetryBackoff: -1, MaxRetryBackoff: -1})
	tb.Cleanup(func() { client.Close() })
	return client
}

// tenacious has a store try again for as long as a busy machine may need.
var tenacious = &redis.Options{Timeout: 30 * time.Second}

// insist puts f until it is acknowledged: on a busy machine an eager client may
// give up.
func insist(t *testing.T, st store.Store, f store.Feedback) (now store.Feedback) {
	t.Helper()
	until(t, "acknowledgement", func() bool {
		var err error
		now, _, err = st.Put(t.Context(), f)
		return err == nil
	})
	return now
}

// scripts returns how many scripts the server has run.
func scripts(tb testing.TB, client *goredis.Client) int {
	stats, err := client.Info(tb.Context(), "commandstats").Result()
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	for _, m := range regexp.MustCompile(`cmdstat_eval(?:sha)?:calls=(\d+)`).FindAllStringSubmatch(stats, -1) {
		calls, _ := strconv.Atoi(m[1])
		n += calls
	}
	return n
}

// until waits until ok, or the test fails.
func until(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatalf("no %s after a minute", what)
		}
	}
}

func TestAPutWhoseReplyIsLostIsSentOnce(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	direct, proxy := dial(t, server.URL), newProxy(t, server.Addr)
	st, other := redis.New(eager(t, proxy.addr), nil), redis.New(direct, nil)
	var own atomic.Int64
	direct.AddHook(callsOfScripts(func([]any, any) { own.Add(1) }))
	sent := func() int { // through the proxy
		return scripts(t, direct) - int(own.Load())
	}
	first := insist(t, st, vote(0, "u", "a"))  // all connections and scripts are there
	if got := sound(t, other); len(got) != 1 { // which has asked for its rights then
		t.Fatalf("there is %+v", got)
	}
	before := sent()

	proxy.swallow(true)
	_, _, err := st.Put(t.Context(), vote(1, "u", "b"))
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Put without a reply: %v, want ErrUnavailable", err)
	}
	proxy.swallow(false)
	until(t, "first Put", func() bool { return sent() > before })
	newer := put(t, other, vote(2, "u", "a", "b"))
	if got := sent() - before; got != 1 {
		t.Errorf("the server ran %d scripts for a Put", got)
	}
	if got := sound(t, other); len(got) != 1 || !got[0].Equal(newer) || got[0].ID != first.ID {
		t.Errorf("there is %+v, want %+v", got, newer)
	}

	newer = insist(t, st, vote(3, "u")) // on a connection that is there for what follows
	before = sent()
	proxy.swallow(true)
	_, err = st.Delete(t.Context(), scope, store.Ref{ID: first.ID})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Delete without a reply: %v, want ErrUnavailable", err)
	}
	proxy.swallow(false)
	until(t, "Delete", func() bool { return sent() > before })
	if got := sent() - before; got != 1 {
		t.Errorf("the server ran %d scripts for a Delete", got)
	}
	if got := sound(t, other); len(got) > 1 || len(got) == 1 && !got[0].Equal(newer) { // a busy server may have been too late
		t.Errorf("there is %+v, want nothing or %+v", got, newer)
	}
}

func TestACreateWhoseReplyIsLostAddsOnce(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	direct, proxy := dial(t, server.URL), newProxy(t, server.Addr)
	st, other := redis.New(eager(t, proxy.addr), tenacious), redis.New(direct, nil)
	create(t, st, record(0)) // which is repeated if need be
	before := scripts(t, direct)
	proxy.swallow(true)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := st.Create(t.Context(), record(1, "a")); err != nil {
			t.Errorf("Create: %v, want it to be repeated", err)
		}
	})
	until(t, "repetition", func() bool { return scripts(t, direct)-before > 1 })
	proxy.swallow(false)
	wg.Wait()
	if got := sound(t, other); len(got) != 2 {
		t.Errorf("there is %+v, want two records", got)
	}
}

func TestAStalledServerDoesNothingLate(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	direct := dial(t, server.URL)
	st, other := redis.New(dial(t, server.URL), nil), redis.New(direct, nil)
	kept := put(t, other, vote(0, "u", "a"))
	gone := create(t, st, record(0, "b"))
	for i := range 10 { // connections that are there, and so stall with what is sent on them
		create(t, st, record(i))
	}
	before := scripts(t, direct)

	server.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // in which a busy machine sends some
	defer cancel()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, _, err := st.Put(ctx, vote(i, "u", "b")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Put to a stalled server: %v, want the deadline", err)
			}
		})
		wg.Go(func() {
			if _, err := st.Delete(ctx, scope, store.Ref{ID: gone.ID}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Delete from a stalled server: %v, want the deadline", err)
			}
		})
		wg.Go(func() {
			if _, err := st.Get(ctx, scope, store.Ref{ID: gone.ID}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Get from a stalled server: %v, want the deadline", err)
			}
		})
	}
	wg.Wait()
	server.Resume()

	until(t, "script", func() bool { return scripts(t, direct) > before })
	got := sound(t, other)
	if len(got) != 12 || !got[len(got)-1].Equal(kept) && !got[len(got)-2].Equal(kept) && !got[len(got)-3].Equal(kept) {
		t.Errorf("what was sent to a stalled server happened after its callers had gone: %+v", got)
	}
	newer := put(t, other, vote(9, "u", "a"))
	if got, err := other.Get(t.Context(), scope, store.Ref{Key: newer.Key}); err != nil || !got.Equal(newer) {
		t.Errorf("Get returned %+v, %v, want %+v", got, err, newer)
	}
}

func TestAStallUndoesNoNewerVote(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	st, other := redis.New(eager(t, server.Addr), nil), redis.New(dial(t, server.URL), nil)
	insist(t, st, vote(0, "u", "a"))
	for round := range 3 {
		server.Pause()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(5*i)*time.Millisecond)
				defer cancel()
				st.Put(ctx, vote(i, "u", "b"))
			})
		}
		wg.Wait()
		acknowledged := make(chan store.Feedback)
		go func() {
			defer close(acknowledged)
			acknowledged <- insist(t, st, vote(100+round, "u", "a"))
		}()
		server.Resume()
		want := <-acknowledged
		for range 50 {
			if got := sound(t, other); len(got) != 1 || !got[0].Equal(want) {
				t.Fatalf("there is %+v, want the acknowledged %+v", got, want)
			}
		}
	}
}

func TestTinyDeadlines(t *testing.T) {
	t.Parallel()
	st := fresh(lone(t), redis.Options{})(t)
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*5)*time.Microsecond)
		for _, err := range []error{
			func() error { _, err := st.Create(ctx, record(i, "a")); return err }(),
			func() error { _, _, err := st.Put(ctx, vote(i, fmt.Sprint(i%5), "b")); return err }(),
			func() error { _, err := st.List(ctx, scope, store.Query{Limit: 10}); return err }(),
		} {
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("with a tiny deadline: %v", err)
			}
		}
		cancel()
	}
	sound(t, st)
}

func TestAFullBacklog(t *testing.T) {
	t.Run("many", func(t *testing.T) { testAFullBacklog(t, &redis.Options{Backlog: 1}, "") })
	t.Run("large", func(t *testing.T) { testAFullBacklog(t, nil, strings.Repeat("x", 33<<20)) })
}

func testAFullBacklog(t *testing.T, opts *redis.Options, text string) {
	t.Parallel()
	server := testserver.StartRedis(t)
	st := redis.New(dial(t, server.URL), opts)
	create(t, st, record(0))
	server.Pause()
	errs := make(chan error, 3)
	for i := range 3 { // one is on its way and one waits
		go func() {
			f := record(i + 1)
			f.Text = text
			_, err := st.Create(t.Context(), f)
			errs <- err
		}()
	}
	if err := <-errs; !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, group.ErrFull) {
		t.Errorf("Create beyond the backlog: %v, want ErrUnavailable", err)
	}
	server.Resume()
	<-errs
	<-errs
	sound(t, st)
}

func TestObserveIsToldOfGroups(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	const callers = 10
	told := make(chan store.Grouping, 10*callers)
	o := *tenacious
	o.Observe = func(g store.Grouping) { told <- g }
	st := redis.New(patient(t, server.Addr), &o) // whose first caller waits until the server goes on
	next := func() (g store.Grouping) {
		select {
		case g = <-told:
		case <-time.After(30 * time.Second):
			t.Fatal("Observe is not told")
		}
		return g
	}
	create(t, st, record(0))
	if g := next(); g != (store.Grouping{Sent: 1}) {
		t.Errorf("Observe was told %+v of a lone caller", g)
	}
	server.Pause()
	var done sync.WaitGroup
	for i := range callers {
		done.Go(func() { st.Create(t.Context(), record(i+1)) })
	}
	var sum store.Grouping
	for sum.Sent < 1 || sum.Waiting < callers-1 { // one is on its way
		g := next()
		sum.Sent, sum.Waiting = sum.Sent+g.Sent, sum.Waiting+g.Waiting
	}
	server.Resume()
	done.Wait()
	if g := next(); sum.Sent != 1 || g != (store.Grouping{Sent: callers - 1, Waiting: 1 - callers}) {
		t.Errorf("Observe was told %+v, and then %+v of those that waited", sum, g)
	}
}

func TestAScriptThatTheServerForgot(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	client := dial(t, server.URL)
	st := redis.New(client, nil)
	for i := range 3 {
		if err := client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		f := put(t, st, vote(i, "u", "a"))
		client.ScriptFlush(t.Context())
		if got, err := st.Get(t.Context(), scope, store.Ref{Key: f.Key}); err != nil || !got.Equal(f) {
			t.Errorf("Get: %+v, %v", got, err)
		}
		client.ScriptFlush(t.Context())
		if got := sound(t, st); len(got) != 1 {
			t.Errorf("there is %+v, want one vote", got)
		}
	}
}

func TestAnEmptiedDatabaseStartsAnew(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	client := dial(t, server.URL)
	st := redis.New(client, nil)
	create(t, st, record(0))
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	put(t, st, vote(1, "u"))
	if scopes, err := st.Scopes(t.Context(), store.Scope{}, 10); err != nil || len(scopes) != 1 || scopes[0] != scope {
		t.Errorf("Scopes after the database was emptied: %v, %v, want %v", scopes, err, scope)
	}
}

func TestARestartHeals(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	st := redis.New(dial(t, server.URL), tenacious)
	for round := range 3 {
		create(t, st, record(round))
		server.Kill()
		var wg sync.WaitGroup
		wg.Go(func() { // it was never connected, so it may be tried again
			if _, _, err := st.Put(t.Context(), vote(round, fmt.Sprint(round))); err != nil {
				t.Errorf("Put during a restart: %v", err)
			}
		})
		server.StartNoWait()
		wg.Wait()
	}
	if got := sound(t, st); len(got) != 6 {
		t.Errorf("there are %d records, want 6", len(got))
	}
}

// panics is a host's hook with a bug.
type panics struct {
	goredis.Hook
	armed atomic.Bool
}

func (*panics) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (p *panics) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook { return next }

func (p *panics) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if p.armed.CompareAndSwap(true, false) {
			panic("a bug")
		}
		return next(ctx, cmds)
	}
}

func TestAPanicFailsItsWriteOnly(t *testing.T) {
	t.Parallel()
	client, hook := lone(t), &panics{}
	client.AddHook(hook)
	st := fresh(client, redis.Options{})(t)
	create(t, st, record(0))
	hook.armed.Store(true)
	if _, err := st.Create(t.Context(), record(1)); err == nil || !strings.Contains(err.Error(), "a bug") {
		t.Errorf("Create with a panic: %v", err)
	}
	create(t, st, record(2))
	if got := sound(t, st); len(got) != 2 {
		t.Errorf("there are %d records, want 2", len(got))
	}
}
