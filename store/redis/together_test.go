package redis_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// held has replies of scripts wait, while it is armed, until they may go on.
type held struct {
	callsOfScripts
	armed     atomic.Bool
	there, on chan struct{}
}

func (h *held) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		err := next(ctx, cmds)
		if h.armed.Load() {
			h.there <- struct{}{}
			<-h.on
		}
		return err
	}
}

// A server that has forgotten the script is told it again, and of no change whose caller
// has gone: it would begin then.
func TestWhoHasGoneDoesNotBeginAnew(t *testing.T) {
	t.Parallel()
	url := testserver.StartRedis(t).URL
	client, direct := dial(t, url), dial(t, url)
	var waiting atomic.Int64
	o := *tenacious
	o.Observe = func(g store.Grouping) { waiting.Add(int64(g.Waiting)) }
	st := redis.New(client, &o)
	other := redis.New(direct, nil)
	put(t, st, vote(0, "u"))
	h := &held{callsOfScripts: func([]any, any) {}, there: make(chan struct{}), on: make(chan struct{})}
	client.AddHook(h)
	h.armed.Store(true)
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	errs := make([]chan error, 3)
	for i, user := range []string{"alone", "u", "v"} {
		errs[i] = make(chan error, 1)
		of := t.Context()
		if user == "u" {
			of = ctx
		}
		go func() { _, _, err := st.Put(of, vote(i+1, user)); errs[i] <- err }()
		if i == 0 {
			<-h.there
		} else {
			until(t, "waiting call", func() bool { return waiting.Load() == int64(i) })
		}
	}
	if err := direct.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	h.on <- struct{}{}
	<-h.there // with NOSCRIPT, to both
	h.armed.Store(false)
	giveUp()
	if err := <-errs[1]; !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up: %v", err)
	}
	newer := put(t, other, vote(10, "u"))
	h.on <- struct{}{}
	if err := errors.Join(<-errs[0], <-errs[2]); err != nil {
		t.Error(err)
	}
	if got, err := other.Get(t.Context(), scope, store.Ref{Key: newer.Key}); err != nil || !got.UpdatedAt.Equal(newer.UpdatedAt) {
		t.Errorf("a vote that was given up undid what was acknowledged since: %+v, %v, want %+v", got, err, newer)
	}
	sound(t, other)
}

// A Create that is repeated may share its script with the deletion of what its first try
// has added.
func TestARepeatedCreateBesideItsDeletion(t *testing.T) {
	t.Parallel()
	client := lone(t)
	prefix := newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	create(t, st, record(0))
	var calls [][]any // of the script: its name, one key, three of all, two of the scope, four of the change
	client.AddHook(callsOfScripts(func(args []any, _ any) { calls = append(calls, args) }))
	f := create(t, st, record(1))
	if _, err := st.Delete(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
		t.Fatal(err)
	}
	create(t, st, f)
	if len(calls) != 3 || len(calls[0]) != 13 {
		t.Fatalf("scripts were called with %v", calls)
	}
	if n := client.Del(t.Context(), baseOf(t, client, prefix)+"x").Val(); n != 1 { // this deletion is none of the others'
		t.Fatal("there are no tombstones")
	}
	first, deletion, both := calls[0], calls[1], append([]any{}, calls[2][:9]...)
	both[5], both[8] = client.Time(t.Context()).Val().UnixMicro(), 2
	both = append(both, deletion[9:12]...)
	both = append(both, "") // begins now
	both = append(both, first[9:12]...)
	both = append(both, fmt.Sprint(first[5], " ", calls[2][6])) // it keeps its beginning
	reply, err := client.Do(t.Context(), both...).Slice()
	if err != nil || len(reply) != 3 {
		t.Fatalf("the script says %q, %v", reply, err)
	}
	if got := sound(t, st); len(got) != 1 {
		t.Errorf("what was deleted is there again: %q", reply)
	}
}
