package handler

import (
	"errors"
	"net/http"

	"github.com/humanfeedback/feedbacks/internal/answer"
)

// Errors that an Authenticate function may return, wrapped at will.
var (
	// ErrUnauthenticated says that credentials are missing or wrong: 401. To
	// challenge the client as well, return a [ChallengeError].
	ErrUnauthenticated = errors.New("handler: missing or wrong credentials")

	// ErrForbidden says that the caller is known, and not allowed: 403.
	ErrForbidden = errors.New("handler: the caller is not allowed")
)

// A ChallengeError is an [ErrUnauthenticated] that says how to authenticate, in
// the answer's WWW-Authenticate. A browser that gets a Basic challenge asks its user
// for a name and password, so return one only where people have these. It is not
// sent to scripts (Sec-Fetch-Dest: empty), whose users would see the prompt come
// out of nowhere; scripts that need no prompt get none.
type ChallengeError struct {
	Challenge string // such as `Basic realm="Feedbacks"`
}

func (e *ChallengeError) Error() string { return ErrUnauthenticated.Error() }

// Unwrap makes it an ErrUnauthenticated.
func (e *ChallengeError) Unwrap() error { return ErrUnauthenticated }

// refuse returns the answer to an error of Authenticate.
func (c *call) refuse(err error) error {
	c.err = err
	switch {
	case errors.Is(err, ErrUnauthenticated), errors.Is(err, http.ErrNoCookie):
		if e, ok := errors.AsType[*ChallengeError](err); ok && !answer.ToScript(c.r) {
			c.w.Header().Set("WWW-Authenticate", e.Challenge)
		}
		return errUnauthenticated
	case errors.Is(err, ErrForbidden):
		return errNotAllowed
	}
	if !answer.Left(c.r) {
		c.Log("Authenticate failed", "error", err)
	}
	return errUnavailable
}
