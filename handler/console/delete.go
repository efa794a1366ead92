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
func (v *visit) askDelete() error {
	s, f, err := v.named(v.query.Get("Id"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "delete.html", deletion{view: v.view("Delete this feedback?", s), Record: f})
}

// delete deletes one record. What is to be deleted is in the form, not in the
// address.
func (v *visit) delete() error {
	v.query = v.r.PostForm
	s, err := v.selection()
	if err != nil {
		return err
	}
	ref := store.Ref{ID: v.query.Get("Id")}
	if ref.Check() != nil {
		return errNotFound
	}
	f, err := v.store.Delete(v.r.Context(), s.scope(v), ref)
	if err != nil {
		return err
	}
	v.changed(&f, nil)
	v.redirect(http.StatusSeeOther, s.Fresh("feedback", "Deleted", "1"))
	return nil
}

// changed tells a host that has an OnChange of a change. What it does with it
// cannot fail the visit.
func (v *visit) changed(before, after *store.Feedback) {
	defer answer.Forgive(v, "OnChange")
	if v.opts.OnChange != nil {
		v.opts.OnChange(context.WithoutCancel(v.r.Context()), before, after)
	}
}

// erased tells a host that has an OnErase of an erasure. What it does with it
// cannot fail the visit.
func (v *visit) erased(s store.Scope, f store.Filter, n int64, err error) {
	defer answer.Forgive(v, "OnErase")
	if v.opts.OnErase != nil {
		v.opts.OnErase(context.WithoutCancel(v.r.Context()), v.principal, s, f, n, err)
	}
}

// userSelection selects all that one user gave to an assistant.
func (v *visit) userSelection() (*selection, error) {
	s, err := v.selection()
	if err != nil {
		return nil, err
	}
	user, err := v.user()
	if err != nil {
		return nil, err
	}
	s.Filter = store.Filter{UserID: user}
	return s, nil
}

// askErase asks whether to delete a person's records.
func (v *visit) askErase() error {
	s, err := v.userSelection()
	if err != nil {
		return err
	}
	data := deletion{view: v.view("Delete all feedback of this user?", s), User: s.Filter.UserID}
	data.Count, err = v.counted(func(ctx context.Context) (int64, error) {
		sum, err := v.store.Summarize(ctx, s.scope(v), store.SummaryQuery{Filter: s.Filter})
		return sum.Count, err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "delete.html", data)
}

// counted returns how many records count finds, nil when that takes too long.
func (v *visit) counted(count func(context.Context) (int64, error)) (*int64, error) {
	ctx, cancel := context.WithTimeout(v.r.Context(), scanPatience)
	defer cancel()
	n, err := count(ctx)
	switch {
	case err == nil:
		return &n, nil
	case ctx.Err() == nil || v.r.Context().Err() != nil:
		return nil, err
	}
	return nil, nil
}

// erase deletes a person's records. It works in chunks: what fails part way can
// be repeated.
func (v *visit) erase() error {
	v.query = v.r.PostForm
	s, err := v.userSelection()
	if err != nil {
		return err
	}
	n, err := v.store.Erase(v.r.Context(), s.scope(v), s.Filter)
	v.erased(s.scope(v), s.Filter, n, err)
	if err != nil {
		return fmt.Errorf("an erasure broke off after %d records: %w", n, err)
	}
	answer.Extend(v.w)
	v.redirect(http.StatusSeeOther, s.Fresh("feedback", "Deleted", strconv.FormatInt(n, 10)))
	return nil
}

// deleted returns how many records the page before this one deleted, if it did.
func (v *visit) deleted() *int64 {
	n, err := strconv.ParseInt(v.query.Get("Deleted"), 10, 64)
	if err != nil || n < 0 || !v.mayDelete {
		return nil
	}
	return &n
}
