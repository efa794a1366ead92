package handler

import "github.com/humanfeedback/feedbacks/store"

// A Principal is who makes a request.
type Principal struct {
	// Account is whose records the request is about. "" is an account too: that
	// of a host with a single tenant.
	Account string
	// Actor is the person or program that acts, in the host's own words: for the
	// host's functions to judge by. It gives no access, and is stored with a review alone,
	// where it has at most 255 bytes without control characters. "" is
	// unknown, and what [BasicAuth] and [Tokens] leave it.
	Actor string
	// Visitor narrows the access to what one person in a browser may do. Without
	// it the request has the account's full access.
	Visitor *Visitor
}

// A Visitor is a person who uses an assistant and may vote in one session, and
// read and take back the own vote, but nothing else: no lists, no summaries, no
// record by its id, no erasure.
type Visitor struct {
	// Assistant and Session are where the feedback belongs; both are required.
	Assistant, Session string
	// Message is the one message that may be rated; "" allows any of the session
	// and the session itself.
	Message string
	// User is whose feedback it is; "" is anonymous: such visitors share one vote
	// on each message.
	User string
	// MayPost lets the visitor also add feedback by POST …/Feedbacks, as much as it
	// likes: a person has one vote, but any number of posts. Default: false.
	MayPost bool
	// Stamp is what the host adds to all that the visitor gives; nil adds nothing.
	Stamp *Stamp
}

// fullAccess returns nil, or a 403 for a visitor.
func (c *call) fullAccess() error {
	if c.principal.Visitor != nil {
		return errForbidden
	}
	return nil
}

// mayPost returns nil, or a 403 for a visitor who may only vote.
func (c *call) mayPost() error {
	if v := c.principal.Visitor; v != nil && !v.MayPost {
		return errVotesOnly
	}
	return nil
}

// own returns the feedback f that the caller gives, as the visitor's own if it is
// a visitor, or a 403 where that is somebody else's.
func (c *call) own(f store.Feedback) (store.Feedback, error) {
	v := c.principal.Visitor
	if v == nil {
		return f, nil
	}
	if f.UserID == "" {
		f.UserID = v.User
	}
	if f.Scope.Assistant != v.Assistant || f.SessionID != v.Session || f.UserID != v.User ||
		v.Message != "" && f.MessageID != v.Message {
		return f, errForbidden
	}
	return f, nil
}
