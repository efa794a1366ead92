package handler

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// moreInfo is where the errors are explained.
const moreInfo = "https://github.com/humanfeedback/feedbacks/blob/main/docs/api.md#errors"

// An apiError is an answer in the shape of Twilio's errors.
type apiError struct {
	status  int
	code    int // Twilio's, where Twilio has one
	message string
}

func (e *apiError) Error() string { return e.message }

// The answers whose text is always the same.
var (
	errUnauthenticated = &apiError{http.StatusUnauthorized, 20003, "Authenticate: the credentials are missing or wrong"}
	errForbidden       = &apiError{http.StatusForbidden, 20403, "a visitor's access does not allow that"}
	errNotAllowed      = &apiError{http.StatusForbidden, 20403, "you are not allowed here"}
	errVotesOnly       = &apiError{http.StatusForbidden, 20403, "a visitor's access does not allow posts, but votes: PUT /v1/Assistants/{assistant_id}/Sessions/{session_id}/Messages/{message_id}/Feedback"}
	errMetadata        = &apiError{http.StatusForbidden, 20403, "a visitor's access does not allow metadata"}
	errNotFound        = &apiError{http.StatusNotFound, 20404, "the requested resource was not found"}
	errMethod          = &apiError{http.StatusMethodNotAllowed, 20004, "method not allowed"}
	errIdempotency     = &apiError{http.StatusConflict, 20409, "this Idempotency-Key was used with another body"}
	errChanged         = &apiError{http.StatusConflict, 20409, "the record has changed meanwhile: look at it again"}
	errContentType     = &apiError{http.StatusUnsupportedMediaType, 20001, "Content-Type must be application/json"}
	errUnavailable     = &apiError{http.StatusServiceUnavailable, 20503, "the service is unavailable, please retry"}
	errInternal        = &apiError{http.StatusInternalServerError, 20500, "internal server error"}
)

// badRequest returns a 400 with a message.
func badRequest(message string) *apiError { return &apiError{http.StatusBadRequest, 20001, message} }

// answerTo is the one place that turns an error into an answer.
func answerTo(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	switch {
	case errors.Is(err, store.ErrInvalid):
		if e, ok := errors.AsType[*store.FieldError](err); ok {
			return badRequest(e.Error())
		}
		return badRequest("invalid request")
	case errors.Is(err, store.ErrNotFound):
		return errNotFound
	case errors.Is(err, store.ErrConflict):
		return errChanged
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrNewerVersion), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errUnavailable
	}
	return errInternal
}

// fail answers with an error. Causes go to the log, never to the client.
func (c *call) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	e := answerTo(err)
	if e.status >= 500 && err != error(e) && !answer.Left(c.r) {
		c.Log(e.message, "error", err)
	}
	answer.Extend(c.w) // it may have taken longer than the server's WriteTimeout to fail
	if e.status == http.StatusServiceUnavailable {
		c.w.Header().Set("Retry-After", "1")
	}
	b := append([]byte(nil), `{"code":`...)
	b = strconv.AppendInt(b, int64(e.code), 10)
	b = append(b, `,"message":`...)
	b = wire.AppendString(b, e.message)
	b = append(b, `,"more_info":"`+moreInfo+`","status":`...)
	b = strconv.AppendInt(b, int64(e.status), 10)
	b = append(b, '}')
	c.write(e.status, jsonType, b)
}
