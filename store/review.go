package store

import (
	"time"

	"github.com/humanfeedback/feedbacks/internal/quote"
)

// A Review is what staff says of a record: with one, it is handled.
type Review struct {
	// Verdict (verdict) is what staff thinks of it.
	Verdict Verdict
	// Note (note) says why, or what was done; "" when there is none.
	Note string
	// Actor (actor) is who of the staff it was; "" where the host does not say.
	Actor string
	// At (at) is when, and is kept in microseconds.
	At time.Time
}

// A Verdict is what staff thinks of a record.
type Verdict string

// The verdicts: the giver is right, is wrong, or it cannot be told.
const (
	Agree    Verdict = "agree"
	Disagree Verdict = "disagree"
	Unclear  Verdict = "unclear"
)

// Check returns nil, or a [FieldError] for the first field that breaks a rule:
// Verdict is one of the three, Note is text as a record's, Actor is "" or as an id,
// and At is in the years 1970 to 9999.
func (r Review) Check() error {
	switch r.Verdict {
	case Agree, Disagree, Unclear:
	default:
		return invalid("verdict", "must be %s, %s or %s, got %q", Agree, Disagree, Unclear, quote.Clip(string(r.Verdict)))
	}
	if err := checkText("note", r.Note); err != nil {
		return err
	}
	if err := checkOptionalID("actor", r.Actor); err != nil {
		return err
	}
	return checkYear("at", r.At)
}

// normalize returns r as a store keeps it, sharing no memory.
func (r *Review) normalize() *Review {
	if r == nil {
		return nil
	}
	c := *r
	c.At = c.At.UTC().Truncate(time.Microsecond)
	return &c
}

func (r *Review) equal(s *Review) bool {
	if r == nil || s == nil {
		return r == s
	}
	return r.Verdict == s.Verdict && r.Note == s.Note && r.Actor == s.Actor && r.At.Equal(s.At)
}

// Handled reports whether staff has reviewed the record.
func (f Feedback) Handled() bool { return f.Review != nil }

// Waiting reports whether staff should look at the record: it is not Handled, and
// negative, as a Summary has it, or with a note or a correction.
func (f Feedback) Waiting() bool {
	return !f.Handled() && (Micros(f.Score) < ScoreUnit/2 || f.HasText() || f.HasCorrection())
}

// Reviewed returns f, which Put replaces a record with, as a store keeps it: with the
// record's review if score, text and correction are the same as before, else without.
func (f Feedback) Reviewed(before Feedback) Feedback {
	f.Review = nil
	if f.Score == before.Score && f.Text == before.Text && f.Correction == before.Correction {
		f.Review = before.Review.normalize()
	}
	return f
}

// CheckReplace is Check for Replace, of the record that it is to find and the one that
// it is to leave: one that is another record's is an error too.
func CheckReplace(was, now Feedback) error {
	for _, of := range []struct{ field, was, now string }{
		{"account_sid", was.Scope.Account, now.Scope.Account}, {"assistant_id", was.Scope.Assistant, now.Scope.Assistant},
		{"id", was.ID, now.ID}, {"session_id", was.SessionID, now.SessionID}, {"message_id", was.MessageID, now.MessageID},
		{"user_id", was.UserID, now.UserID}, {"key", was.Key, now.Key},
	} {
		if of.was != of.now {
			return invalid(of.field, "must stay as it was, %q, got %q", quote.Clip(of.was), quote.Clip(of.now))
		}
	}
	return now.Check()
}
