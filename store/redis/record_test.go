package redis

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
)

// records are at the edges of the encoding.
func records() []store.Feedback {
	f := store.Feedback{Scope: store.Scope{Assistant: "a"}, ID: store.NewID(time.Unix(1e9, 123_456_000)), SessionID: "s", Score: 1.0 / 3}
	all := f
	all.SessionID, all.MessageID, all.UserID = strings.Repeat("s", 255), strings.Repeat("m", 255), strings.Repeat("u", 255)
	all.Text = "note\x01"
	for i := range 10 {
		all.Tags = append(all.Tags, string(rune('a'+i))+strings.Repeat("𝄞", 63))
	}
	all.Key = store.VoteKey(all.SessionID, all.MessageID, all.UserID)
	all.Metadata, all.Correction = map[string]string{"model": "m\n", "trace_id": strings.Repeat("𝄞", 500)}, strings.Repeat("c", 70_000)
	bare, corrected := f, f
	bare.Metadata = map[string]string{"model": "m"}
	corrected.Correction, corrected.Text = "c", "note"
	handled, reviewed := all, corrected
	handled.Review = &store.Review{Verdict: store.Disagree, Note: "note\x01", Actor: "bob", At: time.Unix(1e9, 123_456_000)}
	reviewed.Text, reviewed.Review = "", &store.Review{Verdict: store.Agree, At: time.Unix(0, 0)}
	longest := f
	longest.Tags = []string{strings.Repeat("𝄞", 64)} // 256 bytes
	keyed := f
	keyed.Key, keyed.Score = store.IdempotencyKey("k"), 1
	first, last := f, f
	first.ID, first.Score = store.NewID(time.Unix(0, 0)), 0
	last.ID = store.NewID(time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC))
	fs := []store.Feedback{f, all, bare, corrected, handled, reviewed, longest, keyed, first, last}
	for i := range fs {
		fs[i] = fs[i].Normalize()
	}
	return fs
}

// stamp is how a script starts a value.
const stamp = "\x01\x06\x45\x00\x00\x00\x00\x00"

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	for _, f := range records() {
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
		got, err := decode(f.Scope, packID(f.ID), stamp+encode(f))
		if err != nil || !got.Equal(f) || got.Tags == nil != (f.Tags == nil) {
			t.Errorf("decode(encode(%.500q)) = %.500q, %v", fmt.Sprint(f), fmt.Sprint(got), err)
		}
		whole := stamp + encode(f)
		for n := range len(whole) - len(f.Text) {
			if n > 10_000 {
				break // within the correction
			}
			if got, err := decode(f.Scope, packID(f.ID), whole[:n]); err == nil {
				t.Errorf("the first %d bytes of %.500q make %.500q", n, whole, fmt.Sprint(got))
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, r := range records() {
		f.Add(packID(r.ID), stamp+encode(r))
	}
	f.Add("", "")
	f.Add(strings.Repeat("\xff", 16), "\x01"+strings.Repeat("\xff", 99))
	f.Fuzz(func(t *testing.T, id, value string) {
		r, err := decode(store.Scope{}, id, value)
		if err != nil {
			return
		}
		again, err := decode(store.Scope{}, packID(r.ID), stamp+encode(r))
		one := value[11]&(hasGiver|hasStaff) != 0 || r.Score == 0 || encode(r) == value[recordStamp:] // -0 becomes 0, and JSON has many spellings
		if packID(r.ID) != id || err != nil || !again.Equal(r) || !one {
			t.Errorf("decode(%q) = %+v, which encodes to %q", value, r, encode(r))
		}
	})
}

// FuzzLua feeds a script with values that it did not write: it must answer, and
// see what Go sees.
func FuzzLua(f *testing.F) {
	server := miniredis.RunT(f)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	f.Cleanup(func() { client.Close() })
	show := goredis.NewScript(refuseLua + recordLua + `
local p = parse(ARGV[2])
return table.concat({p.micros, p.text, p.session, p.message, p.user, p.key, table.concat(p.tags, ','), tostring(p.waiting)}, '|')`)
	for _, r := range records() {
		f.Add(stamp + encode(r))
	}
	f.Add("")
	f.Add("\x01" + strings.Repeat("\xff", 99))
	f.Fuzz(func(t *testing.T, value string) {
		got, luaErr := show.Run(t.Context(), client, nil, "base", value).Text()
		r, err := decode(store.Scope{}, packID(store.NewID(time.Unix(0, 0))), value)
		if err != nil {
			return // Go is stricter
		}
		text := "0"
		if r.HasText() {
			text = "1"
		}
		want := strings.Join([]string{luaNumber(store.Micros(r.Score)), text, r.SessionID, r.MessageID, r.UserID, packKey(r.Key), strings.Join(r.Tags, ","), fmt.Sprint(r.Waiting())}, "|")
		if luaErr != nil || got != want {
			t.Errorf("parse(%q) = %q, %v, want %q", value, got, luaErr, want)
		}
	})
}

func luaNumber(n int64) string {
	digits := ""
	for ; n > 0; n /= 10 {
		digits = string(rune('0'+n%10)) + digits
	}
	return cmp.Or(digits, "0")
}

func TestIDsKeepTheirOrder(t *testing.T) {
	var last string
	for _, at := range []time.Time{time.Unix(0, 0), time.Unix(0, 1000), time.Unix(1, 0), time.Unix(1e9, 0), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)} {
		for range 10 {
			id := store.NewID(at)
			packed := packID(id)
			if got, err := unpackID(packed); err != nil || got != id || packed <= last {
				t.Errorf("unpackID(packID(%q)) = %q, %v, after %q", id, got, err, last)
			}
			last = packed
		}
	}
	if packID(store.MinID(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))) <= last {
		t.Error("the highest id is not above all others")
	}
}
