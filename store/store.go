package store

import (
	"context"

	"github.com/humanfeedback/feedbacks/internal/quote"
)

// A Store keeps feedback.
//
// What every implementation promises, and package storetest asserts as far as one
// healthy store can show it:
//
//   - A Store is safe for concurrent use, by many goroutines and by many
//     instances on one database.
//   - Every call stays within the scope it is given. Another scope's records are
//     as absent as ones that never were.
//   - A write that was acknowledged is seen by the next call on any instance, and
//     is as durable as the backend is configured to be. What is returned as an
//     error may have happened, at most once, if it is ErrUnavailable or the
//     context's error; it did not happen for any other error.
//   - A Create, Put, Replace, Delete or Erase whose caller has given up, or that a store
//     repeats, undoes nothing that was acknowledged to others and written after it
//     began: neither a newer vote nor a deletion or an erasure, however late it
//     arrives. A try that is known to have changed nothing may begin anew if its
//     caller still waits 5 ms later: it may take a server so long to hear that it
//     has gone. One whose outcome is not known keeps its beginning, and is
//     ErrUnavailable if something newer is in its way. Clocks of instances may differ.
//   - Invalid input is ErrInvalid and changes nothing, absence is ErrNotFound, a
//     backend that does not answer is ErrUnavailable. All may be wrapped.
//   - A call returns soon after its context ends, with an error that wraps the
//     context's. A call whose context has already ended does nothing.
//   - Feedback goes in and comes out as copies, in the form of
//     [Feedback.Normalize]. Text is compared and returned byte for byte, without
//     case folding, Unicode normalization or trimming; a Filter's Text alone is
//     looked for in any case.
//   - A condition of a Filter that a store does not know is an error, and never
//     ignored: see [Filter.Only].
//   - What a newer version of the store has written, and this one would not
//     understand whole, is ErrNewerVersion and stays as it is.
//   - Records are ordered by ID, byte for byte, which is the order in which they
//     were created.
//
// There is no Close and no Ping: whoever made the backend's client owns it.
type Store interface {
	// Create adds f and returns it as stored, or returns the record already
	// bearing its ID or, if none does, its Key. It is safe to repeat.
	Create(ctx context.Context, f Feedback) (Feedback, error)

	// Put adds the vote f, or replaces the record bearing f.Key with all of f
	// but the ID and the Review. f.Key is required and must be a VoteKey. It returns the record
	// as stored now and, if there was one, the record that it replaced;
	// now.ID == f.ID means that it was added. To add with an f.ID that another
	// record bears is ErrInvalid. When several callers put one Key at once, one adds and the
	// others replace, in some order.
	//
	// f.UpdatedAt is the caller's: Put neither checks that it is later than what
	// it replaces, nor makes it so. Zero means the time that f.ID carries, also
	// where the record keeps an older ID.
	//
	// A review is staff's, and f.Review is ignored: what is added has none, and what is
	// replaced keeps its own if score, text and correction stay the same, else loses
	// it: [Feedback.Reviewed]. That is decided as one with the replacing, whoever
	// reviews the record meanwhile.
	Put(ctx context.Context, f Feedback) (now Feedback, before *Feedback, err error)

	// Replace changes a record that the caller has seen, for what staff does: if it
	// still is was, in every field, it becomes now, which is returned as stored. Else
	// it is ErrConflict, or ErrNotFound when there is no record of that ID. now may
	// differ from was in all but Scope, ID, Key, SessionID, MessageID and UserID, or it is
	// ErrInvalid; UpdatedAt is the giver's, so staff leaves it as it was. When several
	// callers change what they have all seen, by whatever call, one of the Replaces does
	// at most. What is now already is no conflict: it is safe to repeat.
	Replace(ctx context.Context, was, now Feedback) (Feedback, error)

	// Get returns the record that r names, or ErrNotFound.
	Get(ctx context.Context, s Scope, r Ref) (Feedback, error)

	// Delete removes the record that r names and returns it, or ErrNotFound. Of
	// several callers that delete one record at once, one gets it.
	Delete(ctx context.Context, s Scope, r Ref) (Feedback, error)

	// List returns the records that q selects, at most q.Limit, in the order of
	// ID that q asks for, from just beyond q.After. A page may be short or empty
	// although more follows: only Next == "" ends a list, and any other Next is
	// beyond q.After. Records that come and go between two pages neither repeat
	// nor skip others. A list of what is Waiting, or of one session, message or user,
	// costs the same however many other records there are.
	List(ctx context.Context, s Scope, q Query) (Page, error)

	// Summarize returns statistics of the records that q selects, as they are
	// now, with an Interval their course over time, and with Compare those of tags
	// side by side. A summary without filters, or with Tag and a span of time alone,
	// costs O(days), times the tags counted on a day unless Tag is set, plus the
	// records of the days that the span cuts, and those of days with more than
	// MaxDayTags distinct tags where Tag was not counted. Any other, and any with the
	// Interval Hour, scans what q selects. How many distinct tags there are changes
	// the cost of no other call.
	Summarize(ctx context.Context, s Scope, q SummaryQuery) (Summary, error)

	// Erase removes the records that f selects and returns how many it removed,
	// also when it fails part way: it works in chunks and can be repeated. A
	// zero Filter is ErrInvalid. Records written while it works may stay; one
	// replaced meanwhile, so that f no longer selects it, does stay.
	Erase(ctx context.Context, s Scope, f Filter) (int64, error)

	// Scopes returns at most limit (1 to MaxLimit) scopes, in byte order of
	// account and then assistant, from just beyond after. Every scope that holds
	// a record is among them; some whose records are gone may be. No scopes end
	// the list.
	Scopes(ctx context.Context, after Scope, limit int) ([]Scope, error)
}

// A Ref names one record of a scope, by its ID or by its Key: one of the two is
// set.
type Ref struct {
	ID  string
	Key string
}

// Check returns nil, or a [FieldError] unless exactly one of ID and Key is set
// and well-formed.
func (r Ref) Check() error {
	if (r.ID == "") == (r.Key == "") {
		return invalid("ref", "must have an id or a key")
	}
	if r.Key != "" {
		if !validKey(r.Key) {
			return invalid("key", "must be made by VoteKey or IdempotencyKey, got %q", quote.Clip(r.Key))
		}
		return nil
	}
	_, err := IDTime(r.ID)
	return err
}
