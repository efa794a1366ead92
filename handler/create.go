package handler

import (
	"net/http"

	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// create answers POST …/Feedbacks.
func (c *call) create() error {
	if c.isImport() {
		return c.importFile()
	}
	if err := c.mayPost(); err != nil {
		return err
	}
	if _, _, err := c.params(); err != nil {
		return err
	}
	if err := c.readBody((*call).decodeFeedback); err != nil {
		return err
	}
	b := &c.body
	f := store.Feedback{
		Scope:     c.scope,
		ID:        store.NewID(c.opts.Now()),
		SessionID: b.SessionID,
		MessageID: b.MessageID,
		UserID:    b.UserID,
	}
	b.Say(&f)
	if err := f.Check(); err != nil {
		return err
	}
	f, err := c.own(f)
	if err != nil {
		return err
	}
	if f.Key, err = c.idempotencyKey(); err != nil {
		return err
	}
	if f, err = c.prepare(c.r.Context(), OpCreate, f); err != nil {
		return err
	}
	stored, err := c.store.Create(c.r.Context(), f)
	switch {
	case err != nil:
		return err
	case stored.ID != f.ID && !samePayload(stored, f):
		return errIdempotency
	case stored.ID == f.ID && c.opts.OnChange != nil:
		after := stored.Normalize() // a copy, which is the host's
		c.changed(nil, &after)
	}
	f = stored
	if c.principal.Visitor == nil { // who may read it there
		c.w.Header().Set("Location", c.apiURL()+"/"+f.ID)
	}
	c.writeFeedback(http.StatusCreated, &f)
	return nil
}

// idempotencyKey returns the Key that the request's Idempotency-Key makes: ""
// without one.
func (c *call) idempotencyKey() (string, error) {
	values := c.r.Header["Idempotency-Key"]
	if values == nil {
		return "", nil
	}
	if len(values) > 1 {
		return "", badParam("Idempotency-Key", "must be given once, got %d times", len(values))
	}
	if err := store.CheckID("Idempotency-Key", values[0]); err != nil {
		return "", err
	}
	if v := c.principal.Visitor; v != nil {
		return store.IdempotencyKey(values[0], v.Session, v.User), nil
	}
	return store.IdempotencyKey(values[0]), nil
}

// samePayload reports whether a stored record says the same as the one that the
// caller sent.
func samePayload(stored, sent store.Feedback) bool {
	sent.ID, sent.UpdatedAt = stored.ID, stored.UpdatedAt
	return stored.SamePayload(sent)
}

// writeFeedback answers with one record, as its caller may see it.
func (c *call) writeFeedback(status int, f *store.Feedback) {
	buf := buffers.Get().(*[]byte)
	defer release(buf)
	*buf = c.appendFeedback((*buf)[:0], f)
	c.write(status, jsonType, *buf)
}

// appendFeedback appends a record as the call's caller may see it.
func (c *call) appendFeedback(b []byte, f *store.Feedback) []byte {
	if c.principal.Visitor != nil {
		return wire.AppendForVisitor(b, f, c.visitorsTags(f))
	}
	return wire.Append(b, f)
}
