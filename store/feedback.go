package store

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// A Scope is whose feedback a record is: one assistant of one account. Every
// call of a Store is within one scope and sees nothing of any other.
type Scope struct {
	// Account comes from the credentials, never from a request's body. It is ""
	// where the host has a single tenant.
	Account string
	// Assistant is required.
	Assistant string
}

// A Feedback is what one person thinks of one answer, or of a whole session.
// The JSON names in the comments are those of the HTTP API.
type Feedback struct {
	// Scope says whose feedback this is (account_sid, assistant_id).
	Scope Scope
	// ID (id) is unique in its scope and carries the time of creation. Make it
	// with [NewID].
	ID string
	// Key is "" or a name that one record of the scope may bear: a [VoteKey] or
	// an [IdempotencyKey].
	Key string
	// SessionID (session_id) is required.
	SessionID string
	// MessageID (message_id) is "" when the session as a whole is rated.
	MessageID string
	// UserID (user_id) is who gave the feedback; "" is anonymous.
	UserID string
	// Score (score) is from 0 (worst) to 1 (best).
	Score float64
	// Text (text) holds notes; "" when there are none.
	Text string
	// Tags (tags) are reasons, versions of a model or a prompt, in the giver's order.
	// They are counted, each distinct one on each day: what differs from record to
	// record, such as an id, belongs in Metadata.
	Tags []string
	// Metadata (metadata) holds ids and facts of the host's, by name: trace_id,
	// span_id, response_id, model and prompt_version have a meaning that the API's
	// description gives; any other name is the host's. It is never counted: what a
	// summary is to show belongs in Tags.
	Metadata map[string]string
	// Correction (correction) is what the answer should have been; "" when there
	// is none.
	Correction string
	// Stamped (stamped) names which of the tags and metadata the host set.
	Stamped Stamped
	// Review (review) is what staff says of the record; nil when it is not handled.
	Review *Review
	// UpdatedAt (updated_at) is kept in microseconds. Zero means CreatedAt.
	UpdatedAt time.Time
}

// CreatedAt (created_at) is the time that the ID carries, in UTC with
// microseconds, or the zero time when the ID is malformed.
func (f Feedback) CreatedAt() time.Time {
	t, err := IDTime(f.ID)
	if err != nil {
		return time.Time{}
	}
	return t
}

// IsVote reports whether the record is a vote: the one record that a person
// has for a message or session, which Put replaces.
func (f Feedback) IsVote() bool { return strings.HasPrefix(f.Key, votePrefix) }

// HasText reports whether there is a note.
func (f Feedback) HasText() bool { return f.Text != "" }

// HasCorrection reports whether there is a correction.
func (f Feedback) HasCorrection() bool { return f.Correction != "" }

// Normalize returns f as a store keeps it: sharing no memory with f, -0 as 0,
// no tags and no metadata as nil, what is Stamped in byte order, and times in UTC
// microseconds: UpdatedAt as CreatedAt when it was zero.
func (f Feedback) Normalize() Feedback {
	if f.Score == 0 { // or -0
		f.Score = 0
	}
	f.Tags = append([]string(nil), f.Tags...)
	if len(f.Metadata) == 0 {
		f.Metadata = nil
	}
	f.Metadata = maps.Clone(f.Metadata)
	f.Stamped, f.Review = f.Stamped.normalize(), f.Review.normalize()
	if f.UpdatedAt.IsZero() {
		f.UpdatedAt = f.CreatedAt()
	}
	f.UpdatedAt = f.UpdatedAt.UTC().Truncate(time.Microsecond)
	return f
}

// Equal reports whether f and g are the same in every field.
func (f Feedback) Equal(g Feedback) bool {
	return f.Scope == g.Scope && f.ID == g.ID && f.Key == g.Key &&
		f.SessionID == g.SessionID && f.MessageID == g.MessageID && f.UserID == g.UserID &&
		f.Score == g.Score && f.Text == g.Text && slices.Equal(f.Tags, g.Tags) &&
		maps.Equal(f.Metadata, g.Metadata) && f.Correction == g.Correction && f.Stamped.equal(g.Stamped) &&
		f.Review.equal(g.Review) && f.UpdatedAt.Equal(g.UpdatedAt)
}
