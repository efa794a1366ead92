package console

import (
	"errors"
	"net/http"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/answer"
)

// refuse answers an error of Authenticate, or returns the problem that it is.
func (v *visit) refuse(err error) error {
	switch {
	case errors.Is(err, handler.ErrUnauthenticated), errors.Is(err, http.ErrNoCookie):
		return v.askToSignIn(err)
	case errors.Is(err, handler.ErrForbidden):
		return errNotAllowed
	}
	if !answer.Left(v.r) {
		v.Log("Authenticate failed", "error", err)
	}
	return errWhoIsIt
}

// askToSignIn sends those who are not signed in where they can. A script is told
// no more than that.
func (v *visit) askToSignIn(err error) error {
	if answer.ToScript(v.r) {
		return errSignedOut
	}
	if v.opts.LoginURL != "" {
		v.redirect(http.StatusSeeOther, v.opts.LoginURL)
		return nil
	}
	e, ok := errors.AsType[*handler.ChallengeError](err)
	if !ok {
		return errSignedOut
	}
	v.w.Header().Set("WWW-Authenticate", e.Challenge)
	return errChallenged
}
