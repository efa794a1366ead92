package postgres

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/humanfeedback/feedbacks/internal/carried"
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

// A what is the first column of rows that a reader scans.
type what string

const (
	aRecord      what = "record"
	anAddition   what = "added"    // has but the id
	aReplaced    what = "replaced" // the record as it was, and its id
	tooNew       what = "newer"    // what a newer version wrote, and was left alone; has but the id
	writtenSince what = "since"    // what was left alone since it was written after the call began; has but the id, and when as updated_at
	isHeld       what = "held"     // what was left alone since another transaction holds it, or has deleted it; has but the id
	ofAnotherDay what = "day"      // what was left alone since it is of another day than it was taken for; has but the id
	aWindowEnd   what = "end"      // the last record examined; has but the id
	theTime      what = "time"     // the server's, as updated_at
)

var whats = []what{aRecord, anAddition, aReplaced, tooNew, writtenSince, isHeld, ofAnotherDay, aWindowEnd, theTime}

// sql is what starts a row of its kind.
func (w what) sql() string { return "'" + string(w) + "'" }

// A reader scans rows of what they are, then what the caller wants, then columns.
// Its destinations are made once for all rows.
type reader struct {
	record  store.Feedback
	details []byte
	staff   []byte
	into    []any
}

func newReader(cs []column, wanted ...any) *reader {
	r := &reader{into: make([]any, 1, 1+len(wanted)+len(cs))} // whats are not scanned
	r.into = append(r.into, wanted...)
	for _, c := range cs {
		r.into = append(r.into, c.into(r))
	}
	return r
}

// errStop ends each without an error.
var errStop = errors.New("stop")

// each calls do with each row: what it is, what of a record it holds, but for the
// scope, and an error that is about this record alone. It ends with the first
// error that do returns.
func (r *reader) each(rows pgx.Rows, err error, do func(w what, f store.Feedback, err error) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(r.into...); err != nil {
			return err
		}
		f := &r.record
		f.ID, f.UpdatedAt = idPrefix+f.ID, f.UpdatedAt.UTC()
		if len(f.Tags) == 0 {
			f.Tags = nil
		}
		err := cmp.Or(carried.Decode(r.details, f), carried.DecodeStaff(r.staff, f))
		if err != nil {
			err = badValue{fmt.Errorf("%s: %w", f.ID, err)}
		}
		if err := do(whatOf(rows.RawValues()[0]), *f, err); err == errStop {
			break
		} else if err != nil {
			return err
		}
	}
	rows.Close()
	return rows.Err()
}

// whatOf is a what without an allocation.
func whatOf(raw []byte) what {
	for _, w := range whats {
		if string(raw) == string(w) {
			return w
		}
	}
	panic(fmt.Sprintf("postgres: a row says that it is %q", raw))
}
