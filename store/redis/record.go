package redis

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

// A record's value starts with its stamp, which the server puts there, and what the
// scripts need to take it out of indexes and rollups (lua/record.lua). Its scope and
// ID are not in it.
//
//	 0  version, 1
//	 1  written at, by the server's clock, in microseconds since 1970, 7 bytes:
//	    greater each time that the record is written
//	 8  score in millionths, 3 bytes
//	11  flags: 1 if there is text, 2 if there is a giver's value, 4 if there is a
//	    staff's, 8 if the giver's has a correction
//	12  lengths of session, message and user
//	15  kind of the key, 0 for none
//	16  number of tags
//	17  score, as IEEE 754
//	25  updated at, in microseconds since 1970
//	33  session, message, user, 16 bytes of the key if it has a kind,
//	    the tags, each after its length less one,
//	    the giver's value (package carried) after the version that it
//	    takes, one byte, and its length, four bytes; the staff's in the
//	    same form; and the text
//
// Numbers are big-endian. What changes the layout raises the version.
const (
	recordVersion = 1
	recordStamp   = 8
	recordHead    = 25 // after the stamp
	hasText       = 1
	hasGiver      = 2
	hasStaff      = 4
	hasCorrection = 8
	maxMicros     = 253402300799_999_999 // the end of the year 9999
)

var errRecord = errors.New("redis: corrupt record")

// encode returns the value of a valid, normalized record, from after its stamp on.
func encode(f store.Feedback) string {
	key := packKey(f.Key)
	giver, giverVersion := carried.Giver(&f)
	staff, staffVersion := carried.Staff(&f)
	b := make([]byte, recordHead, 64+len(f.SessionID)+len(f.MessageID)+len(f.UserID)+len(giver)+len(staff)+len(f.Text))
	binary.BigEndian.PutUint32(b, uint32(store.Micros(f.Score))<<8)
	if f.HasText() {
		b[3] |= hasText
	}
	if giver != "" {
		b[3] |= hasGiver
	}
	if staff != "" {
		b[3] |= hasStaff
	}
	if f.HasCorrection() {
		b[3] |= hasCorrection
	}
	b[4], b[5], b[6] = byte(len(f.SessionID)), byte(len(f.MessageID)), byte(len(f.UserID))
	b[8] = byte(len(f.Tags))
	binary.BigEndian.PutUint64(b[9:], math.Float64bits(f.Score))
	binary.BigEndian.PutUint64(b[17:], uint64(f.UpdatedAt.UnixMicro()))
	b = append(b, f.SessionID...)
	b = append(b, f.MessageID...)
	b = append(b, f.UserID...)
	if key != "" {
		b[7] = key[0]
		b = append(b, key[1:]...)
	}
	for _, tag := range f.Tags {
		b = append(b, byte(len(tag)-1)) // 1 to 256 bytes
		b = append(b, tag...)
	}
	b = appendCarried(b, giver, giverVersion)
	b = appendCarried(b, staff, staffVersion)
	return string(append(b, f.Text...))
}

func appendCarried(b []byte, value string, version int) []byte {
	if value == "" {
		return b
	}
	b = append(b, byte(version))
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

// newer says that a record, or what it carries, is of a version beyond known.
func newer(what string, version byte, known int) error {
	return fmt.Errorf("redis: %w: %s of version %d, where %d is known", store.ErrNewerVersion, what, version, known)
}

// decode returns the record of a value, under its packed ID. The error is
// ErrNewerVersion, wrapped, when the value or what it carries is newer.
func decode(scope store.Scope, id, value string) (f store.Feedback, err error) {
	f.Scope = scope
	if f.ID, err = unpackID(id); err != nil {
		return store.Feedback{}, err
	}
	if value != "" && value[0] > recordVersion {
		return store.Feedback{}, newer("a record", value[0], recordVersion)
	}
	if len(value) < recordStamp+recordHead || value[0] != recordVersion {
		return store.Feedback{}, errRecord
	}
	value = value[recordStamp:]
	head, rest, whole := []byte(value[:recordHead]), value[recordHead:], true
	take := func(n int) (part string) {
		if n > len(rest) {
			n, whole = len(rest), false
		}
		part, rest = rest[:n], rest[n:]
		return part
	}
	f.SessionID, f.MessageID, f.UserID = take(int(head[4])), take(int(head[5])), take(int(head[6]))
	if kind := head[7]; int(kind) >= len(keyKinds) {
		whole = false
	} else if kind > 0 {
		if hash := take(16); whole {
			f.Key = unpackKey(string(rune(kind)) + hash)
		}
	}
	if n := int(head[8]); n > store.MaxTags {
		whole = false
	} else if n > 0 {
		f.Tags = make([]string, n)
		for i := range f.Tags {
			if length := take(1); length != "" {
				f.Tags[i] = take(int(length[0]) + 1)
			}
		}
	}
	for _, of := range [...]struct {
		flag   byte
		decode func(string, *store.Feedback) error
	}{{hasGiver, carried.Decode[string]}, {hasStaff, carried.DecodeStaff[string]}} {
		if head[3]&of.flag == 0 {
			continue
		}
		version, length := take(1), take(4)
		if !whole {
			return store.Feedback{}, errRecord
		}
		if int(version[0]) > carried.Version {
			return store.Feedback{}, newer("what a record carries", version[0], carried.Version)
		}
		value := take(int(binary.BigEndian.Uint32([]byte(length))))
		if !whole || value == "" || version[0] == 0 {
			return store.Feedback{}, errRecord
		}
		if err := of.decode(value, &f); err != nil {
			return store.Feedback{}, fmt.Errorf("redis: %w", err)
		}
	}
	f.Text = rest
	f.Score = math.Float64frombits(binary.BigEndian.Uint64(head[9:]))
	updated := binary.BigEndian.Uint64(head[17:])
	if !whole || f.SessionID == "" || head[3] > hasText|hasGiver|hasStaff|hasCorrection ||
		f.HasText() != (head[3]&hasText != 0) || f.HasCorrection() != (head[3]&hasCorrection != 0) || updated > maxMicros ||
		!(f.Score >= 0 && f.Score <= 1) || store.Micros(f.Score) != int64(binary.BigEndian.Uint32(head)>>8) {
		return store.Feedback{}, errRecord
	}
	f.UpdatedAt = time.UnixMicro(int64(updated)).UTC()
	return f, nil
}
