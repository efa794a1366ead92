package proptest

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/humanfeedback/feedbacks/store"
)

// All that is drawn, but for what is invalid. The alphabets are small, so that names, times and scores collide, and hold
// what a store could take for one another or cut off.
var (
	sessions  = []string{"s", "S"}
	messages  = []string{"", "é", "e\u0301"}
	users     = []string{"", "u", "u "}
	tags      = []string{"a", "A", "ß", "ss", "a,b", `{"}`}
	idemKeys  = []string{"k", "K"}
	names     = []string{"model", "Model", "v", "a.b-c_0"}
	values    = []string{"x", "X", " ", "é", "e\u0301", `"}`, "%_\\", "\x01\r\n"}
	verdicts  = []store.Verdict{store.Agree, store.Disagree, store.Unclear}
	texts     = []string{"", " ", "good", "\x01\r\n\u2028", "'; --", "\\u0000", "\U0001f469\u200d\U0001f4bb", "\ufffd"}
	searches  = []string{"o", "GOOD", "G", "\\", "u0000", "--", ".", "\u200d", "\n"}
	scores    = []float64{0, 1, 0.5, math.Copysign(0, -1), 0.5 - 4e-7, 0.5 + 4e-7, 0.5 - 1e-6, 0.5 + 1e-6, 0.1, 0.3, 1.0 / 3, 1e-6, 1 - 1e-6, 5e-324}
	limits    = []int{1, 2, 3, 5, store.MaxLimit}
	prefixes  = []string{"", "a", "s", "ß", "t", "t1"}
	intervals = []store.Interval{store.NoInterval, store.Hour, store.Day, store.Week, store.Month}

	locations = []*time.Location{nil, nil, time.FixedZone("west", -5*3600), time.FixedZone("half", 5*3600+1800), time.FixedZone("east", 14*3600)}

	west     = time.FixedZone("", -5*3600)
	midnight = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) // a Sunday's, and a month's
	end      = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	times    = []time.Time{
		midnight, midnight.Add(-time.Microsecond), midnight.Add(time.Microsecond), midnight.Add(11 * time.Hour),
		midnight.Add(24*time.Hour - time.Microsecond), midnight.AddDate(0, 0, 1), midnight.AddDate(0, 0, 20),
		time.Unix(0, 0).UTC(), end,
	}
	bounds = slices.Concat(times, []time.Time{
		midnight.Add(1), midnight.Add(999), midnight.Add(12 * time.Hour), midnight.AddDate(0, 0, 1).Add(time.Hour), midnight.AddDate(0, 0, 3),
		midnight.In(time.FixedZone("", 7200)), time.Date(2026, 3, 2, 0, 0, 0, 0, west),
	})
	outside      = []time.Time{time.Unix(-1, 0), time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), end.Add(time.Microsecond)} // of what an id carries
	filterBounds = slices.Concat(bounds, outside)

	// ids has three of each time, the lowest and the highest among them. NewID's would
	// differ from run to run.
	ids = func() (ids []string) {
		for _, at := range times {
			first := store.MinID(at)
			ids = append(ids, first, first[:len(first)-1]+"1", strings.Replace(first, "-8000-000000000000", "-bfff-ffffffffffff", 1))
		}
		return ids
	}()
)

// crowd returns the ten tags of the n-th record of a crowd: three records bear each.
func crowd(n int) (ts []string) {
	for i := range 10 {
		ts = append(ts, fmt.Sprintf("t%d", (n*3+i)%300))
	}
	return ts
}

func pick[T any](t *rapid.T, label string, from []T) T {
	return rapid.SampledFrom(from).Draw(t, label)
}

// call draws what is special about a call: mostly nothing, sometimes a context
// that has ended or else something invalid in the arguments.
func (s *sequence) call(t *rapid.T) (ctx context.Context, invalid bool) {
	ctx = t.Context()
	switch rapid.IntRange(0, 31).Draw(t, "call") {
	case 7, 15:
		return ctx, true
	case 16:
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, false
	case 24:
		ctx, cancel := context.WithTimeout(ctx, -1)
		cancel() // too late to matter
		return ctx, false
	}
	return ctx, false
}

// feedback draws records, often with the ID, the Key or the vote of one that is or
// was there.
func (s *sequence) feedback() *rapid.Generator[store.Feedback] {
	return rapid.Custom(func(t *rapid.T) store.Feedback {
		f := store.Feedback{
			Scope:     pick(t, "scope", append(s.scopes, s.scopes[1], s.scopes[1])),
			ID:        pick(t, "id", ids),
			SessionID: pick(t, "session", sessions),
			MessageID: pick(t, "message", messages),
			UserID:    pick(t, "user", users),
			Score:     pick(t, "score", scores),
			Text:      pick(t, "text", texts),
			Tags:      rapid.SliceOfNDistinct(rapid.SampledFrom(tags), 0, 3, rapid.ID).Draw(t, "tags"),
		}
		if rapid.Bool().Draw(t, "carries") {
			f.Metadata = rapid.MapOfN(rapid.SampledFrom(names), rapid.SampledFrom(values), 0, 2).Draw(t, "metadata")
			f.Correction = pick(t, "correction", texts)
		}
		if rapid.Bool().Draw(t, "stamped") {
			stamped := func(label string, from []string) []string {
				return slices.Clone(from[:rapid.IntRange(0, len(from)).Draw(t, label)])
			}
			f.Stamped = store.Stamped{Tags: stamped("stamped tags", f.Tags), Metadata: stamped("stamped metadata", slices.Sorted(maps.Keys(f.Metadata)))}
		}
		if rapid.IntRange(0, 3).Draw(t, "reviewed") == 1 {
			f.Review = review(t)
		}
		if rapid.Bool().Draw(t, "updated") {
			f.UpdatedAt = pick(t, "updated at", bounds)
		}
		if rapid.Bool().Draw(t, "idempotent") {
			f.Key = store.IdempotencyKey(pick(t, "key", idemKeys))
		}
		if len(s.made) > 0 {
			known := pick(t, "known", s.made)
			switch rapid.IntRange(0, 5).Draw(t, "like known") {
			case 1:
				f.Scope, f.ID = known.Scope, known.ID
			case 2:
				f.Scope, f.Key = known.Scope, known.Key
				fallthrough
			case 3:
				f.SessionID, f.MessageID, f.UserID = known.SessionID, known.MessageID, known.UserID
			}
		}
		if f.IsVote() || rapid.Bool().Draw(t, "vote") {
			f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
		}
		return f
	})
}

// review draws what staff says of a record.
func review(t *rapid.T) *store.Review {
	return &store.Review{Verdict: pick(t, "verdict", verdicts), Note: pick(t, "note", texts), Actor: pick(t, "actor", users), At: pick(t, "at", bounds)}
}

// known draws records that are or were there, or may never have been; some in a
// scope that is not theirs.
func (s *sequence) known() *rapid.Generator[store.Feedback] {
	return rapid.Custom(func(t *rapid.T) store.Feedback {
		f := s.feedback().Draw(t, "any record")
		if len(s.made) > 0 && rapid.IntRange(0, 3).Draw(t, "made") > 0 {
			f = pick(t, "record", s.made)
		}
		if rapid.IntRange(0, 3).Draw(t, "any scope") == 1 {
			f.Scope = pick(t, "scope", s.scopes)
		}
		return f
	})
}

// conditions set one condition of a filter each, such that it selects r. Each field
// of a filter has one.
var conditions = []func(t *rapid.T, f *store.Filter, r store.Feedback){
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.SessionID = r.SessionID },
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.MessageID = r.MessageID },
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.UserID = r.UserID },
	func(t *rapid.T, f *store.Filter, r store.Feedback) {
		f.Tag = pick(t, "tag", slices.Concat(r.Tags, tags[:1], crowd(0)[:1]))
	},
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.MinScore = &r.Score },
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.MaxScore = &r.Score },
	func(t *rapid.T, f *store.Filter, r store.Feedback) {
		f.Text = pick(t, "text", slices.Concat([]string{strings.ToUpper(r.Text + r.Correction)}, texts[1:], searches))
		if n := len(r.Text); n > 0 && rapid.Bool().Draw(t, "its own") {
			f.Text = r.Text
		}
	},
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.HasText = new(r.HasText()) },
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.HasCorrection = new(r.HasCorrection()) },
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.Handled = new(r.Handled()) },
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.Waiting = new(r.Waiting()) },
	func(t *rapid.T, f *store.Filter, r store.Feedback) {
		f.Metadata = store.Pair{Name: pick(t, "name", names), Value: pick(t, "value", values)}
		for _, name := range slices.Sorted(maps.Keys(r.Metadata)) {
			f.Metadata = store.Pair{Name: name, Value: r.Metadata[name]}
		}
	},
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.CreatedAfter = r.CreatedAt().In(west) },
	func(_ *rapid.T, f *store.Filter, r store.Feedback) { f.CreatedBefore = r.CreatedAt().Add(1) },
	// and perhaps does not
	func(t *rapid.T, f *store.Filter, r store.Feedback) { f.CreatedAfter = pick(t, "after", filterBounds) },
	func(t *rapid.T, f *store.Filter, r store.Feedback) { f.CreatedBefore = pick(t, "before", filterBounds) },
	func(t *rapid.T, f *store.Filter, r store.Feedback) { f.CreatedBefore = r.CreatedAt().In(west) },
}

// filter draws any combination of conditions, mostly few, and mostly such that
// they select r.
func (s *sequence) filter(r store.Feedback) *rapid.Generator[store.Filter] {
	return rapid.Custom(func(t *rapid.T) (f store.Filter) {
		n := rapid.IntRange(0, 3)
		if rapid.IntRange(0, 9).Draw(t, "many") == 9 {
			n = rapid.IntRange(0, len(conditions))
		}
		for range n.Draw(t, "conditions") {
			like := r
			if rapid.IntRange(0, 3).Draw(t, "other") == 1 {
				like = s.feedback().Draw(t, "other record")
			}
			pick(t, "condition", conditions)(t, &f, like)
		}
		return f
	})
}
