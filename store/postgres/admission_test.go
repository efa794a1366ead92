package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// tagged makes a record with tags.
func tagged(t *testing.T, st store.Store, tags ...string) store.Feedback {
	t.Helper()
	f := record("")
	f.Tags = tags
	f, err := st.Create(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// fill makes records with tags from a first one on, as many as a day counts, and
// one tag that is on all of them.
func fill(t *testing.T, st store.Store, first int) {
	t.Helper()
	for n := range store.MaxDayTags - 1 {
		tagged(t, st, tag(first+n), "all")
	}
}

// isComplete asserts whether all tags are counted.
func isComplete(t *testing.T, st store.Store, want bool) {
	t.Helper()
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.TagsComplete != want {
		t.Errorf("the tags are complete: %v, %v; want %v", s.TagsComplete, err, want)
	}
}

// isCounted asserts how many records with a tag are counted as such.
func isCounted(t *testing.T, st store.Store, tag string, want int64) {
	t.Helper()
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Tags[tag] != want {
		t.Errorf("%q is counted %d times, %v; want %d", tag, s.Tags[tag], err, want)
	}
}

func TestADayCountsSoManyTags(t *testing.T) {
	for name, fold := range map[string]bool{"in deltas": false, "in rollups": true} {
		t.Run(name, func(t *testing.T) {
			if fold {
				postgres.FoldOften(t)
			}
			st := newStore(t)
			fill(t, st, 0)
			isComplete(t, st, true)
			one := tagged(t, st, "one more", "all")
			two := tagged(t, st, "one more")
			isComplete(t, st, false)
			isCounted(t, st, "one more", 0)
			isCounted(t, st, "all", 200)
			isExact(t, st)

			remove := func(f store.Feedback) {
				t.Helper()
				if _, err := st.Delete(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
					t.Fatal(err)
				}
			}
			with := func(tag string) store.Feedback {
				t.Helper()
				page, err := st.List(t.Context(), scope, store.Query{Filter: store.Filter{Tag: tag}, Limit: 1})
				if err != nil || len(page.Feedbacks) != 1 {
					t.Fatal(page, err)
				}
				return page.Feedbacks[0]
			}
			remove(one)
			remove(with(tag(0))) // which makes room, but the day is closed
			late := tagged(t, st, "late")
			remove(tagged(t, st, "late"))
			isComplete(t, st, false)
			isCounted(t, st, "late", 0)
			isExact(t, st)

			remove(two)
			isComplete(t, st, false)
			tagged(t, st, tag(1)) // so that it is known to be closed
			remove(late)
			isComplete(t, st, true)
			for range 2 {
				tagged(t, st, "another")
			}
			isComplete(t, st, true)
			isCounted(t, st, "another", 2)

			tagged(t, st, "closes it again")
			isComplete(t, st, false)
			for _, tag := range []string{"closes it again", "another"} {
				if _, err := st.Erase(t.Context(), scope, store.Filter{Tag: tag}); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				tagged(t, st, "a third")
			}
			isComplete(t, st, true)
			isCounted(t, st, "a third", 2)
			isExact(t, st)
		})
	}
}

// Another day, or scope, has its own.
func TestDaysCountTagsApart(t *testing.T) {
	st := newStore(t)
	fill(t, st, 0)
	f := record("")
	f.ID, f.Tags = store.NewID(time.Now().AddDate(0, 0, -1)), []string{"yesterday"}
	if _, err := st.Create(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	isComplete(t, st, true)
	isExact(t, st)
}

// A vote's tags are counted on the day of the vote, whenever it is changed.
func TestVotesChangeWhatIsCounted(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	v := vote("u", 1)
	v.ID = store.NewID(time.Now().AddDate(0, 0, -1))
	put := func(tags ...string) {
		t.Helper()
		w := vote("u", 0.25)
		w.Tags = tags
		if v.Tags == nil { // the first time
			w.ID = v.ID
		}
		if _, _, err := st.Put(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		v.Tags = []string{}
		isExact(t, st)
	}
	put("a")
	fill(t, st, 0) // today
	for _, tags := range [][]string{{"one more"}, {"one more", "a"}, nil, {"a"}, {"b", "one more"}} {
		put(tags...)
		isComplete(t, st, true)
	}
	v = vote("w", 1)
	today := func(tags ...string) {
		t.Helper()
		w := vote("w", 0.75)
		w.Tags = tags
		if _, _, err := st.Put(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		isExact(t, st)
	}
	today("one more", "all")
	isComplete(t, st, false)
	today("all", "one more")
	isComplete(t, st, false)
	page, err := st.List(t.Context(), scope, store.Query{Filter: store.Filter{Tag: tag(0)}, Limit: 1})
	if err != nil || len(page.Feedbacks) != 1 {
		t.Fatal(page, err)
	}
	if _, err := postgres.New(pool, nil).Delete(t.Context(), scope, store.Ref{ID: page.Feedbacks[0].ID}); err != nil { // which makes room
		t.Fatal(err)
	}
	today("all")
	isComplete(t, st, true)
	for range 2 {
		tagged(t, st, "fresh")
	}
	isComplete(t, st, true)
	isCounted(t, st, "fresh", 2)
	today("one more", "and another")
	isComplete(t, st, false)
	today()
	isComplete(t, st, true)
}

// Those who decide at once count a little more, and nothing wrong.
func TestInstancesAdmitAtOnce(t *testing.T) {
	pool := newPool(t, migrated(t))
	var wg sync.WaitGroup
	for i := range 4 {
		st := postgres.New(pool, nil)
		wg.Go(func() {
			for n := range 80 { // each tag by two instances
				tagged(t, st, tag(i/2*100+n), tag(200+n))
			}
		})
	}
	wg.Wait()
	st := postgres.New(pool, nil)
	isExact(t, st)
	if n := number(t, pool, "SELECT count(DISTINCT tag) FROM feedbacks_deltas"); n < store.MaxDayTags || n > store.MaxDayTags+10 {
		t.Errorf("%d tags are counted", n)
	}
}

// What an instance remembers of tags that others have erased since costs a summary
// time, and nothing else.
func TestInstancesRememberWhatIsNoMore(t *testing.T) {
	pool := newPool(t, migrated(t))
	a, b := postgres.New(pool, nil), postgres.New(pool, nil)
	fill(t, a, 0)
	tagged(t, a, "closes it")
	tagged(t, a, "closes it, and a knows")
	if _, err := b.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
		t.Fatal(err)
	}
	tagged(t, b, "new")
	tagged(t, b, "new")
	isComplete(t, b, true)
	isCounted(t, b, "new", 2)
	tagged(t, a, "new") // which a takes to be one too many
	isComplete(t, a, false)
	isCounted(t, a, "new", 2)
	isExact(t, a)

	if _, err := b.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
		t.Fatal(err)
	}
	fill(t, b, 300)
	tagged(t, b, tag(0))
	isComplete(t, b, false)
	tagged(t, a, tag(0), tag(1)) // which a takes to be counted
	isExact(t, a)
	tagged(t, b, tag(1))
	isExact(t, a)
}

// A day that was closed is looked at again.
func TestInstancesFindOutThatADayIsOpen(t *testing.T) {
	postgres.ForgetSoon(t)
	pool := newPool(t, migrated(t))
	a, b := postgres.New(pool, nil), postgres.New(pool, nil)
	fill(t, a, 0)
	tagged(t, a, "closes it")
	if _, err := b.Erase(t.Context(), scope, store.Filter{Tag: "closes it"}); err != nil {
		t.Fatal(err)
	}
	tagged(t, a, "closes it again")
	isComplete(t, a, false)
	if _, err := b.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
		t.Fatal(err)
	}
	tagged(t, a, "new")
	isComplete(t, a, true)
	isExact(t, a)
}

// A tag that was counted before its day had too many is summed without its records.
func TestWholeTagsAreNotRecounted(t *testing.T) {
	for name, fold := range map[string]bool{"in deltas": false, "in rollups": true} {
		t.Run(name, func(t *testing.T) {
			if fold {
				postgres.FoldOften(t)
			}
			lists := &counter{of: "ORDER BY f."}
			st := postgres.New(newPool(t, migrated(t), func(c *pgxpool.Config) { c.ConnConfig.Tracer = lists }), nil)
			fill(t, st, 0)
			tagged(t, st, "one more", "all")
			tagged(t, st, "and more", "all")
			for tag, want := range map[string]int64{"all": 0, tag(7): 0, "one more": 1} {
				lists.n.Store(0)
				if _, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: store.Filter{Tag: tag}}); err != nil || lists.n.Load() != want {
					t.Errorf("the summary of %q takes %d lists, %v; want %d", tag, lists.n.Load(), err, want)
				}
			}
			isExact(t, st)
		})
	}
}

// What is known of tags is not asked for.
func TestKnownTagsCostNothing(t *testing.T) {
	asked := &counter{of: "want_all"}
	pool := newPool(t, migrated(t), func(c *pgxpool.Config) { c.ConnConfig.Tracer = asked })
	st := postgres.New(pool, nil)
	costs := func(want int64, what string, do func()) {
		t.Helper()
		asked.n.Store(0)
		do()
		if n := asked.n.Load(); n != want {
			t.Errorf("%s asks %d times, want %d", what, n, want)
		}
	}
	costs(1, "a new tag", func() { tagged(t, st, "all") })
	costs(0, "a known one", func() { tagged(t, st, "all") })
	costs(0, "none", func() { tagged(t, st) })
	fill(t, st, 0)
	costs(1, "one too many", func() { tagged(t, st, "closes it") })
	costs(0, "a flood", func() {
		for i := range 20 {
			tagged(t, st, fmt.Sprint("flood ", i), tag(i))
			v := vote("u", 1)
			v.Tags = []string{fmt.Sprint("vote ", i)}
			if i == 0 {
				if _, _, err := st.Put(t.Context(), v); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	isExact(t, st)
}

// Who changes tags by hand changes them where they are not counted, too.
func TestRebuildOfADayWithTooManyTags(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	fill(t, st, 0)
	tagged(t, st, "closes it", tag(1))
	tagged(t, st, "closes it", tag(1))
	exec(t, pool, "UPDATE feedbacks SET tags[1] = $1 WHERE uncounted IS NOT NULL", tag(0))
	for range 2 {
		if err := st.Rebuild(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
		isExact(t, st)
	}
	exec(t, pool, "UPDATE feedbacks SET tags = '{by hand}', uncounted = NULL WHERE uncounted IS NOT NULL")
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	isComplete(t, st, true)
	isCounted(t, st, "by hand", 2)
	isExact(t, st)
}
