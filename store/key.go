package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// A key is a prefix, which keeps votes and idempotency keys apart, and the first
// 16 bytes of a SHA-256 in lower-case hexadecimal.
const (
	votePrefix        = "vote_"
	idempotencyPrefix = "idem_"
	keyHashLength     = 16
)

// VoteKey returns the Key of the one vote that a person has for a message, or
// for the session as a whole when message is "". Anonymous people, user "",
// share one vote.
func VoteKey(session, message, user string) string {
	return makeKey(votePrefix, session, message, user)
}

// IdempotencyKey returns the Key of the record that was created with the given
// value of an Idempotency-Key header. Visitor holds what tells the caller from
// others of the same scope; none for a caller with the account's full access.
func IdempotencyKey(key string, visitor ...string) string {
	return makeKey(idempotencyPrefix, append([]string{key}, visitor...)...)
}

func makeKey(prefix string, parts ...string) string {
	b := make([]byte, 0, 128)
	for _, part := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part))) // else ("a","bc") and ("ab","c") are one
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	return prefix + hex.EncodeToString(sum[:keyHashLength])
}

func validKey(key string) bool {
	hash, ok := strings.CutPrefix(key, votePrefix)
	if !ok {
		hash, ok = strings.CutPrefix(key, idempotencyPrefix)
	}
	return ok && len(hash) == 2*keyHashLength && strings.Trim(hash, "0123456789abcdef") == ""
}
