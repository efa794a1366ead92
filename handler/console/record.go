package console

import (
	"net/http"

	"github.com/humanfeedback/feedbacks/store"
)

// record shows one record.
func (v *visit) record() error {
	s, f, err := v.named(v.query.Get("Id"))
	if err != nil {
		return err
	}
	data := struct {
		view
		Record store.Feedback
	}{v.view("One feedback", s), f}
	return v.show(http.StatusOK, "record.html", data)
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

// A card is a record as it is shown.
type card struct {
	store.Feedback
	Sel    *selection // its assistant
	Delete bool       // whether there are links to delete it
}

func newCard(v view, f store.Feedback) card {
	return card{f, &selection{Assistant: f.Scope.Assistant}, v.Delete}
}

// Changed reports whether the record was changed after it was created.
func (c card) Changed() bool { return !c.UpdatedAt.Equal(c.CreatedAt()) }
