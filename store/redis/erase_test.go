package redis_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// TestEraseRemovesVotesThatChange asserts that a vote which changes while Erase
// looks at it, but goes on to be selected, is removed like the others.
func TestEraseRemovesVotesThatChange(t *testing.T) {
	t.Parallel()
	st := redis.New(lone(t), &redis.Options{Prefix: newPrefix()})
	const users = 30
	for range 20 {
		for u := range users {
			put(t, st, vote(u, fmt.Sprint(u), "a"))
		}
		done := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if _, _, err := st.Put(t.Context(), vote(i, fmt.Sprint(i%users), "b")); err != nil {
					t.Error(err)
				}
			}
		})
		n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"})
		if err != nil || n < users {
			t.Errorf("Erase returned %d, %v, want all %d votes", n, err, users)
		}
		close(done)
		wg.Wait()
		sound(t, st)
	}
}

func TestEraseOfManyChunks(t *testing.T) {
	t.Parallel()
	st := redis.New(lone(t), &redis.Options{Prefix: newPrefix()})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 500 {
				f := record(w*500+i, "a")
				f.UserID = fmt.Sprint("u", i%3)
				if _, err := st.Create(t.Context(), f); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	want := 0
	for _, f := range all(t, st) {
		if f.UserID == "u1" && f.Score >= 0.5 {
			want++
		}
	}
	n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "u1", MinScore: new(0.5)})
	if err != nil || n != int64(want) {
		t.Errorf("Erase returned %d, %v, want %d", n, err, want)
	}
	if got := len(all(t, st)); got != 4000-want {
		t.Errorf("%d records are left, want %d", got, 4000-want)
	}
	if got, want := summarize(t, st, store.Filter{}), summarize(t, st, store.Filter{MinScore: new(0.0)}); got != want {
		t.Errorf("the rollups are\n%s, want\n%s", got, want)
	}
}

// What began before an erasure is not added behind it, where it has looked already.
func TestNothingIsAddedWhileAnErasureIsUnderWay(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	client, proxy := dial(t, server.URL), newProxy(t, server.Addr)
	st := redis.New(patient(t, proxy.addr), nil)
	put(t, st, vote(0, "u"))
	kept := record(2) // or the scope would have to be registered anew
	kept.SessionID = "another"
	create(t, redis.New(client, nil), kept)
	release := proxy.hold(t, func(ctx context.Context) error { _, err := st.Create(ctx, record(1)); return err })
	defer release()
	arrived := false
	client.AddHook(callsOfScripts(func(args []any, _ any) {
		if !slices.Contains(args, any("erase")) {
			return
		}
		before := scripts(t, client)
		release()
		until(t, "late record", func() bool { return scripts(t, client) > before })
		arrived = true
	}))
	other := redis.New(client, nil)
	if n, err := other.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != 1 || err != nil || !arrived {
		t.Errorf("Erase returned %d, %v, want 1; the late record has arrived: %v", n, err, arrived)
	}
	if left := sound(t, other); len(left) != 1 {
		t.Errorf("there is %+v, want %+v alone", left, kept)
	}
}

// slow has each script take some time, and sees how long the server rests after one.
type slow struct {
	callsOfScripts
	ended time.Time
	rests []time.Duration
}

func (s *slow) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if !s.ended.IsZero() {
			s.rests = append(s.rests, time.Since(s.ended))
		}
		err := next(ctx, cmds)
		time.Sleep(5 * time.Millisecond)
		s.ended = time.Now()
		return err
	}
}

// TestEraseLeavesTheServerToOthers asserts that it rests after each script for as long
// as that took, and for three times as long once it has been through a thousand records.
func TestEraseLeavesTheServerToOthers(t *testing.T) {
	t.Parallel()
	client := lone(t)
	st := redis.New(client, &redis.Options{Prefix: newPrefix()})
	const records = 1200
	for i := range records {
		create(t, st, record(i))
	}
	s := &slow{callsOfScripts: func([]any, any) {}}
	client.AddHook(s)
	if n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != records || err != nil {
		t.Fatal(n, err)
	}
	if len(s.rests) < 36 {
		t.Fatalf("%d records were erased by %d scripts", records, len(s.rests))
	}
	for i, d := range s.rests[1:] { // after the mark it goes on at once
		if d < 5*time.Millisecond || i > len(s.rests)-5 && d < 15*time.Millisecond {
			t.Errorf("after script %d it rested for %v", i+1, d)
		}
	}
}

// away has the first deletions of an Erase wait for four seconds.
type away struct {
	callsOfScripts
	once sync.Once
}

func (a *away) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if slices.ContainsFunc(cmds, func(c goredis.Cmder) bool { return slices.Contains(c.Args(), any("erase")) }) {
			a.once.Do(func() { time.Sleep(4 * time.Second) })
		}
		return next(ctx, cmds)
	}
}

// TestEraseDoesNotRestForAnOutage asserts that it goes on at once when the server that
// it waited for is back.
func TestEraseDoesNotRestForAnOutage(t *testing.T) {
	t.Parallel()
	client := patient(t, testserver.StartRedis(t).Addr)
	st := redis.New(client, tenacious)
	create(t, st, record(0))
	client.AddHook(&away{callsOfScripts: func([]any, any) {}})
	ctx, cancel := context.WithTimeout(t.Context(), 7500*time.Millisecond) // a rest would be as long
	defer cancel()
	if n, err := st.Erase(ctx, scope, store.Filter{SessionID: "s"}); n != 1 || err != nil {
		t.Errorf("Erase returned %d, %v, want 1", n, err)
	}
}
