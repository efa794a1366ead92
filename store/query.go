package store

import (
	"slices"
	"time"
)

// MaxLimit is the most that one page holds.
const MaxLimit = 1000

// A Filter selects records. Every condition that is set must hold; the zero
// Filter selects all.
type Filter struct {
	// SessionID, MessageID and UserID select the records of one session, message
	// or user; "" selects any.
	SessionID, MessageID, UserID string
	// Tag selects the records that bear a tag; "" selects any.
	Tag string
	// MinScore and MaxScore select by score, from 0 to 1, both inclusive.
	MinScore, MaxScore *float64
	// HasText selects the records with a note (true) or without one (false).
	HasText *bool
	// CreatedAfter (inclusive) and CreatedBefore (exclusive) select by time of
	// creation; zero is no bound.
	CreatedAfter, CreatedBefore time.Time
}

// Check returns nil, or a [FieldError] that names the parameter that breaks a
// rule of its field, as [Feedback.Check] has them.
func (f Filter) Check() error {
	if err := checkOptionalID("SessionId", f.SessionID); err != nil {
		return err
	}
	if err := checkOptionalID("MessageId", f.MessageID); err != nil {
		return err
	}
	if err := checkOptionalID("UserId", f.UserID); err != nil {
		return err
	}
	if f.Tag != "" {
		if err := checkTag("Tag", f.Tag); err != nil {
			return err
		}
	}
	if f.MinScore != nil {
		if err := checkScore("MinScore", *f.MinScore); err != nil {
			return err
		}
	}
	if f.MaxScore != nil {
		return checkScore("MaxScore", *f.MaxScore)
	}
	return nil
}

// CheckErase is Check for Erase: a Filter without any condition is an error too.
func (f Filter) CheckErase() error {
	if f.IsZero() {
		return invalid("filter", "is required: erasing needs at least one condition")
	}
	return f.Check()
}

// IsZero reports whether f has no condition, and so selects every record.
func (f Filter) IsZero() bool {
	if f.CreatedAfter.IsZero() { // in whatever location
		f.CreatedAfter = time.Time{}
	}
	if f.CreatedBefore.IsZero() {
		f.CreatedBefore = time.Time{}
	}
	return f == Filter{}
}

// ByTimeAndTagOnly reports whether f has no condition but a span of time and a
// Tag, so that whole days of it can be summed from rollups.
func (f Filter) ByTimeAndTagOnly() bool {
	f.Tag, f.CreatedAfter, f.CreatedBefore = "", time.Time{}, time.Time{}
	return f.IsZero()
}

// IDs returns the span of ids that the bounds on the time of creation select:
// from is "" or inclusive, to is "" or exclusive.
func (f Filter) IDs() (from, to string) {
	if !f.CreatedAfter.IsZero() {
		from = MinID(f.CreatedAfter)
	}
	if !f.CreatedBefore.IsZero() {
		to = MinID(f.CreatedBefore)
	}
	return from, to
}

// Match reports whether f selects r.
func (f Filter) Match(r Feedback) bool {
	return (f.CreatedAfter.IsZero() || !r.CreatedAt().Before(f.CreatedAfter)) &&
		(f.CreatedBefore.IsZero() || r.CreatedAt().Before(f.CreatedBefore)) &&
		(f.SessionID == "" || r.SessionID == f.SessionID) &&
		(f.MessageID == "" || r.MessageID == f.MessageID) &&
		(f.UserID == "" || r.UserID == f.UserID) &&
		(f.Tag == "" || slices.Contains(r.Tags, f.Tag)) &&
		(f.MinScore == nil || r.Score >= *f.MinScore) &&
		(f.MaxScore == nil || r.Score <= *f.MaxScore) &&
		(f.HasText == nil || r.HasText() == *f.HasText)
}

// A Query asks for one page of a list.
type Query struct {
	Filter
	// Ascending lists the oldest first; otherwise the newest come first.
	Ascending bool
	// After is the position to continue from: a Page's Next, or any well-formed
	// id, whether or not a record bears it. The list goes on just beyond it. ""
	// is the start.
	After string
	// Limit is the most records that the page may hold, 1 to MaxLimit.
	Limit int
	// Buffer is memory that List may put the page's records in, overwriting what
	// it holds, their Tags included, if it has room for Limit records. It spares
	// those who read page after page new slices for each. Default: nil.
	Buffer []Feedback
}

// Check returns nil, or a [FieldError] that names the parameter that breaks a
// rule.
func (q Query) Check() error {
	if err := q.Filter.Check(); err != nil {
		return err
	}
	if q.After != "" {
		if _, err := IDTime(q.After); err != nil {
			return invalid("After", "must be an id, got %q", q.After)
		}
	}
	return CheckLimit(q.Limit)
}

// CheckLimit returns nil, or a [FieldError] when limit is not 1 to MaxLimit.
func CheckLimit(limit int) error {
	if limit < 1 || limit > MaxLimit {
		return invalid("Limit", "must be between 1 and %d, got %d", MaxLimit, limit)
	}
	return nil
}

// A Page is a part of a list.
type Page struct {
	Feedbacks []Feedback
	// Next is the After of the following page, or "" when this is the last.
	Next string
}
