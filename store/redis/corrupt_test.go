package redis_test

import (
	"context"
	"errors"
	"fmt"
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
	put(t, st, vote(0, "bad", "a"))
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
