package store

import "github.com/humanfeedback/feedbacks/internal/quote"

// MaxLimit is the most that one page holds.
const MaxLimit = 1000

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
			return invalid("After", "must be an id, got %q", quote.Clip(q.After))
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
