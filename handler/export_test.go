package handler

import (
	"maps"
	"net/http"
	"slices"
)

// A Route is a path of the API, with its variables, and the methods it has.
type Route struct {
	Path    string
	Methods []string
	Public  bool
}

// Routes returns all that the router knows, for tests that must miss none.
func Routes() (routes []Route) {
	for _, r := range resources {
		methods := slices.Sorted(maps.Keys(r.methods))
		if _, ok := r.methods[http.MethodGet]; ok {
			methods = append(methods, http.MethodHead)
		}
		routes = append(routes, Route{r.path, methods, r.public})
	}
	return routes
}

// CountCompares counts how often secrets are compared as they should be, until
// done is called. It is for one test at a time.
func CountCompares() (n *int, done func()) {
	n = new(int)
	was := compare
	compare = func(a, b [32]byte) int { *n++; return was(a, b) }
	return n, func() { compare = was }
}
