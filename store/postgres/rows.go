package postgres

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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

// tagSeparator joins tags in an argument: an array of arrays would have to have
// rows of one length. No tag has a control character.
const tagSeparator = "\x1f"

// arguments returns the columns of records, each as one array, in the order of
// the statements' "new" and in types that need no prepared statement.
func arguments(fs []store.Feedback, until []time.Time) []any {
	n := len(fs)
	texts := make([]string, 10*n)
	column := func(i int) []string { return texts[i*n : (i+1)*n] }
	scores, updated := make([]float64, n), make([]time.Time, n)
	for i, f := range fs {
		for j, text := range [...]string{
			scopeUUID(f.Scope), f.Scope.Account, f.Scope.Assistant, uuidOf(f.ID), f.Key,
			f.SessionID, f.MessageID, f.UserID, f.Text, strings.Join(f.Tags, tagSeparator),
		} {
			texts[j*n+i] = text
		}
		scores[i], updated[i] = f.Score, f.UpdatedAt
	}
	args := make([]any, 0, 13)
	for j := range 10 {
		args = append(args, column(j))
	}
	return append(args, scores, updated, until)
}

// argumentsOfOne returns what createOneSQL says of a record, and what it adds to
// the rollups.
func argumentsOfOne(f store.Feedback) []any {
	var t store.Tally
	t.Add(f)
	args := []any{
		scopeUUID(f.Scope), f.Scope.Account, f.Scope.Assistant, uuidOf(f.ID), f.Key, f.SessionID, f.MessageID, f.UserID,
		f.Score, f.Text, append([]string{}, f.Tags...), f.UpdatedAt, // no tags are {}, not NULL
		daysSince1970(f.CreatedAt()), t.Count, t.Sum, t.Positive, t.Negative, t.WithText,
	}
	for _, n := range t.Histogram {
		args = append(args, n)
	}
	counted := append([]string{""}, f.Tags...)
	slices.Sort(counted) // as tally's rows are
	return append(args, counted)
}

// columns are what scan reads of a record. The first has a name of its own, so
// that ORDER BY id means the table's.
const columns = `id::text AS uuid, coalesce(key, ''), session_id, message_id, user_id, score, text, tags, updated_at`

// scan reads a record, but for its scope, from a row of columns, after what
// comes before these.
func scan(row pgx.Row, f *store.Feedback, before ...any) error {
	f.Tags = nil
	err := row.Scan(append(before, &f.ID, &f.Key, &f.SessionID, &f.MessageID, &f.UserID, &f.Score, &f.Text, &f.Tags, &f.UpdatedAt)...)
	f.ID, f.UpdatedAt = idPrefix+f.ID, f.UpdatedAt.UTC()
	if len(f.Tags) == 0 {
		f.Tags = nil
	}
	return err
}
