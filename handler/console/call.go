package console

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
)

// A call is one request on its way through the console.
type call struct {
	*console
	w         http.ResponseWriter
	r         *http.Request
	principal handler.Principal
	query     url.Values
	started   bool // the answer's header is out
}

// policy lets a page load what is here and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// serve answers the call, which is for the named page.
func (c *call) serve(name string) {
	defer c.recover()
	h := c.w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // not no-referrer, with which a form's Origin is null
	if err := c.answer(name); err != nil {
		c.fail(err)
	}
}

// patience is how long the store may take for one view.
const patience = 10 * time.Second

// answer finds out who calls, and hands the call to its page.
func (c *call) answer(name string) (err error) {
	if c.principal, err = c.opts.Authenticate(c.r); err != nil {
		return unauthenticated(err)
	}
	if c.principal.Visitor != nil {
		return errForbidden
	}
	res, ok := resources[name]
	if !ok || res.deletes && !c.opts.AllowDelete {
		return errNotFound
	}
	if location, ok := withoutSlash(c.r); ok {
		c.redirect(http.StatusMovedPermanently, location)
		return nil
	}
	if c.query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
		return errBadQuery
	}
	switch {
	case c.r.Method == http.MethodGet, c.r.Method == http.MethodHead:
		return res.get(c)
	case c.r.Method == http.MethodPost && res.post != nil:
		if err := c.crossOrigin.Check(c.r); err != nil {
			return errCrossOrigin
		}
		c.r.Body = http.MaxBytesReader(c.w, c.r.Body, 16<<10)
		if c.r.ParseForm() != nil {
			return errBadQuery
		}
		return res.post(c)
	}
	c.w.Header().Set("Allow", "GET, HEAD")
	if res.post != nil {
		c.w.Header().Set("Allow", "GET, HEAD, POST")
	}
	return errMethod
}

// show sends the page that the named template makes of data.
func (c *call) show(status int, template string, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, template, data); err != nil {
		return err
	}
	c.started = true
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		c.w.Write(b.Bytes()) // an error means that the client has left
	}
	return nil
}

// redirect sends a relative location as it is; http.Redirect would make it one
// below a path from which the host may have stripped its prefix.
func (c *call) redirect(status int, location string) {
	c.started = true
	c.w.Header().Set("Location", location)
	c.w.WriteHeader(status)
}

// context returns the context of a call's reads.
func (c *call) context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.r.Context(), patience)
}

// pieceTime is how long a client may take to read one piece of an answer.
const pieceTime = 30 * time.Second

// extend moves the write deadline on, whatever the server's WriteTimeout: what is
// long may take its time as long as the client keeps reading.
func (c *call) extend() {
	http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(pieceTime)) // where there are deadlines
}

// recover turns a panic into a 500, or breaks the connection when an answer is
// already under way.
func (c *call) recover() {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	c.log("panic", "panic", v, "stack", string(debug.Stack()))
	if c.started {
		panic(http.ErrAbortHandler)
	}
	c.fail(errInternal)
}

// left reports whether the client has left, so that errors say nothing about the
// host.
func (c *call) left() bool { return errors.Is(c.r.Context().Err(), context.Canceled) }

// log logs an error of this call, without the query, which names people.
func (c *call) log(msg string, args ...any) {
	logger := c.opts.logger()
	logger.ErrorContext(c.r.Context(), "feedbacks console: "+msg, append(args, "method", c.r.Method, "path", c.r.URL.EscapedPath())...)
}
