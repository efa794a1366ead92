package handler

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/humanfeedback/feedbacks/store"
)

// The query parameters that several calls know.
var (
	filterParams = []string{"SessionId", "MessageId", "UserId", "Tag", "MinScore", "MaxScore", "HasText", "DateCreatedAfter", "DateCreatedBefore"}
	pagingParams = []string{"PageSize", "Page", "PageToken"}
)

// params are the query parameters of a call: each known, given once, not empty.
type params map[string]string

// params returns the call's query parameters, of those that it knows, or a 400
// that names the one that breaks a rule.
func (c *call) params(known ...[]string) (params, error) {
	if c.r.URL.RawQuery == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query is malformed: " + clip(c.r.URL.RawQuery))
	}
	all := slices.Concat(known...)
	p := params{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !slices.Contains(all, name):
			return nil, badRequest(fmt.Sprintf("%q is not a parameter of this call", clip(name)))
		case len(values[name]) > 1:
			return nil, badParam(name, "must be given once, got %d times", len(values[name]))
		case values[name][0] == "":
			return nil, badParam(name, "must not be empty")
		}
		p[name] = values[name][0]
	}
	return p, nil
}

func badParam(name, rule string, args ...any) error {
	return &store.FieldError{Field: name, Rule: fmt.Sprintf(rule, args...)}
}

// without returns the parameters that are not among names, in one canonical
// form.
func (p params) without(names []string) url.Values {
	values := url.Values{}
	for name, value := range p {
		if !slices.Contains(names, name) {
			values.Set(name, value)
		}
	}
	return values
}

// filter returns the records that the parameters select.
func (p params) filter() (f store.Filter, err error) {
	f.SessionID, f.MessageID, f.UserID, f.Tag = p["SessionId"], p["MessageId"], p["UserId"], p["Tag"]
	if f.MinScore, err = p.score("MinScore"); err != nil {
		return f, err
	}
	if f.MaxScore, err = p.score("MaxScore"); err != nil {
		return f, err
	}
	switch v := p["HasText"]; v {
	case "":
	case "true", "false":
		f.HasText = new(v == "true")
	default:
		return f, badParam("HasText", "must be true or false, got %q", clip(v))
	}
	if f.CreatedAfter, err = p.time("DateCreatedAfter"); err != nil {
		return f, err
	}
	if f.CreatedBefore, err = p.time("DateCreatedBefore"); err != nil {
		return f, err
	}
	return f, f.Check()
}

func (p params) score(name string) (*float64, error) {
	v, ok := p[name]
	if !ok {
		return nil, nil
	}
	if n := jsontext.Value(v); n.Kind() != '0' || !n.IsValid() || strings.ContainsAny(v, " \t\r\n") { // a + is a space
		return nil, badParam(name, "must be a number between 0 and 1, got %q", clip(v))
	}
	f, err := parseScore(v)
	if err != nil {
		return nil, badParam(name, "%v", err)
	}
	return &f, nil
}

// time parses RFC 3339, or a date, which starts at midnight UTC.
func (p params) time(name string) (time.Time, error) {
	v, ok := p[name]
	if !ok {
		return time.Time{}, nil
	}
	var t time.Time
	err := t.UnmarshalText([]byte(v)) // stricter than time.Parse
	if err != nil {
		t, err = time.Parse(time.DateOnly, v)
	}
	year := t.UTC().Year() // what a Summary's series can show
	if err != nil || t.IsZero() || year < 1 || year > 9999 {
		return time.Time{}, badParam(name, "must be a time like 2026-11-22T10:20:30Z, with any + as %%2B, or a date like 2026-11-22, got %q", clip(v))
	}
	return t, nil
}

// interval tells how the parameters divide time.
func (p params) interval() (store.Interval, error) {
	by := store.Interval(p["Interval"])
	if by.Check() != nil {
		return by, badParam("Interval", "must be hour, day, week or month, got %q", clip(string(by)))
	}
	return by, nil
}

// integer parses a whole number from least to most.
func (p params) integer(name string, preset, least, most int) (int, error) {
	v, ok := p[name]
	if !ok {
		return preset, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most || strconv.Itoa(n) != v {
		return 0, badParam(name, "must be a whole number between %d and %d, got %q", least, most, clip(v))
	}
	return n, nil
}

// ascending tells the order that the parameters ask for.
func (p params) ascending() (bool, error) {
	switch v := p["Order"]; v {
	case "", "desc":
		return false, nil
	case "asc":
		return true, nil
	default:
		return false, badParam("Order", "must be asc or desc, got %q", clip(v))
	}
}
