package handler

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// A call is one request on its way through the handler.
type call struct {
	*Handler
	w         http.ResponseWriter
	r         *http.Request
	route     mux.RouteMatch
	client    client
	body      wire.Body
	principal Principal
	scope     store.Scope // without an assistant for all of the account's
	status    int         // of the answer, 0 until its header is out
	bytes     int64       // of its body that are out
	err       error       // why it is no success
}

func (h *Handler) call(w http.ResponseWriter, r *http.Request) *call {
	return &call{Handler: h, w: w, r: r, client: clientOf(r)}
}

// serve answers the call, which is for a resource, nil when there is none, and tells
// the host of it.
func (c *call) serve(res *resource) {
	if c.opts.Observe == nil {
		c.run(res)
		return
	}
	start, brokenOff := time.Now(), true
	defer func() { c.observe(res, start, brokenOff) }() // also when a panic goes on to the server
	c.run(res)
	brokenOff = false
}

// run answers the call.
func (c *call) run(res *resource) {
	defer answer.Recover(c)
	setHeader(c.w, "Cache-Control", noStore)
	if host := c.w.Header()["Vary"]; host != nil { // CORS middleware's, say
		setHeader(c.w, "Vary", slices.Concat(host, vary))
	} else {
		setHeader(c.w, "Vary", vary)
	}
	setHeader(c.w, "X-Content-Type-Options", noSniff)
	if err := c.answer(res); err != nil {
		c.fail(err)
	}
}

// answer finds out who calls, and hands the call to its endpoint.
func (c *call) answer(res *resource) error {
	if res == nil || !res.public {
		p, err := c.opts.Authenticate(c.r)
		if err != nil {
			return c.refuse(err)
		}
		c.principal = p
	}
	if res == nil {
		c.hintPrefix()
		return errNotFound
	}
	method := c.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	do, ok := res.methods[method]
	if !ok {
		c.w.Header().Set("Allow", res.methods.allow())
		return errMethod
	}
	c.scope.Account = c.principal.Account
	if !res.account && !res.public {
		assistant, ok := c.pathID("assistant_id")
		if !ok {
			return errNotFound
		}
		c.scope.Assistant = assistant
	}
	if err := c.limit(do.operation); err != nil {
		return err
	}
	return do.answer(c)
}

// pathID returns a variable of the path; false when it can be nobody's id.
func (c *call) pathID(name string) (string, bool) { return unescapeID(c.route.Vars[name]) }

// write sends a whole answer.
func (c *call) write(status int, contentType []string, body []byte) {
	setHeader(c.w, "Content-Type", contentType)
	if c.r.Method == http.MethodHead {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		c.start(status)
		return
	}
	c.start(status)
	c.send(body) // an error means that the client has left
}

// start sends the answer's header.
func (c *call) start(status int) {
	c.status = status
	c.w.WriteHeader(status)
}

// send sends a piece of the answer's body.
func (c *call) send(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.bytes += int64(n)
	return n, err
}

// changed tells a host that has an OnChange of a change. What it does with it
// cannot fail the call.
func (c *call) changed(before, after *store.Feedback) {
	defer answer.Forgive(c, "OnChange")
	c.opts.OnChange(context.WithoutCancel(c.r.Context()), before, after)
}

// Started reports whether the answer's header is out.
func (c *call) Started() bool { return c.status != 0 }

// Fail answers with an error that says nothing of its cause.
func (c *call) Fail() { c.fail(errInternal) }

// Log logs an error of this call.
func (c *call) Log(msg string, args ...any) {
	args = append(args, "method", quote.Clip(c.r.Method), "path", quote.Clip(c.r.URL.EscapedPath()))
	c.opts.logger().ErrorContext(c.r.Context(), "feedbacks: "+msg, args...)
}

// The values of headers that many answers have. They are shared, to save an
// allocation each, and have no room for an append to overwrite.
var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
	noSniff  = []string{"nosniff"}
	vary     = []string{"Accept, User-Agent"}
)

// setHeader sets a header whose name is in canonical form.
func setHeader(w http.ResponseWriter, name string, value []string) { w.Header()[name] = value }
