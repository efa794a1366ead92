package handler

import (
	"context"
	"net/http"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answer"
)

// A Call is what Options.Observe is told of a request and its answer. Route, Method
// and Status take few values, and name nobody.
type Call struct {
	// Route is the template of the path, such as
	// /v1/Assistants/{assistant_id}/Feedbacks, without Options.Prefix; "" where the path
	// is none of the API's.
	Route string
	// Method is the request's, or _OTHER if HTTP knows none of that name.
	Method string
	// Status is the answer's, 0 if it broke off before its header was out.
	Status int
	// Principal is what Authenticate returned, zero if it refused or was not asked.
	Principal Principal
	// Duration is how long the answer took, from when the handler got the request, with
	// all that it waited for the client to send and read.
	Duration time.Duration
	// Bytes are those of the answer's body that were sent.
	Bytes int64
	// BrokenOff says that the connection was broken, so that the client cannot take the
	// answer for the whole: it left, or an error came when a part was out.
	BrokenOff bool
	// Err is nil, or why the answer is no success or broke off. The cause of a 5xx is
	// also in Options.Logger. It may name hosts, and quote a few words of the request:
	// it is not for clients, nor for a log without ids.
	Err error
}

// observe tells the host of the call, which was for a resource, nil when there is
// none. What the host does with it cannot change the answer.
func (c *call) observe(res *resource, start time.Time, brokenOff bool) {
	defer answer.Forgive(c, "Observe")
	told := Call{
		Method: knownMethod(c.r.Method), Status: c.status, Principal: c.principal,
		Duration: time.Since(start), Bytes: c.bytes, BrokenOff: brokenOff, Err: c.err,
	}
	if res != nil {
		told.Route = res.path
	}
	if brokenOff && told.Err == nil {
		told.Err = http.ErrAbortHandler
	}
	c.opts.Observe(context.WithoutCancel(c.r.Context()), told)
}

// knownMethod returns a method, or what OpenTelemetry calls one that is a client's
// own: there may be any number of those.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method
	}
	return "_OTHER"
}
