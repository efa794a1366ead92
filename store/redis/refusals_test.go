package redis_test

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// a reply is an error that a server replied.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

// answers has calls of scripts, and what a first write needs besides, fail with
// errors, one after the other and the last one for ever; nil lets one through, and
// errStall answers nothing.
type answers struct {
	errs atomic.Pointer[[]error]
	seen atomic.Int64

	client *goredis.Client
	prefix string
}

var errStall = errors.New("no answer")

func (a *answers) set(errs ...error) {
	a.seen.Store(0)
	a.errs.Store(&errs)
}

func (*answers) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (a *answers) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if err := a.next(ctx, cmd); err != nil {
			cmd.SetErr(err)
			return err
		}
		return next(ctx, cmd)
	}
}

func (a *answers) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if err := a.next(ctx, cmds[0]); err != nil {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
			return err
		}
		return next(ctx, cmds)
	}
}

// next returns what is to become of a call.
func (a *answers) next(ctx context.Context, cmd goredis.Cmder) error {
	errs := a.errs.Load()
	if errs == nil || !slices.Contains([]string{"eval", "evalsha", "time", "zadd"}, cmd.Name()) {
		return nil
	}
	err := (*errs)[min(int(a.seen.Add(1)), len(*errs))-1]
	if err == errStall {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// answering returns a store with one record, whose client answers as told.
func answering(t *testing.T) (st store.Store, a *answers, there store.Feedback) {
	t.Helper()
	a = &answers{client: lone(t), prefix: newPrefix()}
	a.client.AddHook(a)
	st = redis.New(a.client, &redis.Options{Prefix: a.prefix})
	there = put(t, st, vote(0, "u", "a"))
	all(t, st) // so that the server knows the scripts
	return st, a, there
}

// impatient returns another store of what is there, for what must fail: it gives up
// after timeout.
func (a *answers) impatient(t *testing.T, timeout time.Duration) store.Store {
	t.Helper()
	st := redis.New(a.client, &redis.Options{Prefix: a.prefix, Timeout: timeout})
	insist(t, st, vote(0, "u", "a")) // so that it knows what a first write asks for
	return st
}

// changes are the calls that write.
func changes(st store.Store, there store.Feedback) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error { _, err := st.Create(ctx, record(1)); return err },
		"Put":    func(ctx context.Context) error { _, _, err := st.Put(ctx, vote(2, "u", "b")); return err },
		"Delete": func(ctx context.Context) error {
			_, err := st.Delete(ctx, scope, store.Ref{ID: there.ID})
			return err
		},
	}
}

func TestWhatPassesIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, refusal := range []reply{
		"LOADING Redis is loading the dataset in memory",
		"READONLY You can't write against a read only replica.",
		"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
		"CLUSTERDOWN The cluster is down",
		"TRYAGAIN Multiple keys request during rehashing of slot",
		"MOVED 3999 127.0.0.1:1",
		"ASK 3999 127.0.0.1:1",
		"NOREPLICAS Not enough good replicas to write.",
		"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
		"ERR max number of clients reached",
		"ERR Script attempted to access a non local key in a cluster node",
		"ERR Error running script: @user_script:1: -READONLY You can't write", // before Redis 7
	} {
		word, _, _ := strings.Cut(string(refusal), " ")
		t.Run(word, func(t *testing.T) {
			st, a, there := answering(t)
			for call, do := range changes(a.impatient(t, 300*time.Millisecond), there) {
				a.set(refusal)
				if err := do(t.Context()); !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%s: %v, want ErrUnavailable", call, err)
				}
			}
			for call, do := range changes(st, there) {
				a.set(refusal, refusal, nil)
				if err := do(t.Context()); err != nil || a.seen.Load() < 3 {
					t.Errorf("%s after two refusals: %v, %d tries", call, err, a.seen.Load())
				}
			}
		})
	}
}

func TestWhatLastsIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for _, refusal := range []reply{
		"OOM command not allowed when used memory > 'maxmemory'.",
		"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
		"NOAUTH Authentication required.",
		"WRONGPASS invalid username-password pair or user is disabled.",
		"NOPERM this user has no permissions to run the 'evalsha' command",
	} {
		word, _, _ := strings.Cut(string(refusal), " ")
		t.Run(word, func(t *testing.T) {
			st, a, there := answering(t)
			for call, do := range changes(st, there) {
				a.set(refusal)
				err := do(t.Context())
				if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "nothing was done") || a.seen.Load() != 1 {
					t.Errorf("%s after %d tries: %v, want ErrUnavailable that says that nothing was done", call, a.seen.Load(), err)
				}
				a.set(nil)
			}
			if word != "NOPERM" { // which has the next call ask first
				a.set(io.ErrUnexpectedEOF, refusal)
				if _, err := st.Create(t.Context(), record(3)); !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error(), "nothing was done") {
					t.Errorf("Create after a try that may have been done: %v", err)
				}
			}
		})
	}
}

// An erasure goes on with what was refused.
func TestAnErasureGoesOn(t *testing.T) {
	t.Parallel()
	st, a, _ := answering(t)
	for i := range 2 {
		create(t, st, record(i))
	}
	a.set(nil, nil, nil, loading, nil) // a look, a mark, a page, and what is to be erased of it
	if n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != 3 || err != nil {
		t.Errorf("Erase: %d, %v, want 3", n, err)
	}
	if left := all(t, st); len(left) != 0 {
		t.Errorf("there is %+v", left)
	}
}

// A real server, by each way in which it refuses for long.
func TestAServerThatRefuses(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t, "--enable-protected-configs", "yes")
	admin := dial(t, server.URL)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr, Password: "none"})
	t.Cleanup(func() { client.Close() })
	st := redis.New(client, nil)
	there := put(t, st, vote(0, "u", "a"))
	config := func(name, value string) {
		t.Helper()
		if err := admin.ConfigSet(t.Context(), name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	refuses := func(word string, calls map[string]func(context.Context) error) {
		t.Helper()
		for call, do := range calls {
			before := scripts(t, admin)
			err := do(t.Context())
			if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "nothing was done") {
				t.Errorf("%s: %v, want %s", call, err, word)
			}
			if n := scripts(t, admin) - before; n > 1 {
				t.Errorf("%s: %d scripts", call, n)
			}
		}
	}
	calls := changes(st, there)
	deletion := calls["Delete"]

	config("maxmemory", "1")
	delete(calls, "Delete")
	refuses("OOM", calls)
	config("maxmemory", "0")

	calls["Delete"] = deletion
	dir := admin.ConfigGet(t.Context(), "dir").Val()["dir"]
	broken := dir + "/gone"
	config("save", "3600 1")
	if err := os.Mkdir(broken, 0o777); err != nil {
		t.Fatal(err)
	}
	config("dir", broken)
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	until(t, "failed snapshot", func() bool {
		admin.BgSave(t.Context())
		info, _ := admin.Info(t.Context(), "persistence").Result()
		return strings.Contains(info, "rdb_last_bgsave_status:err")
	})
	refuses("MISCONF", calls)
	if got := sound(t, st); len(got) != 1 || !got[0].Equal(there) {
		t.Errorf("there is %+v, want %+v", got, there)
	}
	config("save", "")
	config("dir", dir)

	config("requirepass", "another")
	admin.Do(t.Context(), "client", "kill", "type", "normal", "skipme", "yes")
	refuses("WRONGPASS", calls)
	config("requirepass", "")
	if got := sound(t, st); len(got) != 1 || !got[0].Equal(there) {
		t.Errorf("there is %+v, want %+v", got, there)
	}
}

// unsigned is a client that could not sign in: only its pipeline knows.
type unsigned struct{ goredis.Hook }

func (unsigned) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (unsigned) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook { return next }

func (unsigned) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if cmds[0].Name() == "zadd" {
			return reply("WRONGPASS invalid username-password pair or user is disabled.")
		}
		return next(ctx, cmds)
	}
}

func TestAScopeIsNotRegisteredByWhoCannotSignIn(t *testing.T) {
	t.Parallel()
	client := lone(t)
	client.AddHook(unsigned{})
	st := fresh(client, redis.Options{})(t)
	if _, err := st.Create(t.Context(), record(0)); !errors.Is(err, store.ErrUnavailable) || len(all(t, st)) != 0 {
		t.Errorf("Create: %v, want ErrUnavailable", err)
	}
}
