package console

import (
	"net/http"

	"github.com/humanfeedback/feedbacks/store"
)

// record shows one record.
func (c *call) record() error {
	s, f, err := c.named(c.query.Get("Id"))
	if err != nil {
		return err
	}
	data := struct {
		view
		Record store.Feedback
	}{c.view("One feedback", s), f}
	return c.show(http.StatusOK, "record.html", data)
}

// named returns the assistant's record with an id.
func (c *call) named(id string) (*selection, store.Feedback, error) {
	s, err := c.selection()
	if err != nil {
		return nil, store.Feedback{}, err
	}
	ref := store.Ref{ID: id}
	if ref.Check() != nil { // nobody's id
		return nil, store.Feedback{}, errNotFound
	}
	ctx, cancel := c.context()
	defer cancel()
	f, err := c.store.Get(ctx, s.scope(c), ref)
	return s, f, err
}

// A card is a record as it is shown.
type card struct {
	store.Feedback
	Sel    *selection
	Delete bool // whether there are links to delete it
}

func newCard(v view, f store.Feedback) card { return card{f, v.Sel, v.Delete} }

// Changed reports whether the record was changed after it was created.
func (c card) Changed() bool { return !c.UpdatedAt.Equal(c.CreatedAt()) }

// A field is one field of the form of filters.
type field struct {
	Name, Label, Hint, Value, Error string
	Type                            string // of the input
}

func newField(s *selection, name, label, hint string) field {
	f := field{Name: name, Label: label, Hint: hint, Value: s.Values[name], Error: s.Errors[name], Type: "text"}
	switch name {
	case "DateCreatedAfter", "DateCreatedBefore":
		if s.IsDate(name) { // else the browser would show nothing
			f.Type = "date"
		}
	case "MinScore", "MaxScore":
		if v, err := parseScore(f.Value); err == nil {
			f.Value = exactPercent(*v)
		}
	}
	return f
}
