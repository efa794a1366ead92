package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

var putCases = []testCase{
	{"adds when there is none", func(t *briefT, st store.Store) {
		f := vote(0, "u", text("note"), tags("a", "b"), score(0.25))
		now, before := put(t, st, f)
		same(t, "Put", now, f.Normalize())
		if before != nil {
			t.Errorf("before is %+v, want nil", before)
		}
		same(t, "Get", get(t, st, byKey(f)), f.Normalize())
	}},
	{"replaces all but the ID", func(t *briefT, st store.Store) {
		first := vote(0, "u", text("bad"), tags("slow", "wrong"), score(0))
		put(t, st, first)
		second := vote(90, "u", score(1))
		now, before := put(t, st, second)
		want := second.Normalize()
		want.ID = first.ID // text and tags are gone, updated_at is the second's
		same(t, "Put", now, want)
		if before == nil {
			t.Fatal("before is nil, want the first vote")
		}
		same(t, "Put's before", *before, first.Normalize())
		same(t, "Get", get(t, st, byKey(first)), want)
		sameList(t, "List", all(t, st, store.Query{}, 10), []store.Feedback{want})
		if got := now.UpdatedAt.Sub(now.CreatedAt()); got != 90*time.Minute {
			t.Errorf("updated %v after creation, want 90m", got)
		}
		isErr(t, "Get by the second's ID", getErr(t, st, byID(second)), store.ErrNotFound)
		sameSummary(t, st, store.Filter{}, store.Day, []store.Feedback{want})
		sameSummary(t, st, store.Filter{Tag: "slow"}, store.NoInterval, nil)
	}},
	{"keeps the caller's UpdatedAt, even one before what it replaces", func(t *briefT, st store.Store) {
		var before *store.Feedback
		for i, at := range []time.Time{epoch.Add(2 * time.Hour), epoch.Add(time.Hour), epoch.Add(-time.Hour)} {
			f := vote(0, "u", func(f *store.Feedback) { f.UpdatedAt = at })
			var now store.Feedback
			now, before = put(t, st, f)
			if !now.UpdatedAt.Equal(at) {
				t.Errorf("Put %d returned UpdatedAt %v, want %v", i, now.UpdatedAt, at)
			}
			same(t, "Get", get(t, st, byKey(f)), now)
		}
		if want := epoch.Add(time.Hour); !before.UpdatedAt.Equal(want) {
			t.Errorf("Put's before has UpdatedAt %v, want %v", before.UpdatedAt, want)
		}
	}},
	{"takes the ID's time for a zero UpdatedAt, also when it replaces", func(t *briefT, st store.Store) {
		for i, want := range []time.Time{epoch, epoch.Add(time.Hour)} {
			f := vote(60*i, "u")
			f.UpdatedAt = time.Time{}
			now, _ := put(t, st, f)
			if got := get(t, st, byKey(f)); !now.UpdatedAt.Equal(want) || !got.UpdatedAt.Equal(want) {
				t.Errorf("Put returned UpdatedAt %v, Get %v, want %v", now.UpdatedAt, got.UpdatedAt, want)
			}
		}
	}},
	{"normalizes -0", func(t *briefT, st store.Store) {
		now, _ := put(t, st, vote(0, "u", score(math.Copysign(0, -1))))
		if got := get(t, st, byKey(now)); math.Signbit(now.Score) || math.Signbit(got.Score) {
			t.Error("-0 came back as -0, want 0")
		}
	}},
	{"is safe to repeat", func(t *briefT, st store.Store) {
		f := vote(0, "u", tags("a"))
		put(t, st, f)
		now, before := put(t, st, f)
		same(t, "Put", now, f.Normalize())
		if before == nil || !before.Equal(f.Normalize()) {
			t.Errorf("before is %+v, want the vote itself", before)
		}
		sameSummary(t, st, store.Filter{}, store.NoInterval, []store.Feedback{f.Normalize()})
	}},
	{"keeps votes of different people, messages and sessions apart", func(t *briefT, st store.Store) {
		var want []store.Feedback
		for i, ids := range [][3]string{{"s", "m", "u"}, {"s", "m", "v"}, {"s", "m", ""}, {"s", "n", "u"}, {"s", "", "u"}, {"r", "m", "u"}, {"sm", "", "u"}, {"s", "mu", ""}} {
			f := record(i, score(float64(i)/10))
			f.SessionID, f.MessageID, f.UserID = ids[0], ids[1], ids[2]
			f.Key = store.VoteKey(ids[0], ids[1], ids[2])
			if _, before := put(t, st, f); before != nil {
				t.Errorf("vote %q replaced %+v", ids, before)
			}
			want = append(want, f.Normalize())
		}
		sameList(t, "List", all(t, st, store.Query{Filter: store.Filter{}, Ascending: true}, 3), want)
	}},
	{"works again after Delete, with a new ID", func(t *briefT, st store.Store) {
		first, second := vote(0, "u"), vote(1, "u", score(0))
		put(t, st, first)
		if _, err := st.Delete(t.Context(), scope, byKey(first)); err != nil {
			t.Fatal(err)
		}
		now, before := put(t, st, second)
		same(t, "Put", now, second.Normalize())
		if before != nil {
			t.Errorf("before is %+v, want nil", before)
		}
		sameSummary(t, st, store.Filter{}, store.NoInterval, []store.Feedback{now})
	}},
	{"flips back and forth without drift", func(t *briefT, st store.Store) {
		var now store.Feedback
		for i := range 20 {
			f := vote(i, "u", score(float64(i%7)/7), tags([]string{"a", "b", "c"}[i%3]))
			if i%2 == 0 {
				f.Text = "note"
			}
			now, _ = put(t, st, f)
		}
		sameSummary(t, st, store.Filter{}, store.Day, []store.Feedback{now})
	}},
	{"refuses what is no vote", func(t *briefT, st store.Store) {
		for _, key := range []string{"", store.IdempotencyKey("k"), "vote_", store.VoteKey("s", "m", "else")} {
			f := vote(0, "u")
			f.Key = key
			_, _, err := st.Put(t.Context(), f)
			isErr(t, "Put with key "+key, err, store.ErrInvalid)
		}
		sameList(t, "List", all(t, st, store.Query{}, 10), nil)
	}},
	{"refuses to add with an ID that another record bears", func(t *briefT, st store.Store) {
		other := create(t, st, record(0))[0]
		f := vote(0, "u")
		f.ID = other.ID
		_, _, err := st.Put(t.Context(), f)
		isErr(t, "Put of a new vote", err, store.ErrInvalid)
		isErr(t, "Get", getErr(t, st, byKey(f)), store.ErrNotFound)
		same(t, "Get", get(t, st, byID(other)), other)
	}},
	{"ignores the ID when it replaces", func(t *briefT, st store.Store) {
		other := create(t, st, record(0))[0]
		first := vote(1, "u")
		put(t, st, first)
		again := vote(2, "u")
		again.ID = other.ID
		want := again.Normalize()
		want.ID = first.ID
		now, before := put(t, st, again)
		same(t, "Put", now, want)
		same(t, "Put's before", *before, first.Normalize())
		same(t, "Get", get(t, st, byID(other)), other)
	}},
	{"shares no memory with its caller", func(t *briefT, st store.Store) {
		f := vote(0, "u", tags("a", "b"))
		want := f.Normalize()
		now, _ := put(t, st, f)
		f.Tags[0], now.Tags[1] = "x", "y"
		same(t, "Get", get(t, st, byKey(f)), want)
		_, before := put(t, st, vote(1, "u", tags("c")))
		same(t, "Put's before", *before, want)
	}},
}

func getErr(t testing.TB, st store.Store, r store.Ref) error {
	t.Helper()
	_, err := st.Get(t.Context(), scope, r)
	return err
}
