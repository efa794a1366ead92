package handler

import (
	"net/http"

	"github.com/humanfeedback/feedbacks/store"
)

// create answers POST …/Feedbacks.
func (c *call) create() error {
	if _, err := c.params(); err != nil {
		return err
	}
	if err := c.readBody(); err != nil {
		return err
	}
	b := &c.body
	f := store.Feedback{
		Scope:     c.scope,
		ID:        store.NewID(c.opts.Now()),
		SessionID: b.SessionID,
		MessageID: b.MessageID,
		UserID:    b.UserID,
		Score:     b.Score.value,
		Text:      b.Text,
		Tags:      b.Tags,
	}
	if err := f.Check(); err != nil {
		return err
	}
	f, err := c.own(f)
	if err != nil {
		return err
	}
	if f, err = c.store.Create(c.r.Context(), f); err != nil {
		return err
	}
	if c.opts.OnChange != nil {
		after := f // only here does the record leave the stack
		c.changed(nil, &after)
	}
	c.w.Header().Set("Location", c.apiURL()+"/"+f.ID)
	c.writeFeedback(http.StatusCreated, &f)
	return nil
}

// writeFeedback answers with one record.
func (c *call) writeFeedback(status int, f *store.Feedback) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = appendFeedback((*buf)[:0], f)
	c.write(status, jsonType, *buf)
}
