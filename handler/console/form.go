package console

import (
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/internal/params"
)

// A field is one field of the form of filters.
type field struct {
	Name, Label, Value, Error string
	Type                      string   // of the input
	Hint                      string   // shown while it is empty
	Options                   []option // make it a select
}

// An option is one of those of a select.
type option struct{ Value, Label string }

// A fieldset is fields that belong together; one field alone has no Legend.
type fieldset struct {
	Legend string
	Fields []field
}

// Form returns the fields of the form of filters. Bounds that follow each other
// belong together.
func (s *selection) Form() (sets []fieldset) {
	for i := range filters {
		p := &filters[i]
		set := fieldset{Legend: s.legend(p), Fields: []field{s.field(p)}}
		if n := len(sets); n > 0 && set.Legend != "" && set.Legend == sets[n-1].Legend {
			sets[n-1].Fields = append(sets[n-1].Fields, set.Fields...)
			continue
		}
		sets = append(sets, set)
	}
	return sets
}

// legend is what a bound is a bound of, "" for other filters.
func (s *selection) legend(p *params.Param) string {
	switch p.Kind {
	case params.Score:
		return p.Title
	case params.Time:
		if s.Location != nil {
			return "Created (" + s.Location.String() + ")"
		}
		return "Created (UTC)"
	}
	return ""
}

func (s *selection) field(p *params.Param) field {
	f := field{Name: p.Name, Label: p.Title, Value: s.Given[p.Name], Error: s.Errors[p.Name], Type: "text"}
	switch p.Kind {
	case params.Score:
		f.Label, f.Hint = "At most", "100%"
		if strings.HasPrefix(p.Name, "Min") {
			f.Label, f.Hint = "At least", "0%"
		}
		if f.Value != "" && f.Error == "" {
			f.Value = exactPercent(condition(p, f.Value).Value.(float64))
		}
	case params.Bool:
		what := "a " + strings.ToLower(p.Title)
		f.Options = []option{{"", "With or without"}, {"true", "With " + what}, {"false", "Without " + what}}
		if p.Name == "Waiting" {
			f.Options = []option{{"", "Waiting or not"}, {"true", "Waiting for a review"}, {"false", "Not waiting"}}
		}
	case params.Words:
		f.Hint = "in a note or a correction"
	case params.Pair:
		f.Hint = "name:value"
	case params.Time:
		if f.Value == "" || f.Error == "" && len(f.Value) == len(time.DateOnly) { // of others the browser would show nothing
			f.Type = "date"
		}
	}
	return f
}

// Prefix returns the field for what the tags that are compared start with.
func (s *selection) Prefix() field {
	p := params.Named("Compare")
	return field{Name: p.Name, Label: "Tags that start with", Value: s.Given[p.Name], Error: s.Errors[p.Name], Type: "text", Hint: "prompt:"}
}

// Zone returns the field for the time zone of a summary's series. A script adds the
// browser's.
func (s *selection) Zone() field {
	p := params.Named("TimeZone")
	f := field{Name: p.Name, Label: "Days of", Value: s.Given[p.Name], Error: s.Errors[p.Name], Options: []option{{"", "UTC"}}}
	if f.Value != "" {
		f.Options = append(f.Options, option{f.Value, f.Value})
	}
	return f
}

// Trend returns the field for the interval of a summary's series.
func (s *selection) Trend() field {
	p := params.Named("Interval")
	f := field{Name: p.Name, Label: "Trend by", Value: s.Given[p.Name], Error: s.Errors[p.Name], Options: []option{{"", "Automatic"}}}
	for _, choice := range p.Choices {
		f.Options = append(f.Options, option{choice, choice})
	}
	return f
}
