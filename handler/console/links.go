package console

import (
	"net/url"
	"slices"
	"time"

	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/store"
)

// Link returns the relative address of a page about the selection, with some
// parameters, given as names and values, set or, when the value is "", left out.
func (s *selection) Link(page string, changes ...string) string {
	return address(page, s.parameters(page), changes)
}

// parameters returns what makes a page about the selection.
func (s *selection) parameters(page string) url.Values {
	q := s.own(page)
	for _, p := range filters {
		given := s.Given[p.Name]
		if given != "" && s.Location != nil && p.Kind == params.Time && page != "summary" && s.Errors[p.Name] == "" {
			given = parameter(s.bound(p.Name)) // a date there is UTC's
		}
		if given != "" {
			q.Set(p.Name, given)
		}
	}
	return q
}

// bound returns the bound of time that a parameter sets.
func (s *selection) bound(name string) time.Time {
	if name == "DateCreatedAfter" {
		return s.Filter.CreatedAfter
	}
	return s.Filter.CreatedBefore
}

// instant returns a time as a parameter of the summary, where a date is of the
// selection's zone.
func (s *selection) instant(t time.Time) string {
	if s.Location != nil {
		return t.UTC().Format(time.RFC3339Nano)
	}
	return parameter(t)
}

// Clear is Link without the filters.
func (s *selection) Clear(page string) string { return address(page, s.own(page), nil) }

// own returns the parameters of a page's own, which do not filter.
func (s *selection) own(page string) url.Values {
	q := url.Values{"Assistant": {s.Assistant}}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	switch page {
	case "summary":
		set("Interval", string(s.Interval))
		set("TimeZone", s.Given["TimeZone"])
	case "compare":
		set("Compare", s.Compare)
		set("A", s.A)
		set("B", s.B)
	}
	return q
}

// Fresh is Link with nothing but the assistant, and the changes.
func (s *selection) Fresh(page string, changes ...string) string {
	return address(page, url.Values{"Assistant": {s.Assistant}}, changes)
}

func address(page string, q url.Values, changes []string) string {
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	return page + "?" + q.Encode()
}

// A choice is a link that is made often.
type choice struct {
	Name, Link string
	Current    bool
}

// Scores above and below 0.5, in the millionths that a Summary counts in.
const aboveHalf, belowHalf = "0.500001", "0.499999"

// Views returns choices of a score, note, correction or review.
func (s *selection) Views(page string) []choice {
	names := []string{"MinScore", "MaxScore", "HasText", "HasCorrection", "Waiting", "Handled"}
	choose := func(title string, values ...string) choice { // of the parameters in pairs of name and value, and no other of those
		c := choice{Name: title, Current: true}
		var changes []string
		for _, name := range names {
			value := ""
			if i := slices.Index(values, name); i >= 0 {
				value = values[i+1]
			}
			changes = append(changes, name, value)
			c.Current = c.Current && s.Given[name] == value
		}
		c.Link = s.Link(page, changes...)
		return c
	}
	return []choice{
		choose("All"),
		choose("Waiting", "Waiting", "true"),
		choose("Handled", "Handled", "true"),
		choose("Positive", "MinScore", aboveHalf),
		choose("Negative", "MaxScore", belowHalf),
		choose("Negative with a note", "MaxScore", belowHalf, "HasText", "true"),
		choose("With a note", "HasText", "true"),
		choose("With a correction", "HasCorrection", "true"),
	}
}

// Filtered reports whether any filter is set.
func (s *selection) Filtered() bool { return len(s.Chips()) > 0 }

// A chip is a filter that is set, to show and to take away.
type chip struct{ Name, Label, Value string }

// Chips returns the filters that are set.
func (s *selection) Chips() (chips []chip) {
	for i := range filters {
		p := &filters[i]
		if given := s.Given[p.Name]; given != "" && s.Errors[p.Name] == "" {
			chips = append(chips, chip{p.Name, p.Title, inWords(condition(p, given), given)})
		}
	}
	return chips
}

// inWords returns what people read for a condition, which was given as a text.
func inWords(c store.Condition, given string) string {
	switch value := c.Value.(type) {
	case float64:
		switch {
		case c.Op == store.AtLeast && given == aboveHalf:
			return "above 50%"
		case c.Op == store.AtMost && given == belowHalf:
			return "below 50%"
		case c.Op == store.AtLeast:
			return exactPercent(value) + " or more"
		}
		return exactPercent(value) + " or less"
	case bool:
		if c.Field == store.Waiting {
			return map[bool]string{true: "yes", false: "no"}[value]
		}
		return map[bool]string{true: "with", false: "without"}[value]
	case time.Time:
		return briefTime(value)
	}
	return given
}
