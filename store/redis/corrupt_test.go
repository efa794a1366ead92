package redis_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// TestForeignValues puts what the store did not write under each of its keys.
// Every call must answer, with nothing or a plain error, and leave the rest as it
// was.
func TestForeignValues(t *testing.T) {
	t.Parallel()
	client := lone(t)
	ctx := t.Context()
	replace := map[string]func(key string) error{
		"a string": func(key string) error { return client.Set(ctx, key, "foreign", 0).Err() },
		"a list": func(key string) error {
			client.Del(ctx, key)
			return client.RPush(ctx, key, "foreign").Err()
		},
		"a hash": func(key string) error {
			client.Del(ctx, key)
			return client.HSet(ctx, key, "", "foreign", "a", "1 2 3").Err()
		},
		"a sorted set": func(key string) error {
			client.Del(ctx, key)
			return client.ZAdd(ctx, key, goredis.Z{Member: "foreign"}).Err()
		},
		"foreign fields": func(key string) error {
			if is, _ := client.Type(ctx, key).Result(); is == "zset" {
				return client.ZAdd(ctx, key, goredis.Z{Member: "foreign", Score: 0}, goredis.Z{Member: "m\x00foreign"}).Err()
			}
			fields, err := client.HKeys(ctx, key).Result()
			for _, field := range fields {
				err = errors.Join(err, client.HSet(ctx, key, field, "\x01foreign").Err())
			}
			return err
		},
	}
	for kind, do := range replace {
		for _, key := range []string{"r", "o", "k", "m", "t", "s:s", "u:u", "d:20526", "b", "n"} {
			t.Run(kind+" as "+key, func(t *testing.T) {
				prefix := newPrefix()
				st := redis.New(client, &redis.Options{Prefix: prefix})
				old := put(t, st, vote(0, "u", "a"))
				b := baseOf(t, client, prefix)
				if key == "b" || key == "n" {
					client.HSet(ctx, b+"b", "cursor", "0123456789abcdef")
				}
				if err := do(b + key); err != nil {
					t.Fatal(err)
				}
				before := client.Dump(ctx, b+key).Val()
				for call, do := range everyCall(st, old) {
					switch err := do(ctx); {
					case err == nil, errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrInvalid):
					case errors.Is(err, store.ErrUnavailable):
						t.Errorf("%s: %v, want a plain error", call, err)
					}
				}
				if kind == "a string" && key != "b" && key != "n" && client.Dump(ctx, b+key).Val() != before {
					t.Errorf("a foreign value was overwritten")
				}
			})
		}
	}
	t.Run("the scopes", func(t *testing.T) {
		prefix := newPrefix()
		st := redis.New(client, &redis.Options{Prefix: prefix})
		client.Set(ctx, prefix+"scopes", "foreign", 0)
		if _, err := st.Create(ctx, record(0)); err == nil || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Create: %v, want a plain error", err)
		}
		if _, err := st.Scopes(ctx, store.Scope{}, 1); err == nil || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Scopes: %v, want a plain error", err)
		}
		client.Del(ctx, prefix+"scopes")
		client.ZAdd(ctx, prefix+"scopes", goredis.Z{Member: "foreign"})
		if _, err := st.Scopes(ctx, store.Scope{}, 1); err == nil || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Scopes: %v, want a plain error", err)
		}
	})
}

// everyCall are calls that touch everything that is kept of the record f.
func everyCall(st store.Store, f store.Feedback) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Create":       func(ctx context.Context) error { _, err := st.Create(ctx, record(1, "a")); return err },
		"Create again": func(ctx context.Context) error { _, err := st.Create(ctx, f); return err },
		"Put":          func(ctx context.Context) error { _, _, err := st.Put(ctx, vote(2, "u", "b")); return err },
		"Put another":  func(ctx context.Context) error { _, _, err := st.Put(ctx, vote(2, "v", "b")); return err },
		"Replace":      func(ctx context.Context) error { _, err := st.Replace(ctx, f, reviewed(f)); return err },
		"Get":          func(ctx context.Context) error { _, err := st.Get(ctx, scope, store.Ref{ID: f.ID}); return err },
		"Get by key":   func(ctx context.Context) error { _, err := st.Get(ctx, scope, store.Ref{Key: f.Key}); return err },
		"List":         func(ctx context.Context) error { _, err := st.List(ctx, scope, store.Query{Limit: 9}); return err },
		"List by session": func(ctx context.Context) error {
			_, err := st.List(ctx, scope, store.Query{Filter: store.Filter{SessionID: "s"}, Limit: 9})
			return err
		},
		"List by message": func(ctx context.Context) error {
			_, err := st.List(ctx, scope, store.Query{Filter: store.Filter{MessageID: "m"}, Limit: 9})
			return err
		},
		"List by user": func(ctx context.Context) error {
			_, err := st.List(ctx, scope, store.Query{Filter: store.Filter{UserID: "u"}, Limit: 9, Ascending: true})
			return err
		},
		"Summarize": func(ctx context.Context) error {
			_, err := st.Summarize(ctx, scope, store.SummaryQuery{Interval: store.Day})
			return err
		},
		"Summarize a tag": func(ctx context.Context) error {
			_, err := st.Summarize(ctx, scope, store.SummaryQuery{Filter: store.Filter{Tag: "a"}})
			return err
		},
		"Erase": func(ctx context.Context) error {
			_, err := st.Erase(ctx, scope, store.Filter{UserID: "u", CreatedAfter: epoch.Add(time.Hour)})
			return err
		},
		"Delete by key": func(ctx context.Context) error { _, err := st.Delete(ctx, scope, store.Ref{Key: f.Key}); return err },
		"Delete":        func(ctx context.Context) error { _, err := st.Delete(ctx, scope, store.Ref{ID: f.ID}); return err },
	}
}

func TestOneBadItemFailsAlone(t *testing.T) {
	t.Parallel()
	client := lone(t)
	prefix := newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	old := vote(0, "bad", "a")
	old.MessageID, old.Key = "another", store.VoteKey("s", "another", "bad")
	put(t, st, old)
	for _, key := range keysOf(t, client, prefix) {
		if strings.HasSuffix(key, "u:bad") { // which no vote of others touches
			client.Set(t.Context(), key, "foreign", 0)
		}
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for range 5 {
				user := fmt.Sprint("u", i)
				if i%4 == 0 {
					user = "bad"
				}
				_, _, err := st.Put(t.Context(), vote(i, user, "a", "b"))
				if bad := err != nil; bad != (user == "bad") || errors.Is(err, store.ErrUnavailable) {
					t.Errorf("Put of user %s: %v", user, err)
				}
			}
		})
	}
	wg.Wait()
	if fs := all(t, st); len(fs) != 49 {
		t.Errorf("there are %d votes, want 49", len(fs))
	}
	if got, want := summarize(t, st, store.Filter{}), summarize(t, st, store.Filter{MinScore: new(0.0)}); got != want {
		t.Errorf("the rollups are\n%s, want\n%s", got, want)
	}
}

// What a change meets on its way is found out before it writes, or it is taken back.
func TestARefusedChangeLeavesAllAsItWas(t *testing.T) {
	t.Parallel()
	client := lone(t)
	ctx := t.Context()
	for _, key := range []string{"r", "o", "k", "m", "t", "s:s", "u:u", "d:20526", "w"} {
		t.Run(key, func(t *testing.T) {
			prefix := newPrefix()
			st := redis.New(client, &redis.Options{Prefix: prefix})
			old := put(t, st, vote(0, "u", "a"))
			base := baseOf(t, client, prefix)
			client.Set(ctx, base+key, "foreign", 0)
			all := func() string {
				keys := keysOf(t, client, prefix)
				slices.Sort(keys)
				var out strings.Builder
				for _, key := range keys {
					fmt.Fprintf(&out, "%s %x\n", key, client.Dump(ctx, key).Val())
				}
				return out.String()
			}
			before := all()
			another := vote(1, "u", "a")
			if key == "t" {
				another = vote(1440, "u", "a") // of a day that is not listed yet
			}
			another.MessageID, another.Key = "another", store.VoteKey("s", "another", "u")
			calls := map[string]func() error{
				"Create": func() error { _, err := st.Create(ctx, another); return err },
				"Put":    func() error { _, _, err := st.Put(ctx, another); return err },
				"Delete": func() error { _, err := st.Delete(ctx, scope, store.Ref{ID: old.ID}); return err },
			}
			if slices.Contains([]string{"r", "k", "d:20526"}, key) { // the indexes of a vote that changes remain
				calls["Put again"] = func() error { _, _, err := st.Put(ctx, vote(2, "u", "b")); return err }
			}
			for call, do := range calls {
				if err := do(); err == nil || errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%s: %v, want a plain error", call, err)
				}
				if after := all(); after != before {
					t.Errorf("%s failed and left\n%s, want\n%s", call, after, before)
				}
			}
		})
	}
}

// A record that is not what its key leads to is neither replaced nor passed over.
func TestACorruptKey(t *testing.T) {
	t.Parallel()
	client := lone(t)
	ctx := t.Context()
	for name, spoil := range map[string]func(base string, a, b store.Feedback){
		"without a record": func(base string, a, _ store.Feedback) { client.HDel(ctx, base+"r", packed(a)) },
		"of another": func(base string, a, b store.Feedback) {
			keys := client.HGetAll(ctx, base+"k").Val()
			for key, id := range keys {
				if id == packed(a) {
					client.HSet(ctx, base+"k", key, packed(b))
				}
			}
		},
		"too long": func(base string, a, _ store.Feedback) {
			for key, id := range client.HGetAll(ctx, base+"k").Val() {
				client.HSet(ctx, base+"k", key, id+"x")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			prefix := newPrefix()
			st := redis.New(client, &redis.Options{Prefix: prefix})
			a, b := put(t, st, vote(0, "a")), put(t, st, vote(1, "b"))
			base := baseOf(t, client, prefix)
			spoil(base, a, b)
			before := client.HGetAll(ctx, base+"r").Val()
			if _, _, err := st.Put(ctx, vote(2, "a")); err == nil || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("Put: %v, want a plain error", err)
			}
			if f, err := st.Get(ctx, scope, store.Ref{Key: a.Key}); name == "without a record" && (err == nil || errors.Is(err, store.ErrNotFound)) {
				t.Errorf("Get: %+v, %v, want a plain error", f, err)
			}
			if after := client.HGetAll(ctx, base+"r").Val(); !maps.Equal(before, after) {
				t.Errorf("Put failed and left %x, want %x", after, before)
			}
		})
	}
}

// packed is a record's id as it is stored.
func packed(f store.Feedback) string {
	id, _ := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(f.ID, "aia_fdbk_"), "-", ""))
	return string(id)
}

// Rollups that nobody can read are not written over, nor passed over.
func TestACorruptRollup(t *testing.T) {
	t.Parallel()
	client := lone(t)
	for _, value := range []string{"foreign", "a0", "", "z1"} {
		prefix := newPrefix()
		st := redis.New(client, &redis.Options{Prefix: prefix})
		old := create(t, st, record(0))
		base := baseOf(t, client, prefix)
		client.HSet(t.Context(), base+"d:20526", "", value)
		if _, err := st.Create(t.Context(), record(1)); err == nil || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Create on the rollup %q: %v, want a plain error", value, err)
		}
		if fs := all(t, st); len(fs) != 1 || !fs[0].Equal(old) {
			t.Errorf("Create on the rollup %q left %+v", value, fs)
		}
		if err := st.Rebuild(t.Context(), scope); err != nil {
			t.Error(err)
		}
		sound(t, st)
	}
}

// A rebuild does not count what is left of an index that has lost a record.
func TestRebuildOfAnIndexThatLacksARecord(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	lost := create(t, st, record(0))
	create(t, st, record(1))
	want := summarize(t, st, store.Filter{})
	client.HDel(t.Context(), baseOf(t, client, prefix)+"r", packed(lost))
	if err := st.Rebuild(t.Context(), scope); err == nil || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Rebuild: %v, want a plain error", err)
	}
	if got := summarize(t, st, store.Filter{}); got != want {
		t.Errorf("Rebuild failed and left\n%s, want\n%s", got, want)
	}
	if _, err := st.List(t.Context(), scope, store.Query{Limit: 10}); err == nil || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("List: %v, want a plain error", err)
	}
}
