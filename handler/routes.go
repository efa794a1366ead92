package handler

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// A resource is what is found at one path.
type resource struct {
	path    string
	methods methods
	public  bool // needs no credentials, and is not for a middleware to take
}

// methods are the endpoints of a resource.
type methods map[string]func(*call) error

// resources are the API's paths. The first that matches answers: what is literal
// comes before the variable that would match it too.
var resources = []resource{
	{path: "/v1/Assistants/{assistant_id}/Feedbacks", methods: methods{
		http.MethodGet:    (*call).list,
		http.MethodPost:   (*call).create,
		http.MethodDelete: (*call).erase,
	}},
	{path: "/v1/Assistants/{assistant_id}/Feedbacks/Summary", methods: methods{
		http.MethodGet: (*call).summary,
	}},
	{path: "/v1/Assistants/{assistant_id}/Feedbacks/{id}", methods: methods{
		http.MethodGet:    (*call).get,
		http.MethodDelete: (*call).delete,
	}},
	{path: "/v1/Assistants/{assistant_id}/Sessions/{session_id}/Messages/{message_id}/Feedback", methods: vote},
	{path: "/v1/Assistants/{assistant_id}/Sessions/{session_id}/Feedback", methods: vote},
	{path: "/v1/Assistants/{assistant_id}/FeedbackTokens", methods: methods{
		http.MethodPost: (*call).issueToken,
	}},
	{path: "/v1/openapi.json", public: true, methods: methods{
		http.MethodGet: (*call).openapi,
	}},
}

var vote = methods{
	http.MethodPut:    (*call).putVote,
	http.MethodGet:    (*call).getVote,
	http.MethodDelete: (*call).deleteVote,
}

// route makes a flat router with one route a path: gorilla/mux answers 404
// instead of 405 for routes that differ only in their methods (its issue 739).
func (h *Handler) route() {
	h.router = mux.NewRouter()
	h.routes = map[*mux.Route]*resource{}
	for i, r := range resources {
		h.routes[h.router.MatcherFunc(below(r.path))] = &resources[i]
	}
}

// match finds the call's resource, nil when there is none at its path. It does
// not go through Router.ServeHTTP, which redirects paths that it finds unclean.
func (c *call) match() *resource {
	if !c.router.Match(c.r, &c.route) {
		return nil
	}
	return c.routes[c.route.Route]
}

// prefixVar is the variable of a route that holds what comes before its path.
const prefixVar = ""

// below returns a matcher for a path at the end of a request's, whatever prefix
// the host has before it; a path template of mux would have to know the prefix.
// Paths are matched in their escaped form, so that an id may hold a slash, and
// variables are kept in it.
func below(path string) mux.MatcherFunc {
	segments := strings.Split(path, "/")[1:]
	return func(r *http.Request, m *mux.RouteMatch) bool {
		rest := r.URL.EscapedPath()
		var values [8]string
		for i := len(segments) - 1; i >= 0; i-- {
			cut := strings.LastIndexByte(rest, '/')
			if cut < 0 {
				return false
			}
			values[i] = rest[cut+1:]
			rest = rest[:cut]
			if isVar := segments[i][0] == '{'; isVar && values[i] == "" || !isVar && values[i] != segments[i] {
				return false
			}
		}
		if strings.Contains(rest+"/", "/v1/Assistants/") {
			return false // who guards one assistant's path guards all that is below it
		}
		m.Vars = map[string]string{prefixVar: rest}
		for i, segment := range segments {
			if segment[0] == '{' {
				m.Vars[strings.Trim(segment, "{}")] = values[i]
			}
		}
		return true
	}
}

// allow returns the methods for an Allow header.
func (m methods) allow() string {
	names := slices.Collect(maps.Keys(m))
	if m[http.MethodGet] != nil {
		names = append(names, http.MethodHead)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
