package handler

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/humanfeedback/feedbacks/internal/review"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// A reviewRequest is what a request says of a record.
type reviewRequest struct {
	Verdict   string     `json:"verdict"`
	Note      string     `json:"note"`
	UpdatedAt *time.Time `json:"updated_at"` // of the record that was looked at
}

// putReview answers PUT …/Feedbacks/{id}/Review: it marks a record as handled, by whom
// the credentials say.
func (c *call) putReview() error {
	ref, err := c.ref()
	if err != nil {
		return err
	}
	var b reviewRequest
	if err := c.readBody(func(_ *call, body []byte) error {
		err := json.Unmarshal(body, &b, wire.Strict)
		return wire.Explain("body", body, err, "verdict, note and updated_at")
	}); err != nil {
		return err
	}
	if err := c.fits("", "", b.Note); err != nil {
		return err
	}
	r := &store.Review{Verdict: store.Verdict(b.Verdict), Note: b.Note, At: c.opts.Now()}
	if err := r.Check(); err != nil {
		return err
	}
	r.Actor = c.principal.Actor
	if err := r.Check(); err != nil {
		return fmt.Errorf("handler: Principal.Actor broke a rule: %v", err)
	}
	f, err := c.review(ref, r, func(f *store.Feedback) bool { return b.UpdatedAt == nil || f.UpdatedAt.Equal(*b.UpdatedAt) })
	if err != nil {
		return err
	}
	c.writeFeedback(http.StatusOK, &f)
	return nil
}

// deleteReview answers DELETE …/Feedbacks/{id}/Review: it takes a review back.
func (c *call) deleteReview() error {
	ref, err := c.ref()
	if err != nil {
		return err
	}
	if _, err = c.review(ref, nil, nil); err != nil {
		return err
	}
	c.start(http.StatusNoContent)
	return nil
}

// review gives a record a review, or takes it back, and tells the host of it.
func (c *call) review(ref store.Ref, r *store.Review, seen func(*store.Feedback) bool) (store.Feedback, error) {
	now, before, err := review.Set(c.r.Context(), c.store, c.scope, ref, r, seen)
	switch {
	case err != nil:
		return now, err
	case before == nil && r == nil: // there was none to take back
		return now, errNotFound
	case before != nil && c.opts.OnChange != nil:
		after := now.Normalize() // a copy, which is the host's
		c.changed(before, &after)
	}
	return now, nil
}
