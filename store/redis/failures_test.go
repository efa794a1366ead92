package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// A summary of more days than one call returns, by rollups or by days, has them all.
func TestASummaryOfManyDays(t *testing.T) {
	t.Parallel()
	for _, tags := range []int{0, store.MaxTags} {
		for _, days := range []int{195, 200, 230} {
			st := fresh(lone(t), redis.Options{})(t)
			atOnce(t, days, func(i int) error {
				f := record(i * 24 * 60)
				for tag := range tags {
					f.Tags = append(f.Tags, fmt.Sprint("t", tag))
				}
				_, err := st.Create(t.Context(), f)
				return err
			})
			s := sum(t, st, store.Filter{})
			if int(s.Count) != days || tags > 0 && int(s.Tags["t0"]) != days {
				t.Errorf("%d days of %d tags: %d records, %d of the first tag", days, tags, s.Count, s.Tags["t0"])
			}
			if tags > 0 {
				if s := sum(t, st, store.Filter{Tag: "t0"}); int(s.Count) != days {
					t.Errorf("%d days: %d of the first tag, by itself", days, s.Count)
				}
			}
		}
	}
}

// A call ends with its context, although the server says nothing.
func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr, ReadTimeout: time.Hour})
	t.Cleanup(func() { client.Close() })
	st := redis.New(client, nil)
	there := put(t, st, vote(0, "u", "a"))
	calls := everyCall(st, there)
	calls["Scopes"] = func(ctx context.Context) error { _, err := st.Scopes(ctx, store.Scope{}, 1); return err }
	calls["Rebuild"] = func(ctx context.Context) error { return st.Rebuild(ctx, scope) }
	calls["the first call"] = func(ctx context.Context) error {
		_, err := redis.New(client, nil).Get(ctx, scope, store.Ref{ID: there.ID})
		return err
	}
	calls["Create in a new scope"] = func(ctx context.Context) error {
		f := record(1)
		f.Scope.Assistant = "new"
		_, err := st.Create(ctx, f)
		return err
	}
	server.Pause()
	defer server.Resume()
	for what, do := range calls {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		ended := make(chan error, 1)
		go func() { ended <- do(ctx) }()
		select {
		case err := <-ended:
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v, want the deadline", what, err)
			}
		case <-time.After(20 * time.Second): // the client would wait for an hour
			t.Errorf("%s outstays its context", what)
		}
		cancel()
	}
}

// When the client has given up, the server does nothing any more.
func TestAWriteEndsWithTheClientsReadTimeout(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr, ReadTimeout: 250 * time.Millisecond, MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	direct := dial(t, server.URL)
	st, other := redis.New(client, nil), redis.New(direct, nil)
	insist(t, st, vote(0, "u", "a"))
	before := scripts(t, direct)
	server.Pause()
	if _, _, err := st.Put(t.Context(), vote(1, "u", "b")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Put: %v, want ErrUnavailable", err)
	}
	server.Resume()
	until(t, "script", func() bool { return scripts(t, direct) > before })
	if got := all(t, other); len(got) != 1 || got[0].Tags[0] != "a" {
		t.Errorf("there is %+v, want the first vote", got)
	}
}

// after calls do after each chunk that a rebuild has counted.
type after func()

func (after) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (after) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func (do after) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		err := next(ctx, cmd)
		if step := cmd.Args()[len(cmd.Args())-1]; err == nil && (step == "start" || step == "go on") {
			do()
		}
		return err
	}
}

// The records around a rebuild's cursor may go while it is between two chunks.
func TestARebuildsCursorMayGo(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	client, direct := dial(t, server.URL), dial(t, server.URL)
	st, other := redis.New(client, nil), redis.New(direct, nil)
	const n = 600
	var ids []string
	for i := range n {
		ids = append(ids, create(t, other, record(i, "a")).ID)
	}
	state := strings.TrimSuffix(baseOf(t, direct, "feedbacks:"), ":") + ":b"
	chunks := 0
	client.AddHook(after(func() {
		cursor := direct.HGet(t.Context(), state, "cursor").Val()
		for i, id := range ids {
			if digits := strings.ReplaceAll(strings.TrimPrefix(id, "aia_fdbk_"), "-", ""); digits == fmt.Sprintf("%x", cursor) {
				for _, id := range ids[i : i+2] { // the last that was counted, and the next
					if _, err := other.Delete(t.Context(), scope, store.Ref{ID: id}); err != nil {
						t.Error(err)
					}
				}
				chunks++
			}
		}
	}))
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	if chunks < 2 {
		t.Fatalf("%d chunks", chunks)
	}
	if got := sound(t, other); len(got) != n-2*chunks {
		t.Errorf("there are %d records", len(got))
	}
}
