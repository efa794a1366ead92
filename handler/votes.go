package handler

import (
	"net/http"

	"github.com/humanfeedback/feedbacks/store"
)

// maxLookedAt is how many of a session's records a call of votes looks at: an
// anonymous visitor's have no index of their own, and those who may post can make
// any number.
const maxLookedAt = 10 * store.MaxLimit

// votes answers GET …/Sessions/{session_id}/Feedbacks: the votes of one person in
// a session, newest first, so that a page with many thumbs asks once for all.
func (c *call) votes() error {
	voter, err := c.pathVote()
	if err != nil {
		return err
	}
	if v := c.principal.Visitor; v != nil {
		voter.MessageID = v.Message
	} else if voter.UserID == "" {
		return badParam("UserId", "is required: whose votes")
	}
	if voter, err = c.own(voter); err != nil {
		return err
	}
	if c.r.Method == http.MethodHead {
		return c.head()
	}
	out := c.open(`{"feedbacks":[`)
	defer out.close()
	q := store.Query{
		Filter: store.Filter{SessionID: voter.SessionID, MessageID: voter.MessageID, UserID: voter.UserID},
		Limit:  piece,
		Buffer: []store.Feedback{}, // no record is kept
	}
	looked, votes := 0, 0
	for f, err := range store.All(c.r.Context(), c.store, c.scope, q) {
		if err != nil {
			return out.fail(err)
		}
		if f.IsVote() && f.UserID == voter.UserID { // a filter cannot ask for "", the anonymous
			out.add(&f)
			votes++
		}
		if looked++; looked == maxLookedAt || votes == store.MaxLimit {
			break
		}
	}
	*out.buf = append(*out.buf, "]}"...)
	out.flush(0)
	return nil
}
