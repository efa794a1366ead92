package console

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/quote"
)

// A visit is one request on its way through the console.
type visit struct {
	*console
	w         http.ResponseWriter
	r         *http.Request
	principal handler.Principal
	mayDelete bool
	query     url.Values
	started   bool // the answer's header is out
}

// policy lets a page load what is here and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// serve answers the visit, which is of the named page.
func (v *visit) serve(name string) {
	defer answer.Recover(v)
	h := v.w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // not no-referrer, with which a form's Origin is null
	if err := v.answer(name); err != nil {
		v.fail(err)
	}
}

// maxForm is the longest form, in bytes: a note that the API has taken, of 10,000
// characters, comes back in it with up to twelve bytes for each.
const maxForm = 256 << 10

// patience is how long the store may take for one view.
const patience = 10 * time.Second

// answer finds out who it is, and hands the visit to its page.
func (v *visit) answer(name string) (err error) {
	if v.principal, err = v.opts.Authenticate(v.r); err != nil {
		return v.refuse(err)
	}
	if v.principal.Visitor != nil {
		return errForbidden
	}
	v.mayDelete = v.opts.MayDelete != nil && v.opts.MayDelete(v.principal)
	if location, ok := withoutSlash(v.r); ok {
		v.redirect(http.StatusMovedPermanently, location)
		return nil
	}
	res, ok := resources[name]
	if !ok || res.deletes && !v.mayDelete {
		return errNotFound
	}
	if v.query, err = url.ParseQuery(v.r.URL.RawQuery); err != nil {
		return errBadQuery
	}
	switch {
	case (v.r.Method == http.MethodGet || v.r.Method == http.MethodHead) && res.get != nil:
		return res.get(v)
	case v.r.Method == http.MethodPost && res.post != nil:
		if err := v.crossOrigin.Check(v.r); err != nil {
			return errCrossOrigin
		}
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if v.r.ParseForm() != nil {
			return errBadQuery
		}
		return res.post(v)
	}
	var allow []string
	if res.get != nil {
		allow = append(allow, "GET, HEAD")
	}
	if res.post != nil {
		allow = append(allow, "POST")
	}
	v.w.Header().Set("Allow", strings.Join(allow, ", "))
	return errMethod
}

// show sends the page that the named template makes of data.
func (v *visit) show(status int, template string, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, template, data); err != nil {
		return err
	}
	v.started = true
	answer.Extend(v.w)
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		v.w.Write(b.Bytes()) // an error means that the client has left
	}
	return nil
}

// redirect sends a relative location as it is; http.Redirect would make it one
// below a path from which the host may have stripped its prefix.
func (v *visit) redirect(status int, location string) {
	v.started = true
	v.w.Header().Set("Location", location)
	v.w.WriteHeader(status)
}

// context returns the context of a visit's reads.
func (v *visit) context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(v.r.Context(), patience)
}

// Log logs an error of this visit, without the query, which names people.
func (v *visit) Log(msg string, args ...any) {
	logger := v.opts.logger()
	logger.ErrorContext(v.r.Context(), "feedbacks console: "+msg, append(args, "method", quote.Clip(v.r.Method), "path", quote.Clip(v.r.URL.EscapedPath()))...)
}

// Started reports whether the answer's header is out.
func (v *visit) Started() bool { return v.started }

// Fail answers with an error that says nothing of its cause.
func (v *visit) Fail() { v.fail(errInternal) }
