package redis

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/humanfeedback/feedbacks/store"
)

// What follows a scope's base in the names of its keys. Ids are packed to 16
// bytes and keys to 17, which keeps their order.
//
//	r          hash         id → record
//	o          sorted set   ids
//	s:session  sorted set   ids of a session's records
//	u:user     sorted set   ids of a user's records
//	m          sorted set   message NUL id
//	w          sorted set   ids of the records that wait for staff
//	k          hash         key → id
//	t          sorted set   the days that have rollups, as days since 1970
//	d:day      hash         tag → rollup; tag "" counts all records of the day
//	b          hash         the layout's version, a rebuild's name and cursor
//	n          hash         the rollups that the rebuild is making
//	x          sorted set   ids and keys whose records were deleted of late, and
//	                        "" if the scope was erased from: with the time in
//	                        microseconds. It has a time to live
//
// All sorted sets but t and x have the score 0, and so the order of their members'
// bytes. Beside the scopes there is one sorted set, of all scopes.
//
// In b, an absent layout is version 1. One that is newer than layoutVersion has
// writes and summaries fail: what this version would write or count, that one
// might keep elsewhere.
const layoutVersion = 1

const (
	recordsKey = "r"
	idsKey     = "o"
	sessionKey = "s:"
	userKey    = "u:"
	messageKey = "m"
	waitingKey = "w"
	keysKey    = "k"
	daysKey    = "t"
	dayKey     = "d:"
	stateKey   = "b"
	shadowKey  = "n"
)

func (s *Store) scopesKey() string { return s.prefix + "scopes" }

// base is what the keys of a scope start with. It holds a hash of the scope's
// ids, which may contain braces, in braces: so all are in one slot.
func (s *Store) base(scope store.Scope) string {
	b := make([]byte, 0, 64)
	for _, part := range []string{scope.Account, scope.Assistant} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	return s.prefix + "{" + base64.RawURLEncoding.EncodeToString(sum[:16]) + "}:"
}

const idPrefix = "aia_fdbk_"

// packID returns the 16 bytes of a valid id's UUID.
func packID(id string) string {
	digits := strings.ReplaceAll(id[len(idPrefix):], "-", "")
	b, _ := hex.DecodeString(digits)
	return string(b)
}

var errID = errors.New("redis: corrupt id")

// unpackID returns the id that packID packed.
func unpackID(packed string) (string, error) {
	if len(packed) != 16 {
		return "", errID
	}
	var b [len(idPrefix) + 36]byte
	n := copy(b[:], idPrefix)
	for _, part := range []string{packed[:4], packed[4:6], packed[6:8], packed[8:10], packed[10:]} {
		n += hex.Encode(b[n:], []byte(part))
		if n < len(b) {
			b[n] = '-'
			n++
		}
	}
	id := string(b[:])
	if _, err := store.IDTime(id); err != nil {
		return "", errID
	}
	return id, nil
}

// The kinds of Feedback.Key, each with its prefix: the first byte when packed.
var keyKinds = [...]string{1: "vote_", 2: "idem_"}

// packKey returns a valid key's kind and 16 bytes, or "" for none.
func packKey(key string) string {
	for kind, prefix := range keyKinds {
		if hash, ok := strings.CutPrefix(key, prefix); ok && kind > 0 && key != "" {
			b, _ := hex.DecodeString(hash)
			return string(rune(kind)) + string(b)
		}
	}
	return ""
}

// unpackKey returns the key that packKey packed, of 17 bytes.
func unpackKey(packed string) string {
	return keyKinds[packed[0]] + hex.EncodeToString([]byte(packed[1:]))
}
