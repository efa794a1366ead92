// Package params is the one list of the API's query parameters: what each is
// called, what it may say and what that means. The handler and the console parse by
// it, the tests draw by it, and the API's description is held against it.
package params

import (
	"fmt"
	"time"

	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/store"
)

// A Kind is what the values of a parameter are.
type Kind string

// The kinds, by what their values are.
const (
	ID      Kind = "id"      // an id of a session, message or user
	Tag     Kind = "tag"     // a tag
	Score   Kind = "score"   // a number from 0 to 1
	Bool    Kind = "bool"    // true or false
	Time    Kind = "time"    // RFC 3339, or a date, which starts at midnight, of UTC or of TimeZone
	Zone    Kind = "zone"    // a time zone by its name in the IANA's database
	Words   Kind = "words"   // a part of a text
	Pair    Kind = "pair"    // a name of the metadata, a colon and its value
	Choice  Kind = "choice"  // one of Choices
	Integer Kind = "integer" // from Min to Max
	Token   Kind = "token"   // a part of a link, which nobody makes by hand
)

// A Param is a parameter.
type Param struct {
	Name string
	// Title is what people call the field that a filter looks at.
	Title string
	Kind  Kind
	// Rule completes the sentence that starts with the Name.
	Rule string
	// Hint is what people who write a URL by hand get wrong.
	Hint string
	// Description is that of the API's description.
	Description string
	// Required says that a call needs it.
	Required bool
	// Choices are the values of a Choice.
	Choices []string
	// Min, Max and Default are those of an Integer.
	Min, Max, Default int

	// set sets what value says; false if it breaks the Rule.
	set func(p *Param, v *Values, value string) bool
}

// Values are what the parameters of a call say.
type Values struct {
	Filter    store.Filter
	Interval  store.Interval
	Location  *time.Location // nil for UTC; set it before times
	Compare   string
	Previous  bool
	Ascending bool
	Format    string
	AnyReview bool
	PageSize  int
	Page      int
	PageToken string
}

// Defaults returns what no parameters say.
func Defaults() Values {
	return Values{PageSize: Named("PageSize").Default, Page: Named("Page").Default}
}

// Set sets what a value of the parameter says, or returns a [store.FieldError] and
// sets nothing.
func (p *Param) Set(v *Values, value string) error {
	next := *v
	if !p.set(p, &next, value) {
		rule := fmt.Sprintf("%s, got %q", p.Rule, quote.Clip(value))
		if p.Hint != "" {
			rule += "; " + p.Hint
		}
		return &store.FieldError{Field: p.Name, Rule: rule}
	}
	if err := (store.SummaryQuery{Filter: next.Filter, Compare: next.Compare}).Check(); err != nil { // by the rules of the record's fields
		return err
	}
	*v = next
	return nil
}

// Named returns the parameter of a name. It panics when there is none.
func Named(name string) *Param {
	for _, group := range groups {
		if p := Find(group, name); p != nil {
			return p
		}
	}
	panic("params: no parameter " + name)
}

// Find returns the parameter of a name in a group, nil when there is none.
func Find(group []Param, name string) *Param {
	for i := range group {
		if group[i].Name == name {
			return &group[i]
		}
	}
	return nil
}
