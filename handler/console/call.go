package console

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/answer"
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
	defer answer.Recover(c)
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

// Log logs an error of this call, without the query, which names people.
func (c *call) Log(msg string, args ...any) {
	logger := c.opts.logger()
	logger.ErrorContext(c.r.Context(), "feedbacks console: "+msg, append(args, "method", c.r.Method, "path", c.r.URL.EscapedPath())...)
}

// Started reports whether the answer's header is out.
func (c *call) Started() bool { return c.started }

// Fail answers with an error that says nothing of its cause.
func (c *call) Fail() { c.fail(errInternal) }
