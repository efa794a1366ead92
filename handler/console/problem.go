package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/store"
)

// A problem is a page that says what went wrong and what to do about it.
type problem struct {
	Status      int
	Title, Text string
}

func (p *problem) Error() string { return p.Title }

var (
	errChallenged  = &problem{http.StatusUnauthorized, "Please sign in", "You are not signed in here, or not any more. Your browser asks for a name and a password: an account of the API and one of its tokens, unless this site has given you others."}
	errSignedOut   = &problem{http.StatusUnauthorized, "Please sign in", "You are not signed in here, or not any more."}
	errNotAllowed  = &problem{http.StatusForbidden, "Not for you", "You are signed in, but may not look at feedback."}
	errForbidden   = &problem{http.StatusForbidden, "Not for visitors", "Your credentials are for giving feedback. To look at it takes those of the account."}
	errCrossOrigin = &problem{http.StatusForbidden, "That came from elsewhere", "Another site asked for this, or your browser does not say that it did not. Nothing was changed."}
	errNotFound    = &problem{http.StatusNotFound, "Nothing is here", "The address is wrong, or what was here has been deleted."}
	errBadQuery    = &problem{http.StatusBadRequest, "That address is damaged", "Something in it cannot be read. Start again from the assistants."}
	errPosition    = &problem{http.StatusBadRequest, "That page of the list is unknown", "The position in its address is damaged. Start again from the newest."}
	errMethod      = &problem{http.StatusMethodNotAllowed, "That cannot be done here", "This page can be looked at only."}
	errUnavailable = &problem{http.StatusServiceUnavailable, "Feedback is out of reach", "The store does not answer at the moment. Please try again."}
	errWhoIsIt     = &problem{http.StatusServiceUnavailable, "Feedback is out of reach", "At the moment it cannot be found out who you are. Please try again."}
	errInternal    = &problem{http.StatusInternalServerError, "Something went wrong", "The cause is in the log of the server."}
)

func isUnavailable(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrNewerVersion) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// problemOf is the one place that turns an error into a page.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNotFound
	case isUnavailable(err):
		return errUnavailable
	}
	return errInternal
}

// fail answers with an error. Causes go to the log, never to the page.
func (v *visit) fail(err error) {
	p := problemOf(err)
	if p.Status >= 500 && err != error(p) && !answer.Left(v.r) {
		v.Log(p.Title, "error", err)
	}
	h := v.w.Header()
	h.Del("Content-Disposition")
	h.Del("Trailer")
	data := struct {
		view
		Status int
		Text   string
		Retry  string // the address to try again, if that is of use
	}{view: v.view(p.Title, nil), Status: p.Status, Text: p.Text}
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
		switch {
		case v.r.Method != http.MethodPost:
			data.Retry = v.here()
		case p == errUnavailable: // the form is one step back
			data.Text = "The store did not answer, so some or all of it may be done. Go back and try again: that does no harm."
		}
	}
	if err := v.show(p.Status, "problem.html", data); err != nil {
		v.Log("the template of a problem", "error", err)
	}
}

// here returns the relative address of the page itself.
func (v *visit) here() string {
	return "./" + lastSegment(v.r.URL.Path) + "?" + v.r.URL.RawQuery
}

func (o *Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.Default()
	}
	return o.Logger
}
