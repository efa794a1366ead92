package redis_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// spoil edits rollups in every way that it can think of.
func spoil(t *testing.T, client goredis.UniversalClient, days string) {
	t.Helper()
	ctx := t.Context()
	names, err := client.ZRange(ctx, days, 0, -1).Result()
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	day := func(name string) string { return strings.TrimSuffix(days, "t") + "d:" + name }
	const none = "a7b7c7"
	for _, err := range []error{
		client.HSet(ctx, day(names[0]), "", none, "made up", none).Err(),
		client.HSet(ctx, day(names[1]), "a", "corrupt").Err(),
		client.Set(ctx, day(names[2]), "foreign", 0).Err(),
		client.Del(ctx, day(names[3])).Err(),
		client.ZRem(ctx, days, names[3], names[4]).Err(),
		client.HSet(ctx, day("1"), "", none).Err(), // days without records
		client.HSet(ctx, day("2000000"), "", none).Err(),
		client.ZAdd(ctx, days, goredis.Z{Score: 1, Member: "1"}, goredis.Z{Score: 2_000_000, Member: "2000000"}).Err(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRebuild(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatalf("Rebuild of nothing: %v", err)
	}
	for i := range 1200 { // some chunks
		create(t, st, record(i*13, []string{"a", "b", "c"}[i%3]))
	}
	want, waiting := summarize(t, st, store.Filter{}), summarize(t, st, store.Filter{Waiting: new(true)})
	base := baseOf(t, client, prefix)
	spoil(t, client, base+"t")
	client.Rename(t.Context(), base+"o", base+"w") // all wait
	client.ZUnionStore(t.Context(), base+"o", &goredis.ZStore{Keys: []string{base + "w"}})
	client.ZRem(t.Context(), base+"w", client.ZRange(t.Context(), base+"w", 0, 50).Val())
	client.Del(t.Context(), prefix+"scopes")
	for range 2 { // it may be repeated
		if err := st.Rebuild(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
		if got := summarize(t, st, store.Filter{}); got != want {
			t.Errorf("after Rebuild the rollups are\n%s, want\n%s", got, want)
		}
		if got := summarize(t, st, store.Filter{Waiting: new(true)}); got != waiting {
			t.Errorf("after Rebuild what waits is\n%s, want\n%s", got, waiting)
		}
	}
	if scopes, err := st.Scopes(t.Context(), store.Scope{}, 10); err != nil || len(scopes) != 1 || scopes[0] != scope {
		t.Errorf("Scopes after Rebuild: %v, %v", scopes, err)
	}
	if n := client.Exists(t.Context(), base+"b", base+"n", base+"d:1").Val(); n != 0 {
		t.Errorf("Rebuild left %d of its keys", n)
	}
	sound(t, st)
}

func TestRebuildBesideWriters(t *testing.T) {
	t.Parallel()
	for name, tags := range map[string]func(int) []string{
		"few tags":  func(i int) []string { return []string{"a", "b"}[i%2:] },
		"many tags": crowd,
	} {
		t.Run(name, func(t *testing.T) {
			st := redis.New(lone(t), &redis.Options{Prefix: newPrefix()})
			for i := range 2000 {
				create(t, st, record(i, tags(i/50)...)) // days of many chunks
			}
			for _, n := range []int{0, 1440, 2400} {
				keep(t, st, n)
			}
			for round := range 15 {
				rebuildBesideWriters(t, st, round, tags)
				if name == "few tags" {
					sound(t, st)
				}
				if t.Failed() {
					t.Fatalf("after rebuild %d", round)
				}
			}
			soundCrowd(t, st)
		})
	}
}

func rebuildBesideWriters(t *testing.T, st *redis.Store, round int, tags func(int) []string) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := round * 1000; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				n := (i*7 + w*300) % 2500
				var err error
				switch (i + w) % 4 {
				case 0:
					_, err = st.Create(t.Context(), record(n, tags(i)...))
				case 1, 2:
					_, _, err = st.Put(t.Context(), vote(n, fmt.Sprint(i%50), tags(i)...))
				case 3:
					at := epoch.Add(time.Duration(n) * time.Minute)
					_, err = st.Erase(t.Context(), scope, store.Filter{SessionID: "s", CreatedAfter: at, CreatedBefore: at.Add(2 * time.Minute)})
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Error(err)
	}
	close(done)
	wg.Wait()
}

// A rebuild counts the tags of the day's first records.
func TestRebuildOfManyTags(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	const days = 3
	keep(t, st, 0)
	for n := 39; n >= 0; n-- { // the last record comes first
		for day := range days {
			var tags []string
			for i := range 10 {
				tags = append(tags, fmt.Sprintf("t%03d", n*10+i))
			}
			create(t, st, record(day*24*60+n, tags...))
		}
	}
	counts := func(first, last string) {
		t.Helper()
		tags := sum(t, st, store.Filter{}).Tags // a hundred, in order of their bytes
		if len(tags) != store.MaxSummaryTags || tags[first] != days || tags[last] != days {
			t.Errorf("%d tags are counted, %s %d times and %s %d times", len(tags), first, tags[first], last, tags[last])
		}
	}
	counts("t200", "t299")
	for range 2 {
		if err := st.Rebuild(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
		counts("t000", "t099")
	}
	base := baseOf(t, client, prefix)
	for day := range days {
		if n := client.HLen(t.Context(), fmt.Sprint(base, "d:", 20526+day)).Val(); n != 1+store.MaxDayTags {
			t.Errorf("a day has %d rollups", n)
		}
	}
	soundCrowd(t, st)
}

func TestRebuildsDoNotMix(t *testing.T) {
	t.Parallel()
	st := redis.New(lone(t), &redis.Options{Prefix: newPrefix()})
	for i := range 1500 {
		create(t, st, record(i*3, "a"))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := st.Rebuild(t.Context(), scope); err != nil && !strings.Contains(err.Error(), "another rebuild") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	sound(t, st)
}
