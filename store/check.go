package store

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/internal/quote"
)

// The limits of a Feedback's fields.
const (
	MaxIDLength  = 255 // bytes of an account, assistant, session, message or user id
	MaxTags      = 10  // tags of a record
	MaxTagLength = 64  // characters (code points) of a tag

	MaxMetadata            = 16  // names in a record's Metadata
	MaxMetadataNameLength  = 64  // bytes of a name
	MaxMetadataValueLength = 500 // characters (code points) of a value
)

// Check returns nil, or a [FieldError] for the first field that breaks a rule.
// It is the one set of rules: the handler and every store apply it.
//
//   - Ids are 1 to 255 bytes of valid UTF-8 without control characters. Account,
//     MessageID and UserID may be "".
//   - ID is in the form that NewID makes; Key is "" or in the form that VoteKey
//     and IdempotencyKey make, and a vote's is the VoteKey of its own ids.
//   - Score is from 0 to 1.
//   - Text and Correction are valid UTF-8 without U+0000.
//   - There are at most 10 tags, of 1 to 64 characters each, valid UTF-8 without
//     control characters, none twice.
//   - Metadata has at most 16 names, of 1 to 64 ASCII letters, digits and "_.-"
//     each; a value has 1 to 500 characters, valid UTF-8 without U+0000.
//   - Stamped names tags and metadata that the record has, none twice.
//   - Review is nil, or by the rules of [Review.Check].
//   - UpdatedAt is zero or in the years 1970 to 9999.
func (f Feedback) Check() error {
	if err := f.Scope.Check(); err != nil {
		return err
	}
	if _, err := IDTime(f.ID); err != nil {
		return err
	}
	if err := CheckID("session_id", f.SessionID); err != nil {
		return err
	}
	if err := checkOptionalID("message_id", f.MessageID); err != nil {
		return err
	}
	if err := checkOptionalID("user_id", f.UserID); err != nil {
		return err
	}
	if err := f.checkKey(); err != nil {
		return err
	}
	if err := checkScore("score", f.Score); err != nil {
		return err
	}
	if err := checkText("text", f.Text); err != nil {
		return err
	}
	if err := checkTags(f.Tags); err != nil {
		return err
	}
	if err := checkMetadata(f.Metadata); err != nil {
		return err
	}
	if err := checkText("correction", f.Correction); err != nil {
		return err
	}
	if err := f.checkStamped(); err != nil {
		return err
	}
	if f.Review != nil {
		if err := f.Review.Check(); err != nil {
			return err
		}
	}
	if f.UpdatedAt.IsZero() {
		return nil
	}
	return checkYear("updated_at", f.UpdatedAt)
}

// CheckVote is Check for Put: a Feedback that is no vote is an error too.
func (f Feedback) CheckVote() error {
	if !f.IsVote() {
		return invalid("key", "must be made by VoteKey, got %q", quote.Clip(f.Key))
	}
	return f.Check()
}

// Check returns nil, or a [FieldError] when the account or assistant is no id.
func (s Scope) Check() error {
	if err := checkOptionalID("account_sid", s.Account); err != nil {
		return err
	}
	return CheckID("assistant_id", s.Assistant)
}

// CheckID returns nil, or a [FieldError] for the named field when id is not 1 to
// 255 bytes of valid UTF-8 without control characters.
func CheckID(field, id string) error {
	if id == "" {
		return invalid(field, "is required")
	}
	if len(id) > MaxIDLength {
		return invalid(field, "must be at most %d bytes, got %d", MaxIDLength, len(id))
	}
	return checkPrintable(field, id)
}

func checkOptionalID(field, id string) error {
	if id == "" {
		return nil
	}
	return CheckID(field, id)
}

func (f Feedback) checkKey() error {
	if f.Key == "" {
		return nil
	}
	if !validKey(f.Key) {
		return invalid("key", "must be made by VoteKey or IdempotencyKey, got %q", quote.Clip(f.Key))
	}
	if f.IsVote() && f.Key != VoteKey(f.SessionID, f.MessageID, f.UserID) {
		return invalid("key", "of a vote must be the VoteKey of its session_id, message_id and user_id")
	}
	return nil
}

func checkScore(field string, score float64) error {
	if score >= 0 && score <= 1 { // false for NaN
		return nil
	}
	if math.IsNaN(score) {
		return invalid(field, "must be a number between 0 and 1")
	}
	return invalid(field, "must be between 0 and 1, got %v", score)
}

func checkText(field, text string) error {
	if !utf8.ValidString(text) {
		return invalid(field, "must be valid UTF-8")
	}
	if strings.IndexByte(text, 0) >= 0 {
		return invalid(field, "must not contain U+0000")
	}
	return nil
}

func checkYear(field string, t time.Time) error {
	if year := t.UTC().Year(); year < 1970 || year > 9999 {
		return invalid(field, "must be in the years 1970 to 9999, got %s", t.UTC().Format(time.RFC3339))
	}
	return nil
}

func checkTags(tags []string) error {
	if len(tags) > MaxTags {
		return invalid("tags", "must be at most %d, got %d", MaxTags, len(tags))
	}
	for i, tag := range tags {
		if err := checkTag("tags", tag); err != nil {
			return err
		}
		for _, earlier := range tags[:i] {
			if tag == earlier {
				return invalid("tags", "must not repeat, got %q twice", quote.Clip(tag))
			}
		}
	}
	return nil
}

func checkTag(field, tag string) error {
	if tag == "" {
		return invalid(field, "must not be empty strings")
	}
	if n := utf8.RuneCountInString(tag); n > MaxTagLength {
		return invalid(field, "must be at most %d characters each, got %d", MaxTagLength, n)
	}
	return checkPrintable(field, tag)
}

// checkMetadata complains about the first name, in byte order, so that the same
// record gets the same error each time.
func checkMetadata(metadata map[string]string) error {
	if len(metadata) > MaxMetadata {
		return invalid("metadata", "must have at most %d names, got %d", MaxMetadata, len(metadata))
	}
	if len(metadata) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		if err := (Pair{name, metadata[name]}).check("metadata"); err != nil {
			return err
		}
	}
	return nil
}

// A Pair is one name of a record's Metadata with its value.
type Pair struct{ Name, Value string }

func (p Pair) check(field string) error {
	const rule = "must have names of 1 to %d letters, digits and _.-, got "
	if n := len(p.Name); n > MaxMetadataNameLength { // too long to be quoted
		return invalid(field, rule+"one of %d bytes", MaxMetadataNameLength, n)
	}
	if p.Name == "" || strings.Trim(p.Name, nameChars) != "" {
		return invalid(field, rule+"%q", MaxMetadataNameLength, quote.Clip(p.Name))
	}
	if n := utf8.RuneCountInString(p.Value); n == 0 || n > MaxMetadataValueLength {
		return invalid(field, "must have values of 1 to %d characters, got %d of %s", MaxMetadataValueLength, n, p.Name)
	}
	return checkText(field, p.Value)
}

const nameChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

func checkPrintable(field, s string) error {
	ascii := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return invalid(field, "must not contain control characters, got %q", quote.Clip(s))
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return nil
	}
	if !utf8.ValidString(s) {
		return invalid(field, "must be valid UTF-8")
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return invalid(field, "must not contain control characters, got %q", quote.Clip(s))
	}
	return nil
}
