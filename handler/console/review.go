package console

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/review"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// review marks a record as handled, or takes that back. Which, and what was seen of it,
// is in the form; the address says what list it was seen in. A script gets the record's
// card, to put in the place of the one that it has.
func (v *visit) review() error {
	s, err := v.selection()
	if err != nil {
		return err
	}
	form := v.r.PostForm
	ref := store.Ref{ID: form.Get("Id")}
	if ref.Check() != nil {
		return errNotFound
	}
	r, err := v.said(form.Get("Verdict"), strings.ReplaceAll(form.Get("Note"), "\r\n", "\n"))
	if err != nil {
		return err
	}
	f, before, err := review.Set(v.r.Context(), v.store, s.scope(v), ref, r, func(f *store.Feedback) bool { return seen(f) == form.Get("Seen") })
	switch {
	case errors.Is(err, store.ErrConflict):
		return v.faster(s, ref, r)
	case err != nil:
		return err
	case before != nil:
		after := f.Normalize() // a copy, which is the host's
		v.changed(before, &after)
	}
	if answer.ToScript(v.r) {
		return v.show(http.StatusOK, "card", newCard(v.view("", s), f))
	}
	v.redirect(http.StatusSeeOther, s.Link("record", "Id", f.ID))
	return nil
}

// maxNote is how many characters a note may have: as a text, unless a host of the API
// has set another limit.
const maxNote = 10_000

// said returns the review that a form says, nil if it takes one back.
func (v *visit) said(verdict, note string) (*store.Review, error) {
	if verdict == "none" {
		return nil, nil
	}
	r := &store.Review{Verdict: store.Verdict(verdict), Note: note, At: v.opts.Now()}
	if r.Check() != nil || utf8.RuneCountInString(note) > maxNote {
		return nil, errBadQuery
	}
	r.Actor = v.principal.Actor
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("console: Principal.Actor broke a rule: %v", err)
	}
	return r, nil
}

// faster shows the record as it is now to somebody who has seen another, with what
// they would have said.
func (v *visit) faster(s *selection, ref store.Ref, r *store.Review) error {
	ctx, cancel := v.context()
	defer cancel()
	f, err := v.store.Get(ctx, s.scope(v), ref)
	if err != nil {
		return err
	}
	c := newCard(v.view("One feedback", s), f)
	c.Problem = "Not saved: this has changed since you saw it, and is shown as it is now."
	if f.Handled() {
		c.Problem = "Not saved: somebody else was faster, and what they said is shown."
	}
	if r != nil {
		c.Draft = r.Note
	}
	if answer.ToScript(v.r) {
		return v.show(http.StatusConflict, "card", c)
	}
	return v.showRecord(http.StatusConflict, s, c)
}

// seen returns what a form says of the record that somebody has seen: something else
// for each other state of it.
func seen(f *store.Feedback) string {
	sum := sha256.Sum256(wire.Append(nil, f))
	return hex.EncodeToString(sum[:16])
}
