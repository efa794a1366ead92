package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/store"
)

// A deletion is a page that asks whether one is sure.
type deletion struct {
	view
	Record store.Feedback // to delete, if it has an ID
	User   string         // whose records to delete
	Count  *int64         // how many these are, nil when counting takes too long
}

// askDelete asks whether to delete one record.
func (c *call) askDelete() error {
	s, f, err := c.named(c.query.Get("Id"))
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, "delete.html", deletion{view: c.view("Delete this feedback?", s), Record: f})
}

// delete deletes one record. What is to be deleted is in the form, not in the
// address.
func (c *call) delete() error {
	c.query = c.r.PostForm
	s, err := c.selection()
	if err != nil {
		return err
	}
	ref := store.Ref{ID: c.query.Get("Id")}
	if ref.Check() != nil {
		return errNotFound
	}
	f, err := c.store.Delete(c.r.Context(), s.scope(c), ref)
	if err != nil {
		return err
	}
	c.changed(&f)
	c.redirect(http.StatusSeeOther, s.Fresh("feedback", "Deleted", "1"))
	return nil
}

// changed tells a host that has an OnChange of a deletion. What it does with it
// cannot fail the call.
func (c *call) changed(before *store.Feedback) {
	defer answer.Forgive(c, "OnChange")
	if c.opts.OnChange != nil {
		c.opts.OnChange(context.WithoutCancel(c.r.Context()), before, nil)
	}
}

// person returns whose records are to be deleted. Anonymous people have no id,
// and without one a filter selects everybody.
func (c *call) person() (*selection, error) {
	s, err := c.selection()
	if err != nil {
		return nil, err
	}
	if s.Filter.UserID == "" || s.Errors["UserId"] != "" {
		return nil, errNotFound
	}
	s.Filter = store.Filter{UserID: s.Filter.UserID}
	return s, nil
}

// askErase asks whether to delete a person's records.
func (c *call) askErase() error {
	s, err := c.person()
	if err != nil {
		return err
	}
	data := deletion{view: c.view("Delete all feedback of this user?", s), User: s.Filter.UserID}
	ctx, cancel := context.WithTimeout(c.r.Context(), scanPatience)
	defer cancel()
	switch sum, err := c.store.Summarize(ctx, s.scope(c), store.SummaryQuery{Filter: s.Filter}); {
	case err == nil:
		data.Count = &sum.Count
	case ctx.Err() == nil || c.r.Context().Err() != nil:
		return err
	}
	return c.show(http.StatusOK, "delete.html", data)
}

// erase deletes a person's records. It works in chunks: what fails part way can
// be repeated.
func (c *call) erase() error {
	c.query = c.r.PostForm
	s, err := c.person()
	if err != nil {
		return err
	}
	n, err := c.store.Erase(c.r.Context(), s.scope(c), s.Filter)
	if err != nil {
		return fmt.Errorf("an erasure broke off after %d records: %w", n, err)
	}
	answer.Extend(c.w)
	c.redirect(http.StatusSeeOther, s.Fresh("feedback", "Deleted", strconv.FormatInt(n, 10)))
	return nil
}

// deleted returns how many records the page before this one deleted, if it did.
func (c *call) deleted() *int64 {
	n, err := strconv.ParseInt(c.query.Get("Deleted"), 10, 64)
	if err != nil || n < 0 || !c.opts.AllowDelete {
		return nil
	}
	return &n
}
