package handler

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// root is what all of the API's paths start with, below any prefix.
const root = "/v1/Assistants/"

// A resource is what is found at one path: an endpoint for each of its methods.
type resource map[string]endpoint

type endpoint func(*call) error

// resources are the API's paths. Variables are matched in their escaped form, so
// that an id may hold a slash.
var resources = map[string]resource{
	root + "{assistant_id}/Feedbacks": {
		http.MethodGet:  (*call).list,
		http.MethodPost: (*call).create,
	},
	root + "{assistant_id}/Feedbacks/{id:aia_fdbk_[0-9a-f-]+}": {
		http.MethodGet:    (*call).get,
		http.MethodDelete: (*call).delete,
	},
}

// route makes a flat router with one route a path: gorilla/mux answers 404
// instead of 405 for routes that differ only in their methods (its issue 739).
func (h *Handler) route() {
	h.router = mux.NewRouter().SkipClean(true).UseEncodedPath()
	h.routes = map[*mux.Route]resource{}
	for _, path := range slices.Sorted(maps.Keys(resources)) {
		h.routes[h.router.Path(path)] = resources[path]
	}
}

// match returns the resource that a request is for and the variables of its
// path, or nil when there is none.
func (h *Handler) match(r *http.Request) (resource, map[string]string) {
	prefix, path := splitPrefix(r.URL.EscapedPath())
	if path == "" {
		return nil, nil
	}
	if prefix != "" {
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return nil, nil
		}
		r = &http.Request{Method: r.Method, URL: &url.URL{Path: decoded, RawPath: path}}
	}
	var m mux.RouteMatch
	if !h.router.Match(r, &m) {
		return nil, nil
	}
	return h.routes[m.Route], m.Vars
}

// splitPrefix splits an escaped path into the prefix that the API is mounted at
// and the path below it, "" when that is none of the API's.
func splitPrefix(path string) (prefix, below string) {
	i := strings.LastIndex(path, root)
	if i < 0 {
		return path, ""
	}
	return path[:i], path[i:]
}

// allow returns the methods of a resource for an Allow header.
func (res resource) allow() string {
	methods := slices.Collect(maps.Keys(res))
	if res[http.MethodGet] != nil {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}
