package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// RunConcurrency asserts the sentences of the contract that are about several
// callers at once. Run it with -race. newStore returns an empty store.
func RunConcurrency(t *testing.T, newStore func(testing.TB) store.Store) {
	for _, c := range slices.Concat(concurrencyCases, readerCases, reviewConcurrency, []testCase{tagConcurrency}) {
		t.Run(c.name, func(t *testing.T) { c.run(&briefT{T: t}, newStore(t)) })
	}
}

// workers is how many callers there are at once.
const workers = 8

// race calls do from every worker at the same time and waits for all.
func race(do func(worker int)) {
	var start, done sync.WaitGroup
	start.Add(1)
	for w := range workers {
		done.Go(func() {
			start.Wait()
			do(w)
		})
	}
	start.Done()
	done.Wait()
}

var concurrencyCases = []testCase{
	{"Creates of different records all stay", func(t *briefT, st store.Store) {
		var made [workers][]store.Feedback
		race(func(w int) {
			for i := range 50 {
				f := record(w*100+i, score(float64(i)/50), tags(fmt.Sprint(w)))
				if _, err := st.Create(t.Context(), f); err != nil {
					t.Errorf("Create: %v", err)
				}
				made[w] = append(made[w], f.Normalize())
			}
		})
		var want []store.Feedback
		for _, fs := range made {
			want = append(want, fs...)
		}
		sameList(t, "List", all(t, st, store.Query{Ascending: true}, 100), want)
		sameSummary(t, st, store.Filter{}, store.Hour, want)
		sameSummary(t, st, store.Filter{Tag: "3"}, store.Day, made[3])
	}},
	{"an acknowledged write is seen by the next call of anyone", func(t *briefT, st store.Store) {
		race(func(w int) {
			for i := range 25 {
				f := vote(w*100+i, fmt.Sprintf("u%d", w), score(float64(i%11)/10))
				f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
				now, _, err := st.Put(t.Context(), f)
				if err != nil {
					t.Errorf("Put: %v", err)
					return
				}
				for _, ref := range []store.Ref{byKey(f), {ID: now.ID}} {
					if got, err := st.Get(t.Context(), scope, ref); err != nil || !got.Equal(now) {
						t.Errorf("Get after Put returned %+v, %v, want %+v", got, err, now)
					}
				}
				page, err := st.List(t.Context(), scope, store.Query{Filter: store.Filter{UserID: f.UserID}, Limit: 5})
				if err != nil || len(page.Feedbacks) != 1 || !page.Feedbacks[0].Equal(now) {
					t.Errorf("List after Put returned %+v, %v, want %+v", page, err, now)
				}
			}
		})
	}},
	{"Creates of one ID or one Key make one record", func(t *briefT, st store.Store) {
		for i := range 20 {
			shared := record(i).ID
			var got [workers]store.Feedback
			race(func(w int) {
				f := record(i, score(float64(w)/workers), tags(fmt.Sprint(w)))
				f.SessionID = fmt.Sprint(i)
				switch i % 3 {
				case 0:
					f.Key = store.IdempotencyKey(f.SessionID)
				case 1:
					f.Key = store.VoteKey(f.SessionID, "", "")
				case 2:
					f.ID = shared
				}
				var err error
				if got[w], err = st.Create(t.Context(), f); err != nil {
					t.Errorf("Create: %v", err)
				}
			})
			for _, f := range got {
				if !f.Equal(got[0]) {
					t.Errorf("Create returned %+v to one and %+v to another", f, got[0])
				}
			}
			one := store.Filter{SessionID: fmt.Sprint(i)}
			sameList(t, "List", all(t, st, store.Query{Filter: one}, 10), got[:1])
		}
		sameSummary(t, st, store.Filter{}, store.Day, all(t, st, store.Query{Ascending: true}, 100))
	}},
	{"Puts of one Key leave one record, and rollups without drift", func(t *briefT, st store.Store) {
		var mu sync.Mutex
		var added int
		replaced := map[string]int{} // by what was replaced
		race(func(w int) {
			for i := range 25 {
				f := vote(w*100+i, "u", score(float64((w+i)%11)/10), tags(fmt.Sprint(w%3)), text(fmt.Sprintf("%d/%d", w, i)))
				now, before, err := st.Put(t.Context(), f)
				if err != nil {
					t.Errorf("Put: %v", err)
					return
				}
				mu.Lock()
				if before == nil {
					added++
					if now.ID != f.ID {
						t.Errorf("Put added a record with ID %s, want %s", now.ID, f.ID)
					}
				} else {
					replaced[before.Text]++
				}
				mu.Unlock()
			}
		})
		fs := all(t, st, store.Query{}, 10)
		if added != 1 || len(fs) != 1 {
			t.Fatalf("%d Puts added a record and %d are there, want 1", added, len(fs))
		}
		for text, n := range replaced { // every version is replaced once, but the last
			if n != 1 || text == fs[0].Text {
				t.Errorf("the version %q was replaced %d times; the last is %q", text, n, fs[0].Text)
			}
		}
		if len(replaced) != workers*25-1 {
			t.Errorf("%d versions were replaced, want %d", len(replaced), workers*25-1)
		}
		sameSummary(t, st, store.Filter{}, store.Day, fs)
	}},
	{"Put against Delete", func(t *briefT, st store.Store) {
		var mu sync.Mutex
		var added, removed int
		race(func(w int) {
			for i := range 25 {
				f := vote(w*100+i, "u", score(float64(w)/workers), tags(fmt.Sprint(w)))
				if w%2 == 0 {
					_, before, err := st.Put(t.Context(), f)
					if err != nil {
						t.Errorf("Put: %v", err)
					}
					mu.Lock()
					if before == nil {
						added++
					}
					mu.Unlock()
					continue
				}
				_, err := st.Delete(t.Context(), scope, byKey(f))
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Errorf("Delete: %v", err)
				}
				mu.Lock()
				if err == nil {
					removed++
				}
				mu.Unlock()
			}
		})
		fs := all(t, st, store.Query{}, 10)
		if added-removed != len(fs) {
			t.Errorf("%d added and %d removed, but %d are there", added, removed, len(fs))
		}
		sameSummary(t, st, store.Filter{}, store.Day, fs)
	}},
	{"Deletes of one record: one gets it", func(t *briefT, st store.Store) {
		for i := range 20 {
			f := create(t, st, record(i))[0]
			var mu sync.Mutex
			var got int
			race(func(int) {
				_, err := st.Delete(t.Context(), scope, byID(f))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got++
				} else if !errors.Is(err, store.ErrNotFound) {
					t.Errorf("Delete: %v", err)
				}
			})
			if got != 1 {
				t.Errorf("%d of %d Deletes got the record, want 1", got, workers)
			}
		}
		sameSummary(t, st, store.Filter{}, store.Day, nil)
	}},
	{"Erase against everything, without drift", func(t *briefT, st store.Store) {
		race(func(w int) {
			for i := range 20 {
				var err error
				switch w % 4 {
				case 0:
					_, err = st.Create(t.Context(), record(i, tags("a"), score(0.3)))
				case 1:
					_, _, err = st.Put(t.Context(), vote(i, fmt.Sprint(i%3), tags("b"), score(float64(i)/20)))
				case 2:
					_, err = st.Erase(t.Context(), scope, store.Filter{UserID: fmt.Sprint(i % 3)})
				case 3:
					_, err = st.Erase(t.Context(), scope, store.Filter{CreatedBefore: epoch.Add(time.Duration(i) * time.Minute)})
				}
				if err != nil {
					t.Errorf("worker %d: %v", w, err)
				}
			}
		})
		fs := all(t, st, store.Query{Ascending: true}, 10)
		sameSummary(t, st, store.Filter{}, store.Hour, fs)
		sameSummary(t, st, store.Filter{Tag: "b"}, store.Day, selected(fs, store.Filter{Tag: "b"}))
	}},
	{"a list sees each record that stays, once", func(t *briefT, st store.Store) {
		stay := create(t, st, many(60)...)
		race(func(w int) {
			for i := range 10 {
				if w%2 == 0 { // records come and go around
					f := record(i*97+w, tags("goes"))
					if _, err := st.Create(t.Context(), f); err != nil {
						t.Errorf("Create: %v", err)
					}
					if _, err := st.Delete(t.Context(), scope, byID(f)); err != nil {
						t.Errorf("Delete: %v", err)
					}
					continue
				}
				var seen []store.Feedback
				for f, err := range store.All(t.Context(), st, scope, store.Query{Limit: 7, Ascending: w%4 == 1}) {
					if err != nil {
						t.Errorf("List: %v", err)
						return
					}
					if f.Tags == nil || f.Tags[0] != "goes" {
						seen = append(seen, f)
					}
				}
				if w%4 != 1 {
					seen = reversed(seen)
				}
				sameList(t, "List", seen, stay)
			}
		})
	}},
	{"callers who give up harm no others", func(t *briefT, st store.Store) {
		race(func(w int) {
			for i := range 25 {
				f := record(w*100+i, func(f *store.Feedback) { f.UserID = fmt.Sprint(w) })
				if w%2 == 0 {
					if _, err := st.Create(t.Context(), f); err != nil {
						t.Errorf("Create: %v", err)
					}
					continue
				}
				ctx, cancel := context.WithCancel(t.Context())
				go cancel()
				if _, err := st.Create(ctx, f); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("Create with a cancelled context: %v", err)
				}
				cancel()
			}
		})
		for w := 0; w < workers; w += 2 {
			if n := len(all(t, st, store.Query{Filter: store.Filter{UserID: fmt.Sprint(w)}}, 100)); n != 25 {
				t.Errorf("%d of worker %d's 25 records are there", n, w)
			}
		}
		sameSummary(t, st, store.Filter{}, store.Hour, all(t, st, store.Query{Ascending: true}, 100))
	}},
}
