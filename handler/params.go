package handler

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/store"
)

// given are a call's query parameters as they were given: each known, given once,
// not empty.
type given map[string]string

// params returns what the call's query parameters say, of those in the groups that
// it knows, or a 400 that names the one that breaks a rule.
func (c *call) params(known ...[]params.Param) (params.Values, given, error) {
	v, g, err := c.parse(known)
	if err != nil {
		return v, g, err
	}
	for _, group := range known {
		for i := range group {
			if p := &group[i]; p.Required && g[p.Name] == "" {
				return v, g, badParam(p.Name, "is required")
			}
		}
	}
	return v, g, nil
}

// parse is params without looking for what is missing.
func (c *call) parse(known [][]params.Param) (params.Values, given, error) {
	v := params.Defaults()
	if c.r.URL.RawQuery == "" {
		return v, nil, nil
	}
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return v, nil, badRequest("the query is malformed: " + quote.Clip(c.r.URL.RawQuery))
	}
	g := given{}
	names := slices.Sorted(maps.Keys(values))
	if i := slices.Index(names, "TimeZone"); i > 0 { // dates depend on it
		names = slices.Insert(slices.Delete(names, i, i+1), 0, "TimeZone")
	}
	for _, name := range names {
		p := find(known, name)
		switch {
		case p == nil:
			return v, nil, badRequest(fmt.Sprintf("%q is not a parameter of this call", quote.Clip(name)))
		case len(values[name]) > 1:
			return v, nil, badParam(name, "must be given once, got %d times", len(values[name]))
		case values[name][0] == "":
			return v, nil, badParam(name, "must not be empty")
		}
		g[name] = values[name][0]
		if err := p.Set(&v, g[name]); err != nil {
			return v, nil, err
		}
	}
	return v, g, nil
}

func find(groups [][]params.Param, name string) *params.Param {
	for _, group := range groups {
		if p := params.Find(group, name); p != nil {
			return p
		}
	}
	return nil
}

func badParam(name, rule string, args ...any) error {
	return &store.FieldError{Field: name, Rule: fmt.Sprintf(rule, args...)}
}

// anyOf returns the first parameter of a group that was given, "" when none was.
func (g given) anyOf(group []params.Param) string {
	for i := range group {
		if _, ok := g[group[i].Name]; ok {
			return group[i].Name
		}
	}
	return ""
}

// without returns the parameters that are not of a group, in one canonical form.
func (g given) without(group []params.Param) url.Values {
	values := url.Values{}
	for name, value := range g {
		if params.Find(group, name) == nil {
			values.Set(name, value)
		}
	}
	return values
}
