package handler

import (
	"net/http"
	"sync"

	"github.com/gorilla/mux"

	"github.com/humanfeedback/feedbacks/store"
)

// A Handler is the Feedbacks API on a store. Make it with [New]. It is safe for
// concurrent use.
type Handler struct {
	opts   Options
	store  store.Store
	router *mux.Router
	routes map[*mux.Route]*resource
	hinted sync.Once // that a prefix may be missing
	warned warned    // of too many tags
}

// New returns a Handler that keeps feedback in st. Without opts.Authenticate and
// opts.Tokens it is open to all who can reach it. New panics when st is nil or an
// option makes no sense.
//
// It answers the API's paths, which start with opts.Prefix and /v1. What is not
// the API's is 404.
func New(st store.Store, opts *Options) *Handler {
	if st == nil {
		panic("handler: New needs a store")
	}
	h := &Handler{opts: opts.withDefaults(), store: st}
	h.route()
	return h
}

// Middleware returns a function that wraps a handler: requests for the API's
// paths are answered as [New]'s Handler does, all others go on to the handler.
// The API's description, …/v1/openapi.json, goes on too: that path may well be
// one of the host's own.
func Middleware(st store.Store, opts *Options) func(http.Handler) http.Handler {
	h := New(st, opts)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := h.call(w, r)
			if res := c.match(); res != nil && !res.public {
				c.serve(res)
				return
			} else if res == nil {
				c.hintPrefix()
			}
			next.ServeHTTP(w, r)
		})
	}
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := h.call(w, r)
	c.serve(c.match())
}
