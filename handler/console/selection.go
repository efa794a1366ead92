package console

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/store"
)

// A selection is the records that a page is about: an assistant's, and of these
// what the filters in its address select.
type selection struct {
	Assistant string
	params.Values
	// Given are the parameters as they were given, without the empty ones that
	// forms send; good scores are in the API's form, to be compared.
	Given map[string]string
	// Errors says of parameters what is wrong with them.
	Errors map[string]string
	// A and B are the tags whose difference is asked for, of those that start with
	// Compare.
	A, B string
}

// order is that of the form's fields, by their kinds; any other kind comes first.
var order = []params.Kind{params.Words, params.Score, params.Bool, params.Tag, params.ID, params.Pair, params.Time}

// filters are the parameters that filter, in the order of the form.
var filters = slices.SortedStableFunc(slices.Values(params.Filters), func(p, q params.Param) int {
	return cmp.Compare(slices.Index(order, p.Kind), slices.Index(order, q.Kind))
})

// selection returns what the visit's parameters select. A page without an
// assistant is not found; bad filters are for the form to show.
func (v *visit) selection() (*selection, error) {
	s := &selection{Assistant: v.query.Get("Assistant"), Given: map[string]string{}, Errors: map[string]string{}}
	if store.CheckID("Assistant", s.Assistant) != nil {
		return nil, errNotFound
	}
	for _, p := range slices.Concat(params.Interval, filters, []params.Param{*params.Named("Compare")}) { // dates depend on TimeZone
		if text := v.query.Get(p.Name); text != "" {
			s.set(&p, text)
		}
	}
	s.A, s.B = s.picked(v.query.Get("A")), s.picked(v.query.Get("B"))
	return s, nil
}

// picked returns a tag that is compared, "" for anything else: the prefix may have
// changed since it was picked.
func (s *selection) picked(tag string) string {
	if s.Compare == "" || !strings.HasPrefix(tag, s.Compare) || (store.Filter{Tag: tag}).Check() != nil {
		return ""
	}
	return tag
}

// set applies one parameter.
func (s *selection) set(p *params.Param, text string) {
	given := text
	if p.Kind == params.Score {
		given = fromPercent(text)
	}
	if err := p.Set(&s.Values, given); err != nil {
		s.Given[p.Name], s.Errors[p.Name] = strings.ToValidUTF8(text, "\uFFFD"), rule(p, err)
		return
	}
	if p.Kind == params.Score {
		given = strconv.FormatFloat(condition(p, given).Value.(float64), 'f', -1, 64)
	}
	s.Given[p.Name] = given
}

// condition returns what a filter that is set to a good value asks for.
func condition(p *params.Param, good string) store.Condition {
	var alone params.Values
	if err := p.Set(&alone, good); err != nil {
		panic(err)
	}
	return alone.Filter.Conditions()[0]
}

// rule returns the rule that was broken, without the name of the field and what
// was got: it is shown beside the field.
func rule(p *params.Param, err error) string {
	if p.Kind == params.Score {
		return "must be between 0% and 100%, or between 0 and 1"
	}
	e, ok := errors.AsType[*store.FieldError](err)
	if !ok {
		return p.Rule
	}
	rule, _, _ := strings.Cut(e.Rule, ", got ")
	return rule
}

// Valid reports whether all parameters are.
func (s *selection) Valid() bool { return len(s.Errors) == 0 }
