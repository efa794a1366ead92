package redis_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// What a next version might write.
var newer = map[string]func(value string) string{
	"a record": func(value string) string { return "\x02" + value[1:] },
	"what a record carries": func(value string) string {
		at := strings.Index(value, `{"correction"`)
		return value[:at-5] + "\x02" + value[at-4:at] + strings.Replace(value[at:], `"correction"`, `"sentiments"`, 1)
	},
	"what a record carries" + ofStaff: func(value string) string {
		at := strings.Index(value, `{"review"`)
		return value[:at-5] + "\x02" + value[at-4:at] + strings.Replace(value[at:], `"review"`, `"assign"`, 1)
	},
}

// ofStaff is what has the version of what staff adds.
const ofStaff = " of its staff's"

// reviewed is a record with a review.
func reviewed(f store.Feedback) store.Feedback {
	f.Review = &store.Review{Verdict: store.Agree, At: f.CreatedAt()}
	return f
}

// rewrite changes the value of a record.
func rewrite(t *testing.T, client *goredis.Client, base string, f store.Feedback, change func(string) string) {
	t.Helper()
	values, err := client.HGetAll(t.Context(), base+"r").Result()
	if err != nil {
		t.Fatal(err)
	}
	for id, value := range values {
		if strings.Contains(value, f.Correction) {
			if err := client.HSet(t.Context(), base+"r", id, change(value)).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// corrected is a user's vote with a correction that no other has.
func corrected(n int, user string) store.Feedback {
	f := vote(n, user, "a")
	f.Correction = "by " + user
	return f
}

// everything is all that a store keeps.
func everything(t *testing.T, client *goredis.Client, prefix string) map[string]string {
	t.Helper()
	keys, err := client.Keys(t.Context(), prefix+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	for _, key := range keys {
		kept[key] = client.Dump(t.Context(), key).Val()
	}
	return kept
}

// refuses asserts that each call is ErrNewerVersion, says why, and changes nothing.
func refuses(t *testing.T, client *goredis.Client, prefix, why string, calls map[string]func(context.Context) error) {
	t.Helper()
	before := everything(t, client, prefix)
	for name, call := range calls {
		err := call(t.Context())
		if !errors.Is(err, store.ErrNewerVersion) || !strings.Contains(fmt.Sprint(err), why+" of version 2, where 1 is known") {
			t.Errorf("%s: %v, want %v for %s", name, err, store.ErrNewerVersion, why)
		}
		if !maps.Equal(everything(t, client, prefix), before) {
			t.Fatalf("%s changed something", name)
		}
	}
}

func TestNewerRecordsStay(t *testing.T) {
	t.Parallel()
	client := lone(t)
	for what, change := range newer {
		t.Run(what, func(t *testing.T) {
			prefix := newPrefix()
			st := redis.New(client, &redis.Options{Prefix: prefix})
			old, other := put(t, st, corrected(0, "u")), put(t, st, corrected(1, "other"))
			var err error
			if old, err = st.Replace(t.Context(), old, reviewed(old)); err != nil {
				t.Fatal(err)
			}
			rewrite(t, client, baseOf(t, client, prefix), old, change)
			calls := everyCall(st, old)
			for _, name := range []string{"Create", "Put another", "Erase", "Summarize", "Summarize a tag"} {
				delete(calls, name) // they need not look at the record
			}
			calls["Create with the key"] = func(ctx context.Context) error { _, err := st.Create(ctx, vote(2, "u")); return err }
			calls["Summarize by scanning"] = func(ctx context.Context) error {
				_, err := st.Summarize(ctx, scope, store.SummaryQuery{Filter: store.Filter{HasText: new(true)}})
				return err
			}
			for name, f := range map[string]store.Filter{"all": {MinScore: new(0.0)}, "others": {HasCorrection: new(false)}, "the user's": {UserID: "u"}} {
				calls["Erase "+name] = func(ctx context.Context) error { _, err := st.Erase(ctx, scope, f); return err }
			}
			calls["Rebuild"] = func(ctx context.Context) error { return st.Rebuild(ctx, scope) }
			refuses(t, client, prefix, strings.TrimSuffix(what, ofStaff), calls)

			other.Score = 1
			put(t, st, other)
			create(t, st, record(3, "a"))
			if s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{}); err != nil || s.Count != 3 {
				t.Errorf("Summarize returned %+v, %v, want 3 records", s, err)
			}
			if n, err := st.Erase(t.Context(), scope, store.Filter{UserID: "other"}); err != nil || n != 1 {
				t.Errorf("Erase of another's returned %d, %v", n, err)
			}
		})
	}
}

func TestEraseLooksBeforeItStarts(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	old := put(t, st, corrected(0, "u"))
	for i := range store.MaxLimit { // more than Erase looks at in one go
		create(t, st, record(i+1))
	}
	rewrite(t, client, baseOf(t, client, prefix), old, newer["a record"])
	n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"})
	if n != 0 || !errors.Is(err, store.ErrNewerVersion) {
		t.Errorf("Erase returned %d, %v, want ErrNewerVersion before anything is erased", n, err)
	}
}

// betweenLists calls do after the first list that a client has got, and before the
// second.
type betweenLists struct {
	lists int
	do    func()
}

func (*betweenLists) DialHook(next goredis.DialHook) goredis.DialHook { return next }
func (*betweenLists) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}
func (b *betweenLists) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if !slices.Contains(cmd.Args(), any("zrevrangebylex")) {
			return next(ctx, cmd)
		}
		if b.lists == 1 {
			b.do()
		}
		err := next(ctx, cmd)
		if err == nil { // and not that the script is unknown
			b.lists++
		}
		return err
	}
}

// An Erase looks before it starts; what a newer version writes then is not erased.
func TestARecordThatBecomesNewerIsNotErased(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	old := put(t, st, corrected(0, "u"))
	put(t, st, corrected(1, "other"))
	hook := &betweenLists{do: func() { rewrite(t, client, baseOf(t, client, prefix), old, newer["a record"]) }}
	client.AddHook(hook)
	if n, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != 0 || !errors.Is(err, store.ErrNewerVersion) {
		t.Errorf("Erase returned %d, %v, want ErrNewerVersion", n, err)
	}
	if s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{}); err != nil || s.Count != 2 || hook.lists != 2 {
		t.Errorf("%d records are left, %v, after %d lists; want both, after 2", s.Count, err, hook.lists)
	}
}

func TestNewerLayoutStays(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	old := put(t, st, vote(0, "u", "a"))
	state := baseOf(t, client, prefix) + "b"
	client.HSet(t.Context(), state, "layout", 2)
	calls := everyCall(st, old)
	for name, call := range calls {
		if strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") {
			delete(calls, name) // records have versions of their own
			if err := call(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	calls["Erase"] = func(ctx context.Context) error {
		_, err := st.Erase(ctx, scope, store.Filter{UserID: "u"})
		return err
	}
	calls["Rebuild"] = func(ctx context.Context) error { return st.Rebuild(ctx, scope) }
	refuses(t, client, prefix, "a layout", calls)

	client.HSet(t.Context(), state, "layout", 1)
	for i := range 600 { // more than one chunk
		create(t, st, record(i, "a"))
	}
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	if fields := client.HGetAll(t.Context(), state).Val(); !maps.Equal(fields, map[string]string{"layout": "1"}) {
		t.Errorf("Rebuild left %v, want the layout", fields)
	}
	sound(t, st)
}

func TestNewerDataFailsItsCallersAlone(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	old := corrected(0, "newer")
	old.Scope.Assistant = "newer"
	put(t, st, old)
	client.HSet(t.Context(), baseOf(t, client, prefix)+"b", "layout", 2)
	elsewhere := old.Scope

	other := redis.New(client, &redis.Options{Prefix: prefix}) // which has registered no scope
	old.Scope = scope
	put(t, other, old)
	for _, key := range keysOf(t, client, prefix) {
		if base, ok := strings.CutSuffix(key, "}:r"); ok && client.HGet(t.Context(), base+"}:b", "layout").Val() == "" {
			rewrite(t, client, base+"}:", old, newer["a record"])
		}
	}
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			f := vote(i, fmt.Sprint(i), "a", "b")
			if i%3 == 0 {
				f = vote(i, "newer", "b")
			}
			if i%3 == 1 {
				f.Scope = elsewhere
			}
			for range 5 {
				_, _, err := st.Put(t.Context(), f)
				if want := i%3 != 2; errors.Is(err, store.ErrNewerVersion) != want || err != nil && !want {
					t.Errorf("Put of user %s in %v: %v", f.UserID, f.Scope, err)
				}
			}
		})
	}
	wg.Wait()
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != 21 || s.Tags["a"] != 21 || s.Tags["b"] != 20 {
		t.Errorf("Summarize returned %+v, %v, want 21 records", s, err)
	}
}
