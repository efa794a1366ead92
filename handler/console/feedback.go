package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// feedbackPage is how many records a page has.
const feedbackPage = 25

// A feedbackView is a page of an assistant's feedback.
type feedbackView struct {
	view
	list
	Summary *store.Summary // nil where it would have to scan
	Deleted *int64         // how many records were deleted just now
	Command string         // to paste where there is nothing yet
}

// feedback shows an assistant's feedback, newest first.
func (c *call) feedback() error {
	s, err := c.selection()
	if err != nil {
		return err
	}
	data := feedbackView{view: c.view(s.Assistant, s), Command: c.command(s.Assistant), Deleted: c.deleted()}
	data.Section = "feedback"
	if !s.Valid() {
		return c.show(http.StatusBadRequest, "feedback.html", data)
	}
	ctx, cancel := c.context()
	defer cancel()
	if data.list, err = c.list(ctx, s); err != nil {
		return err
	}
	if s.Filter.ByTimeAndTagOnly() {
		if data.Summary, err = c.glance(ctx, s); err != nil {
			return err
		}
	}
	return c.show(http.StatusOK, "feedback.html", data)
}

// glance returns a summary to show above a list, or nil when it takes too long:
// the list is what was asked for.
func (c *call) glance(ctx context.Context, s *selection) (*store.Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	sum, err := c.store.Summarize(ctx, s.scope(c), store.SummaryQuery{Filter: s.Filter})
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	return &sum, err
}

// A list is a page of the records that a selection selects.
type list struct {
	Records []store.Feedback
	// Older and Newer are the addresses of the pages on either side, "" where
	// there is none; Newest that of the first page, "" on it.
	Older, Newer, Newest string
	// Back is how far back a search has come that found no whole page yet; zero
	// when the page is whole or the last.
	Back time.Time
}

// list reads the page at the position that the call's parameters name: just
// older than a record, or just newer. The record need not exist any more, so
// records that come and go neither repeat nor skip others.
func (c *call) list(ctx context.Context, s *selection) (l list, err error) {
	older, newer := c.query.Get("Older"), c.query.Get("Newer")
	q := store.Query{Filter: s.Filter, After: older, Limit: feedbackPage}
	if newer != "" {
		q.After, q.Ascending = newer, true
	}
	if q.Check() != nil || older != "" && newer != "" {
		return l, errPosition
	}
	var more string
	if l.Records, more, err = c.fill(ctx, s, q); err != nil {
		return l, err
	}
	n := len(l.Records)
	if q.After != "" {
		l.Newest = s.Link("feedback")
	}
	if q.Ascending {
		slices.Reverse(l.Records)
		l.Newer = position(s, "Newer", more)
		if n > 0 {
			l.Older = position(s, "Older", l.Records[n-1].ID)
		} else { // what it was reached from is older
			l.Older = position(s, "Older", store.MinID(mustTime(newer).Add(time.Microsecond)))
		}
		return l, nil
	}
	l.Older = position(s, "Older", more)
	if n > 0 && older != "" {
		l.Newer = position(s, "Newer", l.Records[0].ID)
	}
	if more != "" && n < feedbackPage {
		l.Back = mustTime(more)
	}
	return l, nil
}

func position(s *selection, name, id string) string {
	if id == "" {
		return ""
	}
	return s.Link("feedback", name, id)
}

// mustTime returns the time of an id that was checked.
func mustTime(id string) time.Time {
	t, _ := store.IDTime(id)
	return t
}

// fill reads a page, asking the store again while it returns short pages although
// there is more: until the page is full, or for one second. more is where the
// list goes on, "" at its end.
func (c *call) fill(ctx context.Context, s *selection, q store.Query) (records []store.Feedback, more string, err error) {
	deadline := time.Now().Add(time.Second)
	for {
		page, err := c.store.List(ctx, s.scope(c), q)
		if err != nil {
			return nil, "", err
		}
		records = append(records, page.Feedbacks...)
		if page.Next == "" || len(records) >= feedbackPage || time.Now().After(deadline) {
			return records, page.Next, nil
		}
		q.After, q.Limit = page.Next, feedbackPage-len(records)
	}
}

// scope is where the selection's records are: the account is that of the
// credentials.
func (s *selection) scope(c *call) store.Scope {
	return store.Scope{Account: c.principal.Account, Assistant: s.Assistant}
}
