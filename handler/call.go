package handler

import (
	"context"
	"net/http"
	"slices"
	"strconv"

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
	started   bool        // the answer's header is out
}

func (h *Handler) call(w http.ResponseWriter, r *http.Request) *call {
	return &call{Handler: h, w: w, r: r, client: clientOf(r)}
}

// serve answers the call, which is for a resource, nil when there is none.
func (c *call) serve(res *resource) {
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
		var err error
		if c.principal, err = c.opts.Authenticate(c.r); err != nil {
			return c.refuse(err)
		}
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
	c.started = true
	if c.r.Method == http.MethodHead {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		c.w.WriteHeader(status)
		return
	}
	c.w.WriteHeader(status)
	c.w.Write(body) // an error means that the client has left
}

// changed tells a host that has an OnChange of a change. What it does with it
// cannot fail the call.
func (c *call) changed(before, after *store.Feedback) {
	defer answer.Forgive(c, "OnChange")
	c.opts.OnChange(context.WithoutCancel(c.r.Context()), before, after)
}

// Started reports whether the answer's header is out.
func (c *call) Started() bool { return c.started }

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
