package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/person"
	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/store"
)

// A personView is a page of what one person gave to all of the account's
// assistants: by assistant, of each the newest first.
type personView struct {
	view
	User    string
	Parts   []personPart
	First   bool   // of the pages
	Next    string // the page after this one, "" on the last
	Upto    string // the assistant up to which a search has come that found no whole page yet
	Deleted *int64 // how many records were deleted just now
}

// A personPart is what a page has of one assistant.
type personPart struct {
	Sel     *selection
	Records []store.Feedback
}

// user returns whose records the visit is about. Anonymous people have no id, and
// without one a filter selects everybody.
func (v *visit) user() (string, error) {
	user := v.query.Get("UserId")
	if store.CheckID("UserId", user) != nil {
		return "", errNotFound
	}
	return user, nil
}

// personLink returns the relative address of a page about a person, with more
// parameters, given as names and values.
func personLink(page, user string, more ...string) string {
	return address(page, url.Values{"UserId": {user}}, more)
}

// person shows what one person gave to all of the account's assistants, or sends it
// as a file.
func (v *visit) person() error {
	user, err := v.user()
	if err != nil {
		return err
	}
	if v.query.Has("Format") {
		return v.personFile(user)
	}
	from := place{v.query.Get("Assistant"), v.query.Get("Older")}
	if from.check() != nil {
		return errPosition
	}
	ctx, cancel := v.context()
	defer cancel()
	records, next, err := v.fillPerson(ctx, user, from)
	if err != nil {
		return err
	}
	data := personView{view: v.view(user, nil), User: user, First: from == place{}, Deleted: v.deleted()}
	if next != (place{}) {
		data.Next = personLink("person", user, "Assistant", next.assistant, "Older", next.older)
		if len(records) < feedbackPage {
			data.Upto = next.assistant
		}
	}
	for _, f := range records {
		if n := len(data.Parts); n == 0 || data.Parts[n-1].Sel.Assistant != f.Scope.Assistant {
			data.Parts = append(data.Parts, personPart{Sel: &selection{Assistant: f.Scope.Assistant}})
		}
		last := &data.Parts[len(data.Parts)-1]
		last.Records = append(last.Records, f)
	}
	return v.show(http.StatusOK, "person.html", data)
}

// A place is where a page of a person's records begins: in an assistant, with what is
// older than a record, or beyond the assistant. The record and the assistant need
// not exist any more.
type place struct{ assistant, older string }

func (p place) check() error {
	if p == (place{}) {
		return nil
	}
	if err := store.CheckID("Assistant", p.assistant); err != nil {
		return err
	}
	q := store.Query{After: p.older, Limit: feedbackPage}
	return q.Check()
}

// fillPerson reads a page of a person's records, for at least one list and at most a
// second. next is where the next page begins, zero when this is the last.
func (v *visit) fillPerson(ctx context.Context, user string, from place) (records []store.Feedback, next place, err error) {
	deadline := time.Now().Add(time.Second)
	read := func(s store.Scope, older string) (done bool, err error) {
		q := store.Query{Filter: store.Filter{UserID: user}, After: older}
		for {
			q.Limit = feedbackPage + 1 - len(records) // one more tells whether there is a next page
			page, err := v.store.List(ctx, s, q)
			if err != nil {
				return true, err
			}
			if records = append(records, page.Feedbacks...); len(records) > feedbackPage {
				records = records[:feedbackPage]
				last := records[feedbackPage-1]
				next = place{last.Scope.Assistant, last.ID}
				return true, nil
			}
			if time.Now().After(deadline) {
				next = place{s.Assistant, page.Next}
				return true, nil
			}
			if page.Next == "" {
				return false, nil
			}
			q.After = page.Next
		}
	}
	if from.older != "" {
		if done, err := read(store.Scope{Account: v.principal.Account, Assistant: from.assistant}, from.older); done {
			return records, next, err
		}
	}
	for s, err := range person.Scopes(ctx, v.store, v.principal.Account, from.assistant) {
		if err != nil {
			return nil, place{}, err
		}
		if done, err := read(s, ""); done {
			return records, next, err
		}
	}
	return records, place{}, nil
}

// personFile sends all that a person gave as a file.
func (v *visit) personFile(user string) error {
	format := transfer.Named(v.query.Get("Format"))
	if format == nil {
		return errNotFound
	}
	return v.download(format, "user-"+user, person.Records(v.r.Context(), v.store, v.principal.Account, user))
}

// askErasePerson asks whether to delete all that a person gave.
func (v *visit) askErasePerson() error {
	user, err := v.user()
	if err != nil {
		return err
	}
	data := deletion{view: v.view("Delete all feedback of this user, with all assistants?", nil), User: user}
	data.Count, err = v.counted(func(ctx context.Context) (int64, error) {
		return person.Count(ctx, v.store, v.principal.Account, user)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "erase-person.html", data)
}

// erasePerson deletes all that a person gave, assistant by assistant: what fails part
// way can be repeated.
func (v *visit) erasePerson() error {
	v.query = v.r.PostForm
	user, err := v.user()
	if err != nil {
		return err
	}
	account := store.Scope{Account: v.principal.Account}
	n, err := person.Erase(v.r.Context(), v.store, account.Account, user)
	v.erased(account, store.Filter{UserID: user}, n, err)
	if err != nil {
		return fmt.Errorf("an erasure broke off after %d records: %w", n, err)
	}
	answer.Extend(v.w)
	v.redirect(http.StatusSeeOther, personLink("person", user, "Deleted", strconv.FormatInt(n, 10)))
	return nil
}
