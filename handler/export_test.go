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
		if r.methods[http.MethodGet] != nil {
			methods = append(methods, http.MethodHead)
		}
		routes = append(routes, Route{r.path, methods, r.public})
	}
	return routes
}
