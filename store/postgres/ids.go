package postgres

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/humanfeedback/feedbacks/store"
)

// idPrefix is what an ID has before its UUID (store.NewID).
const idPrefix = "aia_fdbk_"

func uuidOf(id string) string { return strings.TrimPrefix(id, idPrefix) }

// scopeUUID is what stands for a scope in every table: half as long as an
// account and an assistant, in every index entry.
func scopeUUID(s store.Scope) string {
	b := make([]byte, 0, 128)
	for _, part := range []string{s.Account, s.Assistant} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part))) // else ("a","bc") and ("ab","c") are one
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	return pgtype.UUID{Bytes: [16]byte(sum[:16]), Valid: true}.String()
}
