package proptest

import (
	"math"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/humanfeedback/feedbacks/store"
)

// What breaks rules. Not every one does so in every field; that both stores
// agree is all that matters.
var (
	badIDs = []string{"", "a\x00", "a\n", "\x7f", "\u0085", "\xff", "\xed\xa0\x80", "\xc0\xaf", strings.Repeat("a", 256), strings.Repeat("é", 128)}
	// badNames are also no record's ID and no Key.
	badNames = slices.Concat(badIDs, []string{
		"x", "aia_fdbk_", ids[0] + "0", ids[0][9:], strings.ToUpper(ids[0]), strings.Replace(ids[0], "-7", "-4", 1),
		"aia_fdbk_ffffffff-ffff-7000-8000-000000000000", "vote_", "idem_" + strings.Repeat("A", 32), store.VoteKey("x", "y", "z"),
	})
	badScores = []float64{-5e-324, -1, math.Nextafter(1, 2), math.NaN(), math.Inf(1), math.Inf(-1)}
	badTags   = [][]string{{""}, {"a", "a"}, {"\t"}, {"\x80"}, {strings.Repeat("é", 65)}, strings.Split("abcdefghijk", "")}
	badPairs  = []store.Pair{{Value: "x"}, {Name: "n"}, {Name: "a b", Value: "x"}, {Name: "é", Value: "x"}, {Name: strings.Repeat("n", 65), Value: "x"}, {Name: "n", Value: "\x00"}, {Name: "n", Value: "\xff"}, {Name: "n", Value: strings.Repeat("é", 501)}}
	badLimits = []int{0, -1, store.MaxLimit + 1, math.MaxInt, math.MinInt}
	badTimes  = outside
	badBy     = []store.Interval{"year", "Day", " "}
)

// breakOne makes a record break one rule.
func breakOne(t *rapid.T, f *store.Feedback) {
	switch rapid.IntRange(0, 8).Draw(t, "break") {
	case 8:
		f.Review = review(t)
		switch rapid.IntRange(0, 2).Draw(t, "break review") {
		case 0:
			f.Review.Verdict = "none"
		case 1:
			*pick(t, "field", []*string{&f.Review.Note, &f.Review.Actor}) = pick(t, "id", badIDs)
		case 2:
			f.Review.At = pick(t, "at", badTimes)
		}
	case 7:
		*pick(t, "field", []*[]string{&f.Stamped.Tags, &f.Stamped.Metadata}) = []string{"not there"}
	case 6:
		f.Metadata = map[string]string{}
		bad := pick(t, "pair", badPairs)
		f.Metadata[bad.Name] = bad.Value
	case 0:
		f.Scope = breakScope(t, f.Scope)
	case 1:
		*pick(t, "field", []*string{&f.SessionID, &f.MessageID, &f.UserID}) = pick(t, "id", badIDs)
	case 2:
		*pick(t, "field", []*string{&f.ID, &f.Key, &f.Text, &f.Correction}) = pick(t, "name", badNames)
	case 3:
		f.Score = pick(t, "score", badScores)
	case 4:
		f.Tags = slices.Clone(pick(t, "tags", badTags))
	case 5:
		f.UpdatedAt = pick(t, "updated at", badTimes)
	}
}

// breakScope returns a scope that is invalid, or else the sequence's own.
func breakScope(t *rapid.T, s store.Scope) store.Scope {
	*pick(t, "field", []*string{&s.Account, &s.Assistant}) = pick(t, "id", badIDs)
	return s
}

func breakRef(t *rapid.T, r store.Ref) store.Ref {
	switch rapid.IntRange(0, 3).Draw(t, "break") {
	case 0:
		return store.Ref{}
	case 1:
		return store.Ref{ID: ids[0], Key: store.VoteKey("s", "", "")}
	case 2:
		r.ID = pick(t, "id", badNames)
	case 3:
		r.Key = pick(t, "key", badNames)
	}
	return r
}

func breakFilter(t *rapid.T, f *store.Filter) {
	if rapid.IntRange(0, 3).Draw(t, "break pair") == 3 {
		f.Metadata = pick(t, "pair", badPairs)
		return
	}
	if rapid.Bool().Draw(t, "break") {
		*pick(t, "field", []*string{&f.SessionID, &f.MessageID, &f.UserID, &f.Tag, &f.Text}) = pick(t, "id", badIDs)
		return
	}
	*pick(t, "field", []**float64{&f.MinScore, &f.MaxScore}) = new(pick(t, "score", badScores))
}
