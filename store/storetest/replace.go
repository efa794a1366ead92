package storetest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

var replaceCases = []testCase{
	{"replaces what is as the caller has seen it", func(t *briefT, st store.Store) {
		put(t, st, vote(0, "u", score(0), text("bad"), tags("slow"), metadata("a", "1")))
		for _, was := range []store.Feedback{get(t, st, byKey(vote(0, "u"))), create(t, st, record(1, score(0), text("bad"), tags("slow")))[0]} {
			is := func(want store.Feedback, waiting bool) {
				t.Helper()
				same(t, "Get", get(t, st, byID(was)), want)
				for f, found := range map[store.Filter]bool{
					{UserID: was.UserID, Tag: "slow"}:                      true,
					{UserID: was.UserID, Tag: "slow", Waiting: &waiting}:   true,
					{UserID: was.UserID, Handled: new(waiting)}:            false,
					{UserID: was.UserID, Handled: new(!waiting)}:           true,
					{UserID: was.UserID, Waiting: new(!waiting)}:           false,
					{SessionID: "s", UserID: was.UserID, Text: "BAD"}:      true,
					{Waiting: new(waiting), CreatedAfter: was.CreatedAt()}: true,
				} {
					var listed []store.Feedback
					if found {
						listed = []store.Feedback{want}
					}
					sameList(t, fmt.Sprintf("List(%s)", selecting(f)), of(all(t, st, store.Query{Filter: f}, 10), was.ID), listed)
				}
			}
			is(was, true)
			now := replace(t, st, was, handled("so it is"))
			is(now, false)
			is(replace(t, st, now, handled("or not")), false)
			is(replace(t, st, get(t, st, byID(was)), func(f *store.Feedback) { f.Review = nil }), true)
		}
		sameSummary(t, st, store.Filter{}, store.Day, all(t, st, store.Query{Ascending: true}, 10))
	}},
	{"changes all but whose record it is", func(t *briefT, st store.Store) {
		put(t, st, vote(0, "u", score(0), text("bad"), tags("slow", "wrong")))
		was := get(t, st, byKey(vote(0, "u")))
		for _, mend := range [][]func(*store.Feedback){
			{tags("late")}, {tags("late", "wrong", "a"), metadata("a", "1"), stamped([]string{"wrong"}, []string{"a"})}, {score(1)}, {score(math.Copysign(0, -1))}, {text("")}, {correction("c")},
			{func(f *store.Feedback) { f.UpdatedAt = epoch.Add(-time.Hour) }}, {func(f *store.Feedback) { f.UpdatedAt = time.Time{} }},
			{tags(), metadata(), stamped(nil, nil), correction(""), text(strings.Repeat("long ", 40_000)), handled(strings.Repeat("note ", 40_000))}, {text("t")},
		} {
			was = replace(t, st, was, mend...)
			same(t, "Get", get(t, st, byKey(was)), was)
			sameList(t, "List", all(t, st, store.Query{}, 10), []store.Feedback{was})
			for _, tag := range []string{"", "slow", "late", "wrong"} {
				f := store.Filter{Tag: tag}
				sameSummary(t, st, f, store.Day, selected([]store.Feedback{was}, f))
			}
		}
		if _, err := st.Delete(t.Context(), scope, byKey(was)); err != nil {
			t.Fatal(err)
		}
		sameSummary(t, st, store.Filter{}, store.Day, nil)
		sameList(t, "List of what waits", all(t, st, store.Query{Filter: store.Filter{Waiting: new(true)}}, 10), nil)
	}},
	{"is a conflict where anything is not as the caller has seen it", func(t *briefT, st store.Store) {
		is := create(t, st, record(0, score(0.5), text("t"), tags("a", "b"), metadata("m", "1"), correction("c"), stamped([]string{"a"}, nil), handled("note")))[0]
		for name, mend := range map[string]func(*store.Feedback){
			"score": score(0.5 + 1e-9), "text": text("T"), "tags": tags("b", "a"), "a tag": tags("a"), "metadata": metadata("m", "2"), "more metadata": metadata("m", "1", "n", "1"),
			"correction": correction(""), "stamped": stamped(nil, nil), "more stamped": stamped([]string{"a", "b"}, nil), "the time": func(f *store.Feedback) { f.UpdatedAt = f.UpdatedAt.Add(time.Microsecond) },
			"the review": func(f *store.Feedback) { f.Review = nil }, "its note": handled("Note"),
			"its verdict": func(f *store.Feedback) { f.Review.Verdict = store.Unclear }, "its actor": func(f *store.Feedback) { f.Review.Actor = "" },
			"its time": func(f *store.Feedback) { f.Review.At = f.Review.At.Add(time.Microsecond) },
		} {
			was := is.Normalize()
			mend(&was)
			now := is.Normalize()
			tags("c")(&now)
			stamped(nil, nil)(&now)
			_, err := st.Replace(t.Context(), was, now)
			isErr(t, "Replace of a record with another "+name, err, store.ErrConflict)
			same(t, "Get after a conflict", get(t, st, byID(is)), is)
		}
		sameSummary(t, st, store.Filter{}, store.Day, []store.Feedback{is})
	}},
	{"is safe to repeat", func(t *briefT, st store.Store) {
		was := create(t, st, record(0, score(0), tags("a")))[0]
		now := replace(t, st, was, tags("b"), handled(""))
		for range 2 {
			again, err := st.Replace(t.Context(), was, now)
			if err != nil {
				t.Fatalf("Replace again: %v", err)
			}
			same(t, "Replace again", again, now)
		}
		replace(t, st, now)
		sameList(t, "List", all(t, st, store.Query{}, 10), []store.Feedback{now})
		sameSummary(t, st, store.Filter{}, store.Day, []store.Feedback{now})
		sameSummary(t, st, store.Filter{Tag: "a"}, store.Day, nil)
	}},
	{"finds nothing where there is no record", func(t *briefT, st store.Store) {
		gone, elsewhere := create(t, st, record(0))[0], create(t, st, record(1, in(store.Scope{Account: scope.Account, Assistant: "aia_asst_2"})))[0]
		if _, err := st.Delete(t.Context(), scope, byID(gone)); err != nil {
			t.Fatal(err)
		}
		here := elsewhere
		here.Scope = scope
		for name, f := range map[string]store.Feedback{"was never there": record(2), "is gone": gone, "is in another scope": here, "is in a scope that never was": record(3, in(store.Scope{Assistant: "none"}))} {
			now := f
			handled("")(&now)
			_, err := st.Replace(t.Context(), f, now)
			isErr(t, "Replace of what "+name, err, store.ErrNotFound)
		}
		sameList(t, "List", all(t, st, store.Query{}, 10), nil)
		got, err := st.Get(t.Context(), elsewhere.Scope, byID(elsewhere))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "Get elsewhere", got, elsewhere)
	}},
	{"makes no record another's", func(t *briefT, st store.Store) {
		was := create(t, st, record(0))[0]
		for field, mend := range map[string]func(*store.Feedback){
			"account_sid":  func(f *store.Feedback) { f.Scope.Account = "" },
			"assistant_id": func(f *store.Feedback) { f.Scope.Assistant = "aia_asst_2" },
			"id":           func(f *store.Feedback) { f.ID = record(1).ID },
			"key":          func(f *store.Feedback) { f.Key = store.IdempotencyKey("k") },
			"session_id":   func(f *store.Feedback) { f.SessionID = "S" },
			"message_id":   func(f *store.Feedback) { f.MessageID = "m" },
			"user_id":      func(f *store.Feedback) { f.UserID = "u" },
		} {
			now := was
			mend(&now)
			_, err := st.Replace(t.Context(), was, now)
			if fe, ok := errors.AsType[*store.FieldError](err); !ok || fe.Field != field {
				t.Errorf("Replace with another %s: %v, want a FieldError for it", field, err)
			}
		}
		sameList(t, "List", all(t, st, store.Query{}, 10), []store.Feedback{was})
	}},
	{"shares no memory with its caller", func(t *briefT, st store.Store) {
		was := create(t, st, record(0, tags("a"), metadata("a", "1"), handled("a")))[0]
		now := was.Normalize()
		tags("b")(&now)
		want := now.Normalize()
		got, err := st.Replace(t.Context(), was, now)
		if err != nil {
			t.Fatal(err)
		}
		now.Tags[0], now.Metadata["a"], now.Review.Note = "x", "x", "x"
		got.Tags[0], got.Metadata["a"], got.Review.Note = "y", "y", "y"
		same(t, "Get", get(t, st, byID(was)), want)
	}},
	{"a vote loses its review when score, text or correction change, and else keeps it", func(t *briefT, st store.Store) {
		for i, c := range []struct {
			name  string
			mend  []func(*store.Feedback)
			stays bool
		}{
			{"the same", nil, true},
			{"other tags", []func(*store.Feedback){tags("b"), stamped([]string{"b"}, nil)}, true},
			{"other metadata", []func(*store.Feedback){metadata("correction", "C", "text", "T")}, true},
			{"no metadata", []func(*store.Feedback){metadata()}, true},
			{"a later time", []func(*store.Feedback){func(f *store.Feedback) { f.UpdatedAt = epoch.AddDate(0, 0, 1) }}, true},
			{"another review", []func(*store.Feedback){handled("the giver's")}, true},
			{"another score", []func(*store.Feedback){score(0.25 + 1e-9)}, false},
			{"another text", []func(*store.Feedback){text("T")}, false},
			{"no text", []func(*store.Feedback){text("")}, false},
			{"another correction", []func(*store.Feedback){correction("\"é\"\r\nC")}, false},
			{"no correction", []func(*store.Feedback){correction("")}, false},
			{"no correction, but metadata of that name", []func(*store.Feedback){correction(""), metadata("correction", "\"é\"\r\nc")}, false},
		} {
			u := fmt.Sprint(i)
			given := []func(*store.Feedback){score(0.25), text("t"), tags("a"), metadata("correction", "c", "a", "\"correction\":\"C\""), correction("\"é\"\r\nc")}
			first, _ := put(t, st, vote(i, u, append(given, handled("the giver's"))...))
			if first.Handled() {
				t.Errorf("Put added a vote with the review %+v, want none", first.Review)
			}
			was := replace(t, st, first, handled("staff's"))
			f := vote(i, u, append(given, c.mend...)...)
			want := f.Normalize()
			if want.ID, want.Review = was.ID, nil; c.stays {
				want.Review = was.Review
			}
			now, before := put(t, st, f)
			same(t, "Put of "+c.name, now, want)
			if before == nil {
				t.Fatalf("Put of %s replaced nothing", c.name)
			}
			same(t, "Put's before", *before, was)
			same(t, "Get after Put of "+c.name, get(t, st, byID(was)), want)
			sameList(t, "List of what waits after Put of "+c.name, all(t, st, store.Query{Filter: store.Filter{UserID: u, Waiting: new(!c.stays)}}, 10), []store.Feedback{want})
			now, _ = put(t, st, f) // once more
			same(t, "Put again of "+c.name, now, want)
		}
		fs := all(t, st, store.Query{Ascending: true}, 100)
		waiting := store.Filter{Waiting: new(true)}
		sameList(t, "List of what waits", all(t, st, store.Query{Filter: waiting, Ascending: true}, 3), selected(fs, waiting))
		sameSummary(t, st, store.Filter{}, store.Day, fs)
	}},
	{"what waits is negative as summaries have it", func(t *briefT, st store.Store) {
		for i, s := range []float64{0, 0.25, 0.4999994, math.Nextafter(0.4999995, 0), 0.4999995, math.Nextafter(0.4999995, 1), 0.4999996, math.Nextafter(0.5, 0), 0.5, 0.5000004, 1} {
			session := fmt.Sprint(i)
			f := create(t, st, record(i, score(s), func(f *store.Feedback) { f.SessionID = session }))[0]
			sum, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: store.Filter{SessionID: session}})
			if err != nil {
				t.Fatal(err)
			}
			for _, waiting := range []bool{true, false} {
				for _, filter := range []store.Filter{{Waiting: &waiting}, {Waiting: &waiting, SessionID: session}} {
					if listed := of(all(t, st, store.Query{Filter: filter}, 10), f.ID); (len(listed) == 1) != (waiting == (sum.Negative == 1)) {
						t.Errorf("List(%s) has %d records of the score %v, of which the summary counts %d as negative", selecting(filter), len(listed), s, sum.Negative)
					}
				}
			}
		}
	}},
	{"few that wait among many that do not are one page", func(t *briefT, st store.Store) {
		fs := many(2500)
		for i := range fs {
			fs[i].Score, fs[i].Text, fs[i].Correction = 1, "", ""
		}
		fs[3].Score, fs[1000].Text, fs[1700].Correction, fs[2400].Score = 0, "t", "c", 0.1
		handled("")(&fs[2400])
		fs = create(t, st, fs...)
		want := []store.Feedback{fs[3], fs[1000], fs[1700]}
		for _, q := range []store.Query{{Limit: 1000, Ascending: true}, {Limit: 2, Ascending: true}, {Limit: 1, Ascending: true, After: fs[500].ID}, {Limit: 1000}} {
			q.Waiting = new(true)
			page, err := st.List(t.Context(), scope, q)
			if err != nil {
				t.Fatal(err)
			}
			switch q.Limit {
			case 1:
				sameList(t, "List of what waits, from between them", page.Feedbacks, want[1:2])
			case 2:
				sameList(t, "List of what waits, in pages", page.Feedbacks, want[:2])
			default:
				if page.Next != "" {
					t.Errorf("List of %d records that wait goes on at %s", len(want), page.Next)
				}
				if !q.Ascending {
					page.Feedbacks = reversed(page.Feedbacks)
				}
				sameList(t, "List of what waits", page.Feedbacks, want)
			}
		}
		if n, err := st.Erase(t.Context(), scope, store.Filter{Waiting: new(true)}); err != nil || n != 3 {
			t.Errorf("Erase of what waits returned %d, %v, want 3", n, err)
		}
		sameList(t, "List of what waits after Erase", all(t, st, store.Query{Filter: store.Filter{Waiting: new(true)}}, 10), nil)
	}},
}

// of returns the records of an ID.
func of(fs []store.Feedback, id string) (of []store.Feedback) {
	for _, f := range fs {
		if f.ID == id {
			of = append(of, f)
		}
	}
	return of
}

// reviewConcurrency are the cases about what staff and givers do at once.
var reviewConcurrency = []testCase{
	{"Replaces of what all have seen: one does", func(t *briefT, st store.Store) {
		for i := range 20 {
			was := create(t, st, record(i, score(0), tags("a")))[0]
			var errs [workers]error
			race(func(w int) {
				now := was.Normalize()
				handled(fmt.Sprint(w))(&now)
				tags(fmt.Sprint(w))(&now)
				_, errs[w] = st.Replace(t.Context(), was, now)
			})
			is := get(t, st, byID(was))
			for w, err := range errs {
				won := is.Handled() && is.Review.Note == fmt.Sprint(w) && is.Tags[0] == fmt.Sprint(w)
				if won != (err == nil) || !won && !errors.Is(err, store.ErrConflict) {
					t.Errorf("worker %d: %v, and the record is %+v", w, err, is)
				}
			}
		}
		sameSummary(t, st, store.Filter{}, store.Day, all(t, st, store.Query{Ascending: true}, 100))
		sameList(t, "List of what waits", all(t, st, store.Query{Filter: store.Filter{Waiting: new(true)}}, 10), nil)
	}},
	{"a review beside its vote's change is of the vote that it has seen", func(t *briefT, st store.Store) {
		var texts [workers][]string
		var replaced [workers][]string
		of := func(f store.Feedback) bool { return !f.Handled() || f.Review.Note == f.Text }
		put(t, st, vote(0, "u", text("first")))
		race(func(w int) {
			for i := range 25 {
				if w%2 == 0 {
					said := fmt.Sprintf("%d/%d", w, i/2) // each twice
					now, before, err := st.Put(t.Context(), vote(0, "u", text(said), tags(fmt.Sprint(i%2))))
					if err != nil || before == nil || !of(now) || !of(*before) {
						t.Errorf("Put: %+v, %+v, %v", now, before, err)
						return
					}
					if before.Text != said {
						replaced[w], texts[w] = append(replaced[w], before.Text), append(texts[w], said)
					}
					continue
				}
				f, err := st.Get(t.Context(), scope, byKey(vote(0, "u")))
				if err != nil || !of(f) {
					t.Errorf("Get: %+v, %v", f, err)
					return
				}
				now := f.Normalize()
				handled(f.Text)(&now)
				now.Review.Actor = fmt.Sprint(w, i)
				if now, err = st.Replace(t.Context(), f, now); err != nil && !errors.Is(err, store.ErrConflict) || err == nil && !of(now) {
					t.Errorf("Replace: %+v, %v", now, err)
				}
			}
		})
		is := get(t, st, byKey(vote(0, "u")))
		if !of(is) {
			t.Errorf("the vote is %+v", is)
		}
		left := map[string]int{"first": 1, is.Text: -1} // each vote is replaced as often as it was given, but for the last
		for w := range workers {
			for i := range texts[w] {
				left[texts[w][i]]++
				left[replaced[w][i]]--
			}
		}
		for said, n := range left {
			if n != 0 {
				t.Errorf("the vote %q was given and not replaced, or replaced and not given: %d", said, n)
			}
		}
		sameSummary(t, st, store.Filter{}, store.Day, []store.Feedback{is})
		sameList(t, "List of what waits", all(t, st, store.Query{Filter: store.Filter{Waiting: new(true)}}, 10), selected([]store.Feedback{is}, store.Filter{Waiting: new(true)}))
	}},
	{"a review brings nothing back that was deleted or erased", func(t *briefT, st store.Store) {
		for i := range 20 {
			u := fmt.Sprint(i)
			put(t, st, vote(i, u, score(0), tags("a")))
			race(func(w int) {
				var err error
				switch w {
				case 0:
					_, err = st.Delete(t.Context(), scope, byKey(vote(i, u)))
				case 1:
					_, err = st.Erase(t.Context(), scope, store.Filter{UserID: u})
				default:
					var f store.Feedback
					if f, err = st.Get(t.Context(), scope, byKey(vote(i, u))); err != nil {
						break
					}
					now := f.Normalize()
					handled(fmt.Sprint(w))(&now)
					if _, err = st.Replace(t.Context(), f, now); errors.Is(err, store.ErrConflict) {
						err = nil
					}
				}
				if none(err) != nil {
					t.Errorf("worker %d: %v", w, err)
				}
			})
			isErr(t, "Get", getErr(t, st, byKey(vote(i, u))), store.ErrNotFound)
		}
		sameList(t, "List of what waits", all(t, st, store.Query{Filter: store.Filter{Waiting: new(true)}}, 10), nil)
		sameSummary(t, st, store.Filter{}, store.Day, nil)
	}},
}
