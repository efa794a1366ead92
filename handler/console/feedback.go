package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answers"
	"github.com/humanfeedback/feedbacks/store"
)

// feedbackPage is how many records a page has.
const feedbackPage = 25

// A feedbackView is a page of an assistant's feedback.
type feedbackView struct {
	view
	list
	tiles          // without a Summary where it would have to scan
	Deleted *int64 // how many records were deleted just now
	Command string // to paste where there is nothing yet
	Dataset bool   // whether there are datasets
}

// feedback shows an assistant's feedback, newest first.
func (v *visit) feedback() error {
	s, err := v.selection()
	if err != nil {
		return err
	}
	data := feedbackView{view: v.view(s.Assistant, s), Command: v.command(s.Assistant), Deleted: v.deleted(), Dataset: v.opts.Conversation != nil}
	data.Section = "feedback"
	if !s.Valid() {
		return v.show(http.StatusBadRequest, "feedback.html", data)
	}
	ctx, cancel := v.context()
	defer cancel()
	if data.list, err = v.list(ctx, s); err != nil {
		return err
	}
	if s.Filter.ByTimeAndTagOnly() {
		if data.tiles, err = v.glance(ctx, s); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, "feedback.html", data)
}

// glance returns a summary to show above a list, or none when it takes too long:
// the list is what was asked for.
func (v *visit) glance(ctx context.Context, s *selection) (tiles, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	q := store.SummaryQuery{Filter: s.Filter}
	sum, err := v.store.Summarize(ctx, s.scope(v), q)
	if errors.Is(err, context.DeadlineExceeded) {
		return tiles{}, nil
	}
	if err != nil {
		return tiles{}, err
	}
	return tiles{&sum, answers.Rate(v.answers(ctx, s, q), "", sum.Count)}, nil
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

// list reads the page at the position that the visit's parameters name: just
// older than a record, or just newer. The record need not exist any more, so
// records that come and go neither repeat nor skip others.
func (v *visit) list(ctx context.Context, s *selection) (l list, err error) {
	older, newer := v.query.Get("Older"), v.query.Get("Newer")
	q := store.Query{Filter: s.Filter, After: older, Limit: feedbackPage}
	if newer != "" {
		q.After, q.Ascending = newer, true
	}
	if q.Check() != nil || older != "" && newer != "" {
		return l, errPosition
	}
	var more string
	if l.Records, more, err = v.fill(ctx, s, q); err != nil {
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

// fill reads a page of q.Limit records, asking the store again while it returns short
// pages although there is more: until the page is full, or for one second. more is
// where the list goes on, "" at its end.
func (v *visit) fill(ctx context.Context, s *selection, q store.Query) (records []store.Feedback, more string, err error) {
	deadline, whole := time.Now().Add(time.Second), q.Limit
	for {
		page, err := v.store.List(ctx, s.scope(v), q)
		if err != nil {
			return nil, "", err
		}
		records = append(records, page.Feedbacks...)
		if page.Next == "" || len(records) >= whole || time.Now().After(deadline) {
			return records, page.Next, nil
		}
		q.After, q.Limit = page.Next, whole-len(records)
	}
}

// scope is where the selection's records are: the account is that of the
// credentials.
func (s *selection) scope(v *visit) store.Scope {
	return store.Scope{Account: v.principal.Account, Assistant: s.Assistant}
}
