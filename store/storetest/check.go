package storetest

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// broken are records that each break one rule of Check, by the JSON name of the
// field.
var broken = []struct {
	field, rule string
	mend        func(*store.Feedback)
}{
	{"assistant_id", "required", func(f *store.Feedback) { f.Scope.Assistant = "" }},
	{"assistant_id", "too long", func(f *store.Feedback) { f.Scope.Assistant = strings.Repeat("a", 256) }},
	{"account_sid", "control character", func(f *store.Feedback) { f.Scope.Account = "a\x7f" }},
	{"account_sid", "too long", func(f *store.Feedback) { f.Scope.Account = strings.Repeat("a", 256) }},
	{"id", "required", func(f *store.Feedback) { f.ID = "" }},
	{"id", "no prefix", func(f *store.Feedback) { f.ID = strings.TrimPrefix(f.ID, "aia_fdbk_") }},
	{"id", "another prefix", func(f *store.Feedback) { f.ID = strings.Replace(f.ID, "fdbk", "fdbx", 1) }},
	{"id", "upper case", func(f *store.Feedback) {
		f.ID = "aia_fdbk_" + strings.ToUpper(strings.TrimPrefix(f.ID, "aia_fdbk_")) + ""
	}},
	{"id", "too short", func(f *store.Feedback) { f.ID = f.ID[:len(f.ID)-1] }},
	{"id", "too long", func(f *store.Feedback) { f.ID += "0" }},
	{"id", "no dash", func(f *store.Feedback) { f.ID = strings.Replace(f.ID, "-", "0", 1) }},
	{"id", "no digit", func(f *store.Feedback) { f.ID = f.ID[:len(f.ID)-1] + "g" }},
	{"id", "UUIDv4", func(f *store.Feedback) { f.ID = "aia_fdbk_9b2f7cde-6a59-4a0e-8f2e-1f0b0c6f4f11" }},
	{"id", "another variant", func(f *store.Feedback) { f.ID = f.ID[:len(f.ID)-17] + "c" + f.ID[len(f.ID)-16:] }},
	{"id", "beyond the year 9999", func(f *store.Feedback) { f.ID = "aia_fdbk_ffffffff-ffff-7000-8000-000000000000" }},
	{"key", "any name", func(f *store.Feedback) { f.Key = "mine" }},
	{"key", "a vote's without hash", func(f *store.Feedback) { f.Key = "vote_" }},
	{"key", "a vote's of another person", func(f *store.Feedback) { f.Key = store.VoteKey(f.SessionID, f.MessageID, "else") }},
	{"key", "upper case", func(f *store.Feedback) { f.Key = "idem_" + strings.Repeat("A", 32) }},
	{"session_id", "required", func(f *store.Feedback) { f.SessionID = "" }},
	{"session_id", "too long", func(f *store.Feedback) { f.SessionID = strings.Repeat("é", 128) }},
	{"session_id", "U+0000", func(f *store.Feedback) { f.SessionID = "a\x00" }},
	{"session_id", "a line feed", func(f *store.Feedback) { f.SessionID = "a\n" }},
	{"session_id", "U+0085", func(f *store.Feedback) { f.SessionID = "a\u0085" }},
	{"session_id", "invalid UTF-8", func(f *store.Feedback) { f.SessionID = "a\xff" }},
	{"message_id", "too long", func(f *store.Feedback) { f.MessageID = strings.Repeat("a", 256) }},
	{"message_id", "U+001F", func(f *store.Feedback) { f.MessageID = "\x1f" }},
	{"message_id", "a surrogate", func(f *store.Feedback) { f.MessageID = "\xed\xa0\x80" }},
	{"user_id", "too long", func(f *store.Feedback) { f.UserID = strings.Repeat("a", 256) }},
	{"user_id", "U+009F", func(f *store.Feedback) { f.UserID = "\u009f" }},
	{"user_id", "an overlong form", func(f *store.Feedback) { f.UserID = "\xc0\xaf" }},
	{"score", "below 0", func(f *store.Feedback) { f.Score = -math.SmallestNonzeroFloat64 }},
	{"score", "above 1", func(f *store.Feedback) { f.Score = math.Nextafter(1, 2) }},
	{"score", "NaN", func(f *store.Feedback) { f.Score = math.NaN() }},
	{"score", "infinite", func(f *store.Feedback) { f.Score = math.Inf(1) }},
	{"text", "U+0000", func(f *store.Feedback) { f.Text = "a\x00b" }},
	{"text", "invalid UTF-8", func(f *store.Feedback) { f.Text = "a\xe2\x82" }},
	{"tags", "too many", func(f *store.Feedback) { f.Tags = strings.Split("abcdefghijk", "") }},
	{"tags", "empty", func(f *store.Feedback) { f.Tags = []string{"a", ""} }},
	{"tags", "too long", func(f *store.Feedback) { f.Tags = []string{strings.Repeat("é", 65)} }},
	{"tags", "repeated", func(f *store.Feedback) { f.Tags = []string{"a", "b", "a"} }},
	{"tags", "control character", func(f *store.Feedback) { f.Tags = []string{"a\tb"} }},
	{"tags", "invalid UTF-8", func(f *store.Feedback) { f.Tags = []string{"\x80"} }},
	{"metadata", "too many", func(f *store.Feedback) {
		f.Metadata = map[string]string{}
		for i := range store.MaxMetadata + 1 {
			f.Metadata["n"+strconv.Itoa(i)] = "v"
		}
	}},
	{"metadata", "no name", metadata("", "v")},
	{"metadata", "a name with a space", metadata("a b", "v")},
	{"metadata", "a name with a colon", metadata("a:b", "v")},
	{"metadata", "a name beyond ASCII", metadata("é", "v")},
	{"metadata", "a name too long", metadata(strings.Repeat("n", 65), "v")},
	{"metadata", "no value", metadata("n", "")},
	{"metadata", "a value too long", metadata("n", strings.Repeat("é", 501))},
	{"metadata", "U+0000", metadata("n", "a\x00")},
	{"metadata", "invalid UTF-8", metadata("n", "a\xff")},
	{"correction", "U+0000", correction("a\x00b")},
	{"correction", "invalid UTF-8", correction("a\xe2\x82")},
	{"stamped", "a tag that it has not", stamped([]string{"none"}, nil)},
	{"stamped", "a tag twice", func(f *store.Feedback) {
		tags("a", "b")(f)
		stamped([]string{"a", "a"}, nil)(f)
	}},
	{"stamped", "a name that it has not", stamped(nil, []string{"none"})},
	{"stamped", "a name twice", func(f *store.Feedback) {
		metadata("a", "1")(f)
		stamped(nil, []string{"a", "a"})(f)
	}},
	{"verdict", "none", func(f *store.Feedback) { f.Review = &store.Review{At: epoch} }},
	{"verdict", "another", review(func(r *store.Review) { r.Verdict = "Agree" })},
	{"note", "U+0000", review(func(r *store.Review) { r.Note = "a\x00b" })},
	{"note", "invalid UTF-8", review(func(r *store.Review) { r.Note = "a\xe2\x82" })},
	{"actor", "too long", review(func(r *store.Review) { r.Actor = strings.Repeat("a", 256) })},
	{"actor", "control character", review(func(r *store.Review) { r.Actor = "a\n" })},
	{"at", "no time", review(func(r *store.Review) { r.At = time.Time{} })},
	{"at", "after 9999", review(func(r *store.Review) { r.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) })},
	{"updated_at", "before 1970", func(f *store.Feedback) { f.UpdatedAt = time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC) }},
	{"updated_at", "after 9999", func(f *store.Feedback) { f.UpdatedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
}

// review gives a record a review with mend applied.
func review(mend func(*store.Review)) func(*store.Feedback) {
	return func(f *store.Feedback) {
		handled("note")(f)
		mend(f.Review)
	}
}

// whole are records at the edge of the rules.
var whole = []struct {
	rule string
	mend func(*store.Feedback)
}{
	{"ids of 255 bytes", func(f *store.Feedback) {
		f.SessionID, f.MessageID, f.UserID = strings.Repeat("s", 255), strings.Repeat("é", 127)+"m", strings.Repeat("𝄞", 63)+"uuu"
	}},
	{"10 tags of 64 characters", func(f *store.Feedback) {
		for i := range 10 {
			f.Tags = append(f.Tags, strings.Repeat("𝄞", 63)+strconv.Itoa(i))
		}
	}},
	{"1970", func(f *store.Feedback) {
		f.ID = store.NewID(time.Unix(0, 0))
		f.UpdatedAt = time.Unix(0, 0)
	}},
	{"9999", func(f *store.Feedback) {
		end := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
		f.ID, f.UpdatedAt = store.NewID(end), end
	}},
	{"updated before it was created", func(f *store.Feedback) { f.UpdatedAt = f.CreatedAt().Add(-time.Hour) }},
}

var checkCases = []testCase{
	{"a record that breaks a rule is refused by name", func(t *briefT, st store.Store) {
		kept := create(t, st, vote(0, "u", tags("a")))
		for _, c := range broken {
			f := vote(1, "v")
			c.mend(&f)
			if c.field != "key" && f.Key != "" {
				f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
			}
			_, createErr := st.Create(t.Context(), f)
			_, _, putErr := st.Put(t.Context(), f)
			now := kept[0].Normalize()
			if c.mend(&now); c.field != "key" {
				now.Key = store.VoteKey(now.SessionID, now.MessageID, now.UserID)
			}
			_, replaceErr := st.Replace(t.Context(), kept[0], now)
			for call, err := range map[string]error{"Create": createErr, "Put": putErr, "Replace": replaceErr} {
				isErr(t, call+" with "+c.field+" "+c.rule, err, store.ErrInvalid)
				fe, ok := errors.AsType[*store.FieldError](err)
				if !ok || fe.Field != c.field {
					t.Errorf("%s with %s %s: error %v, want a FieldError for %s", call, c.field, c.rule, err, c.field)
				}
			}
		}
		sameList(t, "List", all(t, st, store.Query{}, 10), kept)
		sameSummary(t, st, store.Filter{}, store.NoInterval, kept)
	}},
	{"the edges of the rules are kept", func(t *briefT, st store.Store) {
		var want []store.Feedback
		for _, c := range whole {
			f := vote(1, "v")
			c.mend(&f)
			f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
			if c.rule == "ids of 255 bytes" {
				put(t, st, f)
			} else {
				f.Key = ""
				create(t, st, f)
			}
			same(t, "Get of "+c.rule, get(t, st, byID(f)), f.Normalize())
			want = append(want, f.Normalize())
		}
		if got := all(t, st, store.Query{}, 2); len(got) != len(want) {
			t.Errorf("List returned %d records, want %d", len(got), len(want))
		}
		sameSummary(t, st, store.Filter{}, store.NoInterval, want)
	}},
	{"a scope of 255-byte ids", func(t *briefT, st store.Store) {
		s := store.Scope{Account: strings.Repeat("é", 127) + "a", Assistant: strings.Repeat("z", 255)}
		create(t, st, record(0, in(s)))
		scopes, err := st.Scopes(t.Context(), store.Scope{}, 10)
		if err != nil || len(scopes) != 1 || scopes[0] != s {
			t.Errorf("Scopes returned %+v, %v, want %+v", scopes, err, s)
		}
	}},
}
