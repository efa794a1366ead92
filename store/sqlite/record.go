package sqlite

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

// recordColumns are what scan reads. What a record carries is in details and staff:
// another such field takes no other column.
const recordColumns = `id, key, session_id, message_id, user_id, score, text, tags, updated_at, details, staff`

const insertSQL = `INSERT INTO feedbacks (scope, ` + recordColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

const replaceSQL = `UPDATE feedbacks SET score = ?, text = ?, tags = ?, updated_at = ?, details = ?, staff = ? WHERE scope = ? AND id = ?`

// insert adds a record, and reports whether it did: its ID and its Key were free.
func (t *tx) insert(scope int64, f *store.Feedback) (bool, error) {
	n, err := t.exec(insertSQL, scope, idBytes(f.ID), keyBytes(f.Key), f.SessionID, f.MessageID, f.UserID,
		f.Score, f.Text, strings.Join(f.Tags, tagSeparator), f.UpdatedAt.UnixMicro(), value(carried.Giver(f)), value(carried.Staff(f)))
	return n > 0, err
}

// replace sets all that a Put or Replace may of the record that bears f's ID.
func (t *tx) replace(scope int64, f *store.Feedback) error {
	_, err := t.exec(replaceSQL, f.Score, f.Text, strings.Join(f.Tags, tagSeparator), f.UpdatedAt.UnixMicro(), value(carried.Giver(f)), value(carried.Staff(f)), scope, idBytes(f.ID))
	return err
}

// tagSeparator is between tags: no tag has a control character.
const tagSeparator = "\x1f"

// value is what a record carries, nil for nothing.
func value(value string, _ int) any {
	if value == "" {
		return nil
	}
	return value
}

// scan returns the record that a row of recordColumns holds, but for its scope. The
// error is about this record alone; the record has all but what it carries then.
func scan(v []driver.Value) (store.Feedback, error) {
	f := store.Feedback{
		ID: idOf(v[0].([]byte)), SessionID: v[2].(string), MessageID: v[3].(string), UserID: v[4].(string),
		Score: v[5].(float64), Text: v[6].(string), UpdatedAt: time.UnixMicro(v[8].(int64)).UTC(),
	}
	if key, ok := v[1].([]byte); ok {
		f.Key = keyOf(key)
	}
	if tags := v[7].(string); tags != "" {
		f.Tags = strings.Split(tags, tagSeparator)
	}
	if details, ok := v[9].(string); ok {
		if err := carried.Decode(details, &f); err != nil {
			return f, fmt.Errorf("sqlite: %s: %w", f.ID, err)
		}
	}
	if staff, ok := v[10].(string); ok {
		if err := carried.DecodeStaff(staff, &f); err != nil {
			return f, fmt.Errorf("sqlite: %s: %w", f.ID, err)
		}
	}
	return f, nil
}

// idPrefix is what an ID has before its UUID (store.NewID).
const idPrefix = "aia_fdbk_"

// idBytes returns the 16 bytes of a checked ID.
func idBytes(id string) []byte {
	b := make([]byte, 0, 32)
	for _, part := range strings.Split(id[len(idPrefix):], "-") {
		b = append(b, part...)
	}
	n, err := hex.Decode(b, b)
	if err != nil {
		panic("sqlite: " + err.Error()) // it was checked
	}
	return b[:n]
}

func idOf(b []byte) string {
	id := append(make([]byte, 0, len(idPrefix)+36), idPrefix...)
	for i := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			id = append(id, '-')
		}
		id = hex.AppendEncode(id, b[i:i+1])
	}
	return string(id)
}

// keyPrefixes are what Keys have before their hashes (store.VoteKey), by the byte
// that stands for each.
var keyPrefixes = map[byte]string{'v': "vote_", 'i': "idem_"}

// keyBytes returns what is stored of a checked Key, nil for none.
func keyBytes(key string) any {
	if key == "" {
		return nil
	}
	prefix, hash, _ := strings.Cut(key, "_")
	b, err := hex.AppendDecode([]byte{prefix[0]}, []byte(hash))
	if err != nil {
		panic("sqlite: " + err.Error()) // it was checked
	}
	return b
}

func keyOf(b []byte) string { return keyPrefixes[b[0]] + hex.EncodeToString(b[1:]) }
