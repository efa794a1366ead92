package handler

import (
	"net/http"

	"github.com/humanfeedback/feedbacks/store"
)

// get answers GET …/Feedbacks/{id}.
func (c *call) get() error { return c.fetch(c.ref()) }

// delete answers DELETE …/Feedbacks/{id}.
func (c *call) delete() error { return c.remove(c.ref()) }

// fetch answers with the record that ref names, unless there was an error in
// finding out which.
func (c *call) fetch(ref store.Ref, err error) error {
	if err != nil {
		return err
	}
	f, err := c.store.Get(c.r.Context(), c.scope, ref)
	if err != nil {
		return err
	}
	c.writeFeedback(http.StatusOK, &f)
	return nil
}

// remove deletes the record that ref names.
func (c *call) remove(ref store.Ref, err error) error {
	if err != nil {
		return err
	}
	f, err := c.store.Delete(c.r.Context(), c.scope, ref)
	if err != nil {
		return err
	}
	if c.opts.OnChange != nil {
		c.changed(&f, nil)
	}
	c.start(http.StatusNoContent)
	return nil
}

// ref returns the record that the path names, for a caller with full access.
func (c *call) ref() (store.Ref, error) {
	if err := c.fullAccess(); err != nil {
		return store.Ref{}, err
	}
	if _, _, err := c.params(); err != nil {
		return store.Ref{}, err
	}
	id, ok := c.pathID("id")
	ref := store.Ref{ID: id}
	if !ok || ref.Check() != nil { // nobody's id
		return store.Ref{}, errNotFound
	}
	return ref, nil
}
