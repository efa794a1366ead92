package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/humanfeedback/feedbacks/store"
)

// A recordView is the page of one record, reached from a list of what the filters in
// its address select.
type recordView struct {
	view
	Record       store.Feedback
	Card         card
	Conversation *conversationView // nil where the host has none
	HostLink     string            // into the host's own pages, "" for none
	Others       []store.Feedback  // on the same answer
	MoreOthers   bool
	// Newer and Older are the addresses of the records on either side in the list,
	// or of where a search for one goes on; "" where there is none.
	Newer, Older string
}

// maxOthers is how many other records on the same answer are shown.
const maxOthers = 10

// record shows one record.
func (v *visit) record() error {
	s, f, err := v.named(v.query.Get("Id"))
	if err != nil {
		return err
	}
	return v.showRecord(http.StatusOK, s, newCard(v.view("One feedback", s), f))
}

// showRecord shows a record by its card.
func (v *visit) showRecord(status int, s *selection, c card) (err error) {
	f := c.Feedback
	data := recordView{view: v.view("One feedback", s), Record: f, Card: c}
	ctx, cancel := v.context()
	defer cancel()
	if s.Valid() {
		if data.Older, err = v.neighbour(ctx, s, f.ID, false); err == nil {
			data.Newer, err = v.neighbour(ctx, s, f.ID, true)
		}
	}
	if err == nil && f.MessageID != "" {
		data.Others, data.MoreOthers, err = v.others(ctx, s, &f)
	}
	if err != nil {
		return err
	}
	if v.opts.Link != nil {
		data.HostLink = v.opts.Link(f.Normalize()) // a copy, which is the host's
	}
	data.Conversation = v.conversation(&f)
	return v.show(status, "record.html", data)
}

// named returns the assistant's record with an id.
func (v *visit) named(id string) (*selection, store.Feedback, error) {
	s, err := v.selection()
	if err != nil {
		return nil, store.Feedback{}, err
	}
	ref := store.Ref{ID: id}
	if ref.Check() != nil { // nobody's id
		return nil, store.Feedback{}, errNotFound
	}
	ctx, cancel := v.context()
	defer cancel()
	f, err := v.store.Get(ctx, s.scope(v), ref)
	return s, f, err
}

// neighbour returns the address of the record beside one in the list of what s
// selects, which need not have that one. If none is found in a second, it is that of
// the list there.
func (v *visit) neighbour(ctx context.Context, s *selection, id string, newer bool) (string, error) {
	found, more, err := v.fill(ctx, s, store.Query{Filter: s.Filter, After: id, Ascending: newer, Limit: 1})
	switch {
	case err != nil || len(found) == 0 && more == "":
		return "", err
	case len(found) > 0:
		return s.Link("record", "Id", found[0].ID), nil
	case newer:
		return position(s, "Newer", more), nil
	}
	return position(s, "Older", more), nil
}

// others returns other records on the answer that f is about, the newest first, and
// whether there are more.
func (v *visit) others(ctx context.Context, s *selection, f *store.Feedback) (others []store.Feedback, more bool, err error) {
	same := store.Filter{SessionID: f.SessionID, MessageID: f.MessageID}
	others, next, err := v.fill(ctx, s, store.Query{Filter: same, Limit: maxOthers + 2}) // f, and one that tells whether there are more
	others = slices.DeleteFunc(others, func(r store.Feedback) bool { return r.ID == f.ID })
	if len(others) > maxOthers {
		return others[:maxOthers], true, err
	}
	return others, next != "", err
}

// A card is a record as it is shown.
type card struct {
	store.Feedback
	Sel     *selection // its assistant
	Delete  bool       // whether there are links to delete it
	Reviews bool       // whether there is a form to review it
	Problem string     // why it was not reviewed just now
	Draft   string     // the note that was not saved then
	list    *selection // what the page lists, nil on pages of several assistants
}

func newCard(v view, f store.Feedback) card {
	return card{Feedback: f, Sel: &selection{Assistant: f.Scope.Assistant}, Delete: v.Delete, Reviews: !v.bare, list: v.Sel}
}

// Link returns the address of the record's page, which knows the list it is
// reached from.
func (c card) Link() string { return c.inList("record", "Id", c.ID) }

// ReviewLink returns the address that the record's review is sent to.
func (c card) ReviewLink() string { return c.inList("review") }

func (c card) inList(page string, changes ...string) string {
	if c.list != nil {
		return c.list.Link(page, changes...)
	}
	return c.Sel.Fresh(page, changes...)
}

// Seen says what is seen here of the record.
func (c card) Seen() string { return seen(&c.Feedback) }

// Remark returns the note to go on from.
func (c card) Remark() string {
	if c.Draft == "" && c.Handled() {
		return c.Review.Note
	}
	return c.Draft
}

// Changed reports whether the record was changed after it was created.
func (c card) Changed() bool { return !c.UpdatedAt.Equal(c.CreatedAt()) }
