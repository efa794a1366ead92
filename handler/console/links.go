package console

import (
	"net/url"

	"github.com/humanfeedback/feedbacks/store"
)

// Link returns the relative address of a page about the selection, with some
// parameters, given as names and values, set or, when the value is "", left out.
func (s *selection) Link(page string, changes ...string) string {
	q := url.Values{"Assistant": {s.Assistant}}
	for _, name := range filterNames {
		if v := s.Values[name]; v != "" {
			q.Set(name, v)
		}
	}
	if page == "summary" && s.Interval != store.NoInterval {
		q.Set("Interval", string(s.Interval))
	}
	return address(page, q, changes)
}

// Fresh is Link without the selection's filters.
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

// Views returns choices of a score or note.
func (s *selection) Views(page string) []choice {
	choose := func(name, least, most, text string) choice {
		return choice{
			Name:    name,
			Link:    s.Link(page, "MinScore", least, "MaxScore", most, "HasText", text),
			Current: s.Values["MinScore"] == least && s.Values["MaxScore"] == most && s.Values["HasText"] == text,
		}
	}
	return []choice{
		choose("All", "", "", ""),
		choose("Positive", aboveHalf, "", ""),
		choose("Negative", "", belowHalf, ""),
		choose("Negative with a note", "", belowHalf, "true"),
		choose("With a note", "", "", "true"),
	}
}

// Filtered reports whether any filter is set.
func (s *selection) Filtered() bool { return len(s.Chips()) > 0 }

// A chip is a filter that is set, to show and to take away.
type chip struct{ Name, Label, Value string }

// Chips returns the filters that are set.
func (s *selection) Chips() (chips []chip) {
	for _, name := range filterNames {
		v, ok := s.Values[name]
		if !ok || s.Errors[name] != "" {
			continue
		}
		label := labels[name]
		switch {
		case name == "MinScore" && v == aboveHalf:
			v = "above 50%"
		case name == "MaxScore" && v == belowHalf:
			v = "below 50%"
		case name == "MinScore":
			v = exactPercent(*s.Filter.MinScore) + " or more"
		case name == "MaxScore":
			v = exactPercent(*s.Filter.MaxScore) + " or less"
		case name == "HasText":
			v = map[string]string{"true": "with", "false": "without"}[v]
		case name == "DateCreatedAfter":
			v = briefTime(s.Filter.CreatedAfter)
		case name == "DateCreatedBefore":
			v = briefTime(s.Filter.CreatedBefore)
		}
		chips = append(chips, chip{name, label, v})
	}
	return chips
}

// labels are what the parameters are called on chips.
var labels = map[string]string{
	"MinScore": "Score", "MaxScore": "Score", "HasText": "Note", "Tag": "Tag", "SessionId": "Session", "MessageId": "Message",
	"UserId": "User", "DateCreatedAfter": "From", "DateCreatedBefore": "Before",
}
