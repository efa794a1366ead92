package store

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"time"

	"github.com/humanfeedback/feedbacks/internal/quote"
)

// An id is idPrefix and a UUIDv7 (RFC 9562) in lower case. Its first 48 bits are
// milliseconds since 1970; the 12 bits of rand_a are the fraction of the
// millisecond in units of 1/4096 (section 6.2, method 3), rounded up so that a
// microsecond comes back by rounding down. Ids in byte order are so in order of
// time, and the id of a time bounds the ids of all that came before it.
const (
	idPrefix = "aia_fdbk_"
	idLength = len(idPrefix) + 36

	maxMicros = 253402300799_999_999 // the end of the year 9999, RFC 3339's last
)

var newest struct {
	sync.Mutex
	head uint64 // the first 64 bits of the newest id
	tail uint64 // the last 62 bits
}

// NewID returns a new id for a record created at t, to the microsecond. Ids
// that one process makes one after the other for the same microsecond are in the
// order they were made. Times outside the years 1970 to 9999 become the nearest
// within. NewID is safe for concurrent use.
func NewID(t time.Time) string {
	head := idHead(t)
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	random := binary.BigEndian.Uint64(b[:])

	newest.Lock()
	tail := random >> 3 // 61 random bits: room to count up from
	if head == newest.head {
		tail = newest.tail + 1 + random&(1<<32-1) // method 2: a random step up
	}
	newest.head, newest.tail = head, tail
	newest.Unlock()
	return formatID(head, tail)
}

// IDTime returns the time that an id carries, in UTC with microseconds. The
// error is a [FieldError] when id is not one that NewID makes.
func IDTime(id string) (time.Time, error) {
	head, ok := parseIDHead(id)
	micros := int64(head>>16)*1000 + int64(head&0xfff)*1000/4096
	if !ok || micros > maxMicros {
		return time.Time{}, invalid("id", "must be %s and a UUIDv7, got %q", idPrefix, quote.Clip(id))
	}
	return time.UnixMicro(micros).UTC(), nil
}

// MinID returns the lowest id that a record created at t or later can have:
// records created before t have lower ids, all others the same or higher ones.
// A fraction of a microsecond in t counts as a whole one, since records carry
// whole ones only.
func MinID(t time.Time) string {
	if t.Nanosecond()%1000 != 0 {
		t = t.Add(time.Microsecond)
	}
	if t.UTC().Year() > 9999 {
		return formatID(1<<64-1-8<<12, 1<<62-1) // above the id of any record
	}
	return formatID(idHead(t), 0)
}

// idHead returns the first 64 bits of the ids of t's microsecond: milliseconds,
// version, and the fraction of the millisecond.
func idHead(t time.Time) uint64 {
	var micros int64
	switch year := t.UTC().Year(); { // UnixMicro overflows in the far past and future
	case year > 9999:
		micros = maxMicros
	case year >= 1970:
		micros = t.UnixMicro()
	}
	fraction := (uint64(micros%1000)*4096 + 999) / 1000
	return uint64(micros/1000)<<16 | 7<<12 | fraction
}

func formatID(head, tail uint64) string {
	var u [16]byte
	binary.BigEndian.PutUint64(u[:8], head)
	binary.BigEndian.PutUint64(u[8:], 2<<62|tail&(1<<62-1)) // the variant, 10
	var b [idLength]byte
	n := copy(b[:], idPrefix)
	for i, part := range [][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		if i > 0 {
			b[n] = '-'
			n++
		}
		n += hex.Encode(b[n:], part)
	}
	return string(b[:])
}

// parseIDHead checks the whole form of id and returns its first 64 bits.
func parseIDHead(id string) (head uint64, ok bool) {
	if len(id) != idLength || id[:len(idPrefix)] != idPrefix {
		return 0, false
	}
	uuid := id[len(idPrefix):]
	if uuid[8] != '-' || uuid[13] != '-' || uuid[18] != '-' || uuid[23] != '-' {
		return 0, false
	}
	high, ok1 := parseHex(uuid[:8])
	middle, ok2 := parseHex(uuid[9:13])
	low, ok3 := parseHex(uuid[14:18])
	variant, ok4 := parseHex(uuid[19:23])
	_, ok5 := parseHex(uuid[24:])
	ok = ok1 && ok2 && ok3 && ok4 && ok5 && low>>12 == 7 && variant>>14 == 2
	return high<<32 | middle<<16 | low, ok
}

// parseHex parses lower-case hexadecimal digits.
func parseHex(s string) (n uint64, ok bool) {
	var wrong byte
	for i := range len(s) {
		d := hexDigits[s[i]]
		wrong |= d
		n = n<<4 | uint64(d&15)
	}
	return n, wrong < 16
}

// hexDigits are the values of lower-case hexadecimal digits, 16 for other bytes.
var hexDigits = func() (t [256]byte) {
	for i := range t {
		t[i] = 16
	}
	for i, c := range "0123456789abcdef" {
		t[c] = byte(i)
	}
	return t
}()
