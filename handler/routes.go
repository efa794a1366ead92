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
	account bool // is about all of an account's assistants: its path names none
	public  bool // needs no credentials, and is not for a middleware to take
}

// methods are the endpoints of a resource.
type methods map[string]endpoint

// An endpoint answers one method.
type endpoint struct {
	answer    func(*call) error
	operation Operation // what it does, "" if it only reads records
}

// resources are the API's paths. The first that matches answers: what is literal
// comes before the variable that would match it too.
var resources = []resource{
	{path: "/v1/Assistants/{assistant_id}/Feedbacks", methods: methods{
		http.MethodGet:    {(*call).list, ""},
		http.MethodPost:   {(*call).create, OpCreate},
		http.MethodDelete: {(*call).erase, OpErase},
	}},
	{path: "/v1/Assistants/{assistant_id}/Feedbacks/Summary", methods: methods{
		http.MethodGet: {(*call).summary, OpSummarize},
	}},
	{path: "/v1/Assistants/{assistant_id}/Feedbacks/{id}", methods: methods{
		http.MethodGet:    {(*call).get, ""},
		http.MethodDelete: {(*call).delete, OpDelete},
	}},
	{path: "/v1/Assistants/{assistant_id}/Feedbacks/{id}/Review", methods: methods{
		http.MethodPut:    {(*call).putReview, OpReview},
		http.MethodDelete: {(*call).deleteReview, OpReview},
	}},
	{path: "/v1/Assistants/{assistant_id}/Sessions/{session_id}/Messages/{message_id}/Feedback", methods: vote},
	{path: "/v1/Assistants/{assistant_id}/Sessions/{session_id}/Feedback", methods: vote},
	{path: "/v1/Assistants/{assistant_id}/Sessions/{session_id}/Feedbacks", methods: methods{
		http.MethodGet: {(*call).votes, OpListVotes},
	}},
	{path: "/v1/Assistants/{assistant_id}/FeedbackTokens", methods: methods{
		http.MethodPost: {(*call).issueToken, OpIssueToken},
	}},
	{path: "/v1/Feedbacks", account: true, methods: methods{
		http.MethodGet:    {(*call).person, ""},
		http.MethodDelete: {(*call).erasePerson, OpErase},
	}},
	{path: "/v1/openapi.json", public: true, methods: methods{
		http.MethodGet: {(*call).openapi, ""},
	}},
}

var vote = methods{
	http.MethodPut:    {(*call).putVote, OpVote},
	http.MethodGet:    {(*call).getVote, ""},
	http.MethodDelete: {(*call).deleteVote, OpDelete},
}

// route makes a flat router with one route a path: gorilla/mux answers 404
// instead of 405 for routes that differ only in their methods (its issue 739).
func (h *Handler) route() {
	h.router = mux.NewRouter()
	h.routes = map[*mux.Route]*resource{}
	for i, t := range templates {
		h.routes[h.router.MatcherFunc(t.below(h.opts.Prefix))] = &resources[i]
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

// below returns a matcher for the template's paths with one prefix. A path template
// of mux would match them unescaped, and an id may hold a slash.
func (t template) below(prefix string) mux.MatcherFunc {
	return func(r *http.Request, m *mux.RouteMatch) bool {
		before, values, ok := t.cut(r.URL.EscapedPath())
		if !ok || before != prefix {
			return false
		}
		m.Vars = t.vars(values)
		return true
	}
}

// allow returns the methods for an Allow header.
func (m methods) allow() string {
	names := slices.Collect(maps.Keys(m))
	if _, ok := m[http.MethodGet]; ok {
		names = append(names, http.MethodHead)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
