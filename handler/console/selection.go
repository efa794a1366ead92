package console

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A selection is the records that a page is about: an assistant's, and of these
// what the filters in its address select.
type selection struct {
	Assistant string
	Filter    store.Filter
	Interval  store.Interval
	// Values are the parameters as they were given, without the empty ones that
	// forms send.
	Values map[string]string
	// Errors says of parameters what is wrong with them.
	Errors map[string]string
}

// filterNames are the parameters that filter, in the order of the form. They are
// the API's.
var filterNames = []string{"MinScore", "MaxScore", "HasText", "Tag", "SessionId", "MessageId", "UserId", "DateCreatedAfter", "DateCreatedBefore"}

// selection returns what the call's parameters select. A page without an
// assistant is not found; bad filters are for the form to show.
func (c *call) selection() (*selection, error) {
	s := &selection{Assistant: c.query.Get("Assistant"), Values: map[string]string{}, Errors: map[string]string{}}
	if store.CheckID("Assistant", s.Assistant) != nil {
		return nil, errNotFound
	}
	for _, name := range append([]string{"Interval"}, filterNames...) {
		v := c.query.Get(name)
		if v == "" {
			continue
		}
		s.Values[name] = v
		if err := s.set(name, v); err != nil {
			s.Values[name], s.Errors[name] = strings.ToValidUTF8(v, "\uFFFD"), ruleOf(err)
		} else if name == "MinScore" || name == "MaxScore" { // in the API's form, to be compared
			v, _ := parseScore(v)
			s.Values[name] = strconv.FormatFloat(*v, 'f', -1, 64)
		}
	}
	return s, nil
}

// set applies one parameter.
func (s *selection) set(name, v string) (err error) {
	f := &s.Filter
	switch name {
	case "SessionId":
		f.SessionID = v
		return store.Filter{SessionID: v}.Check()
	case "MessageId":
		f.MessageID = v
		return store.Filter{MessageID: v}.Check()
	case "UserId":
		f.UserID = v
		return store.Filter{UserID: v}.Check()
	case "Tag":
		f.Tag = v
		return store.Filter{Tag: v}.Check()
	case "MinScore":
		f.MinScore, err = parseScore(v)
	case "MaxScore":
		f.MaxScore, err = parseScore(v)
	case "HasText":
		f.HasText = new(v == "true")
		if v != "true" && v != "false" {
			return errors.New("must be true or false")
		}
	case "DateCreatedAfter":
		f.CreatedAfter, err = parseTime(v)
	case "DateCreatedBefore":
		f.CreatedBefore, err = parseTime(v)
	case "Interval":
		s.Interval = store.Interval(v)
		return s.Interval.Check()
	}
	return err
}

// ruleOf returns the rule that was broken, without the name of the field: it is
// shown beside the field.
func ruleOf(err error) string {
	if e, ok := errors.AsType[*store.FieldError](err); ok {
		return e.Rule
	}
	return err.Error()
}

// parseTime parses RFC 3339, or a date, which starts at midnight UTC.
func parseTime(v string) (time.Time, error) {
	var t time.Time
	err := t.UnmarshalText([]byte(v)) // stricter than time.Parse
	if err != nil {
		t, err = time.Parse(time.DateOnly, v)
	}
	year := t.UTC().Year() // what a summary's series can show
	if err != nil || t.IsZero() || year < 1 || year > 9999 {
		return time.Time{}, errors.New("must be a date like 2026-11-22, or a time like 2026-11-22T10:20:30Z")
	}
	return t, nil
}

// Valid reports whether all parameters are.
func (s *selection) Valid() bool { return len(s.Errors) == 0 }

// IsDate reports whether a date field of the form can show v: "" or a date
// without a time.
func (s *selection) IsDate(name string) bool {
	_, err := time.Parse(time.DateOnly, s.Values[name])
	return err == nil || strings.TrimSpace(s.Values[name]) == ""
}
