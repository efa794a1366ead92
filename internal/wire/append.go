package wire

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/humanfeedback/feedbacks/store"
)

// JSON is appended to buffers by hand: a list of a million records is made this
// way at more than twice the speed of marshalling each.

// AppendMetadata appends an object, its names in byte order.
func AppendMetadata(b []byte, metadata map[string]string) []byte {
	if len(metadata) == 0 {
		return append(b, "{}"...)
	}
	names := make([]string, 0, store.MaxMetadata)
	for name := range metadata {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		b = append(b, "{,"[min(i, 1)])
		b = AppendString(b, name)
		b = append(b, ':')
		b = AppendString(b, metadata[name])
	}
	return append(b, '}')
}

// AppendStamped appends an object of names.
func AppendStamped(b []byte, s store.Stamped) []byte {
	b = AppendStrings(append(b, `{"tags":`...), s.Tags)
	b = AppendStrings(append(b, `,"metadata":`...), s.Metadata)
	return append(b, '}')
}

// AppendReview appends an object, without what is "" in it.
func AppendReview(b []byte, r *store.Review) []byte {
	b = AppendString(append(b, `{"verdict":`...), string(r.Verdict))
	if r.Note != "" {
		b = AppendString(append(b, `,"note":`...), r.Note)
	}
	if r.Actor != "" {
		b = AppendString(append(b, `,"actor":`...), r.Actor)
	}
	b = AppendMicros(append(b, `,"at":"`...), r.At.UTC())
	return append(b, `"}`...)
}

// AppendStrings appends an array.
func AppendStrings(b []byte, all []string) []byte {
	b = append(b, '[')
	for i, s := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, s)
	}
	return append(b, ']')
}

// Micros is the layout of times with microseconds.
const Micros = "2006-01-02T15:04:05.000000Z"

const seconds = "2006-01-02T15:04:05"

// appendTimes appends the times twice: with microseconds under the guide's
// names, in whole seconds under the names that Twilio's libraries parse.
func appendTimes(b []byte, created, updated time.Time) []byte {
	b = append(b, `,"created_at":"`...)
	c := len(b)
	b = AppendMicros(b, created)
	b = append(b, `","updated_at":"`...)
	u := len(b)
	if updated.Equal(created) {
		b = append(b, b[c:c+len(Micros)]...)
	} else {
		b = AppendMicros(b, updated)
	}
	b = append(b, `","date_created":"`...)
	b = append(b, b[c:c+len(seconds)]...)
	b = append(b, `Z","date_updated":"`...)
	b = append(b, b[u:u+len(seconds)]...)
	return append(b, `Z"`...)
}

// AppendMicros is t.AppendFormat(b, Micros) for a time in UTC, by way of the one
// layout that package time is quick at.
func AppendMicros(b []byte, t time.Time) []byte {
	b = t.AppendFormat(b, time.RFC3339)
	b[len(b)-1] = '.' // for its Z
	for n, unit := t.Nanosecond()/1000, 100_000; unit > 0; unit /= 10 {
		b = append(b, byte('0'+n/unit%10))
	}
	return append(b, 'Z')
}

// AppendString appends a JSON string. What the stores hold is valid UTF-8; what
// is not, such as a piece of a request in a message, gets U+FFFD.
func AppendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// AppendNumber appends the shortest form that reads back as f.
func AppendNumber(b []byte, f float64) []byte {
	if f != 0 && math.Abs(f) < 1e-6 {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// IsSID reports whether s has Twilio's form: two letters and 32 hexadecimal
// digits.
func IsSID(s, prefix string) bool {
	if len(s) != 34 || s[:2] != prefix {
		return false
	}
	for i := 2; i < len(s); i++ {
		if c := s[i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
