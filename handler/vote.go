package handler

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/store"
)

// A vote is the one record that a person has for a message or a session. Who
// votes is said by the credentials of a visitor, or else by UserId in the query
// or user_id in the body; anonymous people share one vote.

// putVote answers PUT …/Feedback, below a message or a session: it adds the
// vote, or replaces all of it but its id and created_at.
func (c *call) putVote() error {
	f, err := c.pathVote()
	if err != nil {
		return err
	}
	if err := c.readBody((*call).decodeFeedback); err != nil {
		return err
	}
	b := &c.body
	for _, id := range []struct{ name, body, said, by string }{
		{"session_id", b.SessionID, f.SessionID, "the path"},
		{"message_id", b.MessageID, f.MessageID, "the path"},
		{"user_id", b.UserID, cmp.Or(f.UserID, b.UserID), "UserId"},
	} {
		if id.body != "" && id.body != id.said {
			return badParam(id.name, "must be absent or that of %s, %q, got %q", id.by, quote.Clip(id.said), quote.Clip(id.body))
		}
	}
	f.UserID = cmp.Or(f.UserID, b.UserID)
	b.Say(&f)
	stored, created, err := c.vote(f)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		c.w.Header().Set("Location", c.voteURL(&stored))
	}
	c.writeFeedback(status, &stored)
	return nil
}

// vote stores f as the caller's vote, which may be a new one.
func (c *call) vote(f store.Feedback) (stored store.Feedback, created bool, err error) {
	now := c.opts.Now()
	f.ID, f.UpdatedAt = store.NewID(now), now
	if err := f.Check(); err != nil {
		return f, false, err
	}
	if f, err = c.ownVote(f); err != nil {
		return f, false, err
	}
	if f, err = c.prepare(c.r.Context(), OpVote, f); err != nil {
		return f, false, err
	}
	stored, before, err := c.store.Put(c.r.Context(), f)
	if err != nil {
		return f, false, err
	}
	if c.opts.OnChange != nil {
		after := stored.Normalize() // a copy, which is the host's
		c.changed(before, &after)
	}
	return stored, stored.ID == f.ID, nil
}

// Vote does what PUT …/Feedback does, for a thumb that comes to the host in another
// way, such as from a chat: it stores what f says as the vote of f.UserID on f's
// message or session, by all rules of that call, with Options.Prepare and OnChange;
// Limit is not asked. r is the request that brought it. The account is p's, and the ID,
// Key, Stamped, Review and UpdatedAt that f has do not matter. The error is [ErrForbidden] for
// what a visitor may not do, a [store.FieldError] for what breaks a rule, Prepare's or
// the store's.
func (h *Handler) Vote(r *http.Request, p Principal, f store.Feedback) (store.Feedback, error) {
	c := &call{Handler: h, r: r, principal: p}
	f.Scope.Account, f.Stamped, f.Review = p.Account, store.Stamped{}, nil
	stored, err := c.giveVote(f)
	if e, ok := errors.AsType[*apiError](err); ok && e.status == http.StatusForbidden {
		return store.Feedback{}, fmt.Errorf("%w: %s", ErrForbidden, e.message)
	}
	return stored, err
}

// giveVote is vote for what no body has said.
func (c *call) giveVote(f store.Feedback) (store.Feedback, error) {
	if c.principal.Visitor != nil && len(f.Metadata) > 0 {
		return store.Feedback{}, errMetadata
	}
	if err := c.mayTag(f.Tags); err != nil {
		return store.Feedback{}, err
	}
	if err := c.fits(f.Text, f.Correction, ""); err != nil {
		return store.Feedback{}, err
	}
	f.Key = "" // the voter may not be known yet
	stored, _, err := c.vote(f)
	if err != nil {
		return store.Feedback{}, err
	}
	return stored, nil
}

// getVote answers GET …/Feedback.
func (c *call) getVote() error { return c.fetch(c.voteRef()) }

// deleteVote answers DELETE …/Feedback: it takes the vote back.
func (c *call) deleteVote() error { return c.remove(c.voteRef()) }

// voteRef returns the vote that the path and UserId name, if it is the caller's
// to name.
func (c *call) voteRef() (store.Ref, error) {
	f, err := c.pathVote()
	if err != nil {
		return store.Ref{}, err
	}
	f, err = c.ownVote(f)
	return store.Ref{Key: f.Key}, err
}

// pathVote returns a vote with the ids that the path and UserId name.
func (c *call) pathVote() (store.Feedback, error) {
	f := store.Feedback{Scope: c.scope}
	v, _, err := c.params(params.Voter)
	if err != nil {
		return f, err
	}
	f.UserID = v.Filter.UserID
	ok := true
	if _, below := c.route.Vars["message_id"]; below {
		f.MessageID, ok = c.pathID("message_id")
	}
	session, isID := c.pathID("session_id")
	if !ok || !isID {
		return f, errNotFound
	}
	f.SessionID = session
	return f, nil
}

// ownVote returns f as the caller's vote, or a 403 where it is somebody else's.
func (c *call) ownVote(f store.Feedback) (store.Feedback, error) {
	f, err := c.own(f)
	f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
	return f, err
}

// voteURL returns where the caller finds the vote f: a visitor may not look it
// up by its id, and needs no UserId.
func (c *call) voteURL(f *store.Feedback) string {
	if c.principal.Visitor != nil || f.UserID == "" {
		return c.apiURL()
	}
	return c.apiURL() + "?UserId=" + url.QueryEscape(f.UserID)
}
