package redis_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// crowd returns the ten tags of the n-th record of a crowd, which has 400.
func crowd(n int) (ts []string) {
	for i := range 10 {
		ts = append(ts, fmt.Sprintf("t%03d", (n*7+i*40)%400))
	}
	return ts
}

// sum returns the summary of what f selects.
func sum(t testing.TB, st store.Store, f store.Filter) store.Summary {
	t.Helper()
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: f, Interval: store.Day})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// soundCrowd asserts that the rollups are those of the records, where there were
// more tags than are counted. What it leaves are the records of session "keep",
// which have no tags.
func soundCrowd(t testing.TB, st store.Store) {
	t.Helper()
	rollups, scanned := sum(t, st, store.Filter{}), sum(t, st, store.Filter{MinScore: new(0.0)})
	rollups.Tags, rollups.TagsComplete, scanned.Tags = nil, true, nil
	if !reflect.DeepEqual(rollups, scanned) {
		t.Errorf("the rollups are %+v, want %+v", rollups, scanned)
	}
	kept := map[string]int64{}
	for _, f := range all(t, st) {
		for _, tag := range f.Tags {
			kept[tag]++
		}
	}
	for i, tag := range slices.Sorted(maps.Keys(kept)) {
		if i%7 > 0 {
			continue // enough
		}
		if s := sum(t, st, store.Filter{Tag: tag}); s.Tags[tag] != kept[tag] || s.Count != kept[tag] {
			t.Errorf("tag %s is counted as %d, and %d records bear it", tag, s.Count, kept[tag])
		}
	}
	if _, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
		t.Fatal(err)
	}
	if s := sum(t, st, store.Filter{}); !s.TagsComplete || len(s.Tags) > 0 {
		t.Errorf("without the records that have tags, the tags are %v, complete is %v", s.Tags, s.TagsComplete)
	}
}

// keep creates a record of session "keep".
func keep(t testing.TB, st store.Store, n int) {
	f := record(n)
	f.SessionID = "keep"
	create(t, st, f)
}

func TestTagsOfADayAreBounded(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]*goredis.Client{"server": lone(t), "miniredis": miniClient(t)} {
		t.Run(name, func(t *testing.T) {
			st := redis.New(client, &redis.Options{Prefix: newPrefix()})
			want := func(is bool, after string) {
				t.Helper()
				if sum(t, st, store.Filter{}).TagsComplete != is {
					t.Fatalf("after %s it is %v that all tags are counted", after, !is)
				}
			}
			remove := func(f store.Feedback) {
				t.Helper()
				if _, err := st.Delete(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
					t.Fatal(err)
				}
			}
			first := create(t, st, record(0, "t0"))
			for i := 1; i < store.MaxDayTags; i++ {
				create(t, st, record(0, fmt.Sprint("t", i)))
			}
			create(t, st, record(0, "t1", "t2"))
			want(true, "as many tags as are counted")
			create(t, st, record(24*60, "tomorrow"))
			want(true, "another day's tag")
			put(t, st, vote(1, "u", "t1", "one more"))
			want(false, "one more tag")

			remove(first)
			waits := create(t, st, record(2, "t3", "waits"))
			put(t, st, vote(1, "u", "t4"))
			want(false, "there was room beside an uncounted record")
			remove(waits)
			want(true, "the last uncounted record was removed")
			put(t, st, vote(1, "u", "in its place"))
			put(t, st, vote(1, "u", "in its place again"))
			want(true, "a vote's new tag took the place of its old one")
			put(t, st, vote(1, "u", "t4"))
			create(t, st, record(3, "later"))
			want(true, "a tag that takes another's place")
			put(t, st, vote(1, "u", "and one"))
			want(false, "one more tag, again")
			put(t, st, vote(1, "u", "t5"))
			want(true, "the vote has another tag")
			sound(t, st)
		})
	}
}

// Tags come and go within what is sent together, on days that have no room.
func TestManyTagsAtOnce(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]goredis.UniversalClient{"server": lone(t), "miniredis": miniClient(t), "cluster": cluster(t)} {
		t.Run(name, func(t *testing.T) {
			st := redis.New(client, &redis.Options{Prefix: newPrefix()})
			for day := range 3 {
				keep(t, st, day*24*60)
			}
			var wg sync.WaitGroup
			for w := range 64 {
				wg.Go(func() {
					for i := range 12 {
						n := w*12 + i
						f := record(n%3*24*60+n%400, crowd(n)...)
						_, err := st.Create(t.Context(), f)
						if err == nil && i%2 == 0 {
							_, err = st.Delete(t.Context(), scope, store.Ref{ID: f.ID})
						}
						if err == nil {
							_, _, err = st.Put(t.Context(), vote(n%3*24*60, fmt.Sprint(n%9), crowd(n * 3)[:n%10]...))
						}
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if sum(t, st, store.Filter{}).TagsComplete {
				t.Error("400 tags are counted")
			}
			soundCrowd(t, st)
		})
	}
}

func TestCorruptRollups(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	create(t, st, record(0, "a"))
	for _, value := range []string{"", " ", "-", "1 2 3", "corrupt", "a", "a0b1", "b1", "a1q1", "b1a1", "a1 b1", "a1.5", "a1b1 ", "a0x1"} {
		for _, tag := range []string{"", "a"} {
			client.HSet(t.Context(), baseOf(t, client, prefix)+"d:20526", tag, value)
			before := everything(t, client, prefix)
			_, errOfCreate := st.Create(t.Context(), record(1, "a"))
			_, _, errOfPut := st.Put(t.Context(), vote(1, "u", "b", "a"))
			_, errOfSummary := st.Summarize(t.Context(), scope, store.SummaryQuery{})
			for call, err := range map[string]error{"Create": errOfCreate, "Put": errOfPut, "Summarize": errOfSummary} {
				if err == nil || !strings.Contains(err.Error(), "corrupt rollup") {
					t.Errorf("%s beside the rollup %q of tag %q: %v", call, value, tag, err)
				}
			}
			if !maps.Equal(everything(t, client, prefix), before) {
				t.Errorf("beside the rollup %q of tag %q something changed", value, tag)
			}
			if err := st.Rebuild(t.Context(), scope); err != nil {
				t.Fatal(err)
			}
			sound(t, st)
		}
	}
}

// However many tags a day has, its rollups take less room than its records.
func TestRollupsTakeLessThanTheirRecords(t *testing.T) {
	t.Parallel()
	client, prefix := lone(t), newPrefix()
	st := redis.New(client, &redis.Options{Prefix: prefix})
	bytes := func() (rollups, others int64) {
		for _, key := range keysOf(t, client, prefix) {
			n, err := client.MemoryUsage(t.Context(), key, 0).Result()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(key, "}:d:") {
				rollups += n
			} else {
				others += n
			}
		}
		return rollups, others
	}
	for i := range 60 {
		f := vote(i, fmt.Sprint("user ", i))
		for j := range 10 {
			f.Tags = append(f.Tags, fmt.Sprintf("trace-%08d-%d", i, j))
		}
		put(t, st, f)
		if rollups, others := bytes(); rollups >= others {
			t.Fatalf("the rollups of %d votes take %d bytes, and all the rest %d", i+1, rollups, others)
		}
	}
}
