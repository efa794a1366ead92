package redis_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

const loading = reply("LOADING Redis is loading the dataset in memory")

// What was not sent is sent again.
func TestWhatWasNotSentIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, unsent := range map[string]error{
		"no free connection": goredis.ErrPoolTimeout,
		"too many":           goredis.ErrPoolExhausted,
		"nobody listens":     &net.OpError{Op: "dial", Err: errors.New("connection refused")},
	} {
		t.Run(name, func(t *testing.T) {
			st, a, there := answering(t)
			for call, do := range changes(st, there) {
				a.set(unsent, unsent, nil)
				if err := do(t.Context()); err != nil || a.seen.Load() < 3 {
					t.Errorf("%s: %v after %d tries", call, err, a.seen.Load())
				}
			}
		})
	}
}

// What may have been done is done again only if that changes nothing.
func TestWhatMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	st, a, there := answering(t)
	for call, do := range changes(st, there) {
		a.set(io.ErrUnexpectedEOF, nil)
		err := do(t.Context())
		if call == "Create" && (err != nil || a.seen.Load() != 2) || call != "Create" && (!errors.Is(err, store.ErrUnavailable) || a.seen.Load() != 1) {
			t.Errorf("%s: %v after %d tries", call, err, a.seen.Load())
		}
	}
	a.set(io.ErrUnexpectedEOF)
	if n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); !errors.Is(err, store.ErrUnavailable) || n != 0 {
		t.Errorf("Erase: %d, %v", n, err)
	}
}

// What is no outage is not taken for one.
func TestAnErrorEndsACall(t *testing.T) {
	t.Parallel()
	st, a, there := answering(t)
	calls := everyCall(st, there)
	calls["Rebuild"] = func(ctx context.Context) error { return st.(*redis.Store).Rebuild(ctx, scope) }
	calls["Scopes"] = func(ctx context.Context) error { _, err := st.Scopes(ctx, store.Scope{}, 1); return err }
	delete(calls, "Erase") // which looks first, and finds nothing
	calls["Erase all"] = func(ctx context.Context) error {
		_, err := st.Erase(ctx, scope, store.Filter{SessionID: "s"})
		return err
	}
	for call, do := range calls {
		a.set(reply("ERR strange"))
		if err := do(t.Context()); err == nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrNotFound) || a.seen.Load() != 1 {
			t.Errorf("%s: %v after %d tries, want a plain error", call, err, a.seen.Load())
		}
	}
	a.set(nil, nil, reply("ERR strange")) // a look, a page, and what is to be erased of it
	if n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err == nil || errors.Is(err, store.ErrUnavailable) || n != 0 {
		t.Errorf("Erase that fails midway: %d, %v, want a plain error", n, err)
	}
}

func TestReadsOfAServerThatRefuses(t *testing.T) {
	t.Parallel()
	for _, refusal := range []reply{loading, "NOAUTH Authentication required.", "MASTERDOWN Link with MASTER is down"} {
		st, a, there := answering(t)
		for call, do := range everyCall(a.impatient(t, 100*time.Millisecond), there) {
			a.set(refusal)
			if err := do(t.Context()); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %v, want ErrUnavailable for %s", call, err, refusal)
			}
		}
		a.set(nil)
		sound(t, st)
	}
}

// Without an answer, a write ends with Options.Timeout, and one that may have been
// done says so.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	patient, a, there := answering(t)
	st := a.impatient(t, 100*time.Millisecond)
	calls := changes(st, there)
	calls["Rebuild"] = func(ctx context.Context) error { return st.(*redis.Store).Rebuild(ctx, scope) }
	for call, do := range calls {
		if a.set(errStall); call == "Rebuild" {
			a.set(nil, loading) // it looks first
		}
		if err := do(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", call, err)
		}
	}
	a.set(errStall)
	f := record(1)
	f.Scope.Assistant = "new"
	if _, err := st.Create(t.Context(), f); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Create in a new scope: %v, want ErrUnavailable", err)
	}
	a.set(nil, nil, nil, errStall) // a look, a mark, a page
	if _, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Erase: %v, want ErrUnavailable", err)
	}
	for call, do := range changes(patient, there) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // in which the first try fails
		a.set(io.ErrUnexpectedEOF, errStall)
		if err := do(ctx); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s that may have been done: %v, want ErrUnavailable", call, err)
		}
		cancel()
	}
}

// The first calls of a store come when a server is still starting, or refuses.
func TestTheFirstCall(t *testing.T) {
	t.Parallel()
	client, a := lone(t), &answers{}
	client.AddHook(a)
	for call, do := range map[string]func(st store.Store) error{
		"Create": func(st store.Store) error { _, err := st.Create(t.Context(), record(0)); return err },
		"Put":    func(st store.Store) error { _, _, err := st.Put(t.Context(), vote(0, "u")); return err },
	} {
		a.set(loading, nil, loading, nil, loading, nil) // the probe, the scope, the clock
		if err := do(fresh(client, redis.Options{})(t)); err != nil {
			t.Errorf("%s while the server loads: %v", call, err)
		}
		a.set(nil, nil, reply("NOAUTH Authentication required.")) // the clock
		if err := do(fresh(client, redis.Options{})(t)); !errors.Is(err, store.ErrUnavailable) || a.seen.Load() != 3 {
			t.Errorf("%s that may not ask for the time: %v after %d tries", call, err, a.seen.Load())
		}
	}
}

// A client that was closed stays so.
func TestAClosedClient(t *testing.T) {
	t.Parallel()
	st, a, there := answering(t)
	for call, do := range changes(st, there) {
		a.set(goredis.ErrClosed)
		if err := do(t.Context()); !errors.Is(err, store.ErrUnavailable) || a.seen.Load() != 1 {
			t.Errorf("%s: %v after %d tries", call, err, a.seen.Load())
		}
	}
}

// explodes is a host's hook with a bug, for calls that read.
type explodes struct {
	goredis.Hook
	armed atomic.Bool
}

func (*explodes) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (*explodes) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func (p *explodes) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if p.armed.Load() {
			panic("a bug")
		}
		return next(ctx, cmd)
	}
}

func TestAPanicIsItsReaders(t *testing.T) {
	t.Parallel()
	client, hook := lone(t), &explodes{}
	client.AddHook(hook)
	st := fresh(client, redis.Options{})(t)
	there := put(t, st, vote(0, "u"))
	hook.armed.Store(true)
	defer func() {
		if v := recover(); v != "a bug" {
			t.Errorf("recovered %v", v)
		}
	}()
	_, err := st.Get(t.Context(), scope, store.Ref{ID: there.ID})
	t.Errorf("Get: %v, want a panic", err)
}
