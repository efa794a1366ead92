package store

import (
	"fmt"
	"slices"
	"time"
)

// A Field is what of a record a Condition looks at, by the name that it has in
// JSON and in SQL.
type Field string

// The fields that conditions look at.
const (
	SessionID  Field = "session_id"
	MessageID  Field = "message_id"
	UserID     Field = "user_id"
	Score      Field = "score"
	Text       Field = "text"
	Tags       Field = "tags"
	Metadata   Field = "metadata"
	Correction Field = "correction"
	CreatedAt  Field = "created_at"
)

// An Op is how a Condition compares a field with its value.
type Op string

// The operators, and what values they take.
const (
	Equal    Op = "="        // a string: the same bytes
	AtLeast  Op = ">="       // a float64 or a time.Time
	AtMost   Op = "<="       // a float64
	Below    Op = "<"        // a time.Time
	Contains Op = "contains" // a string, which is one of the tags, or a Pair, which is in the metadata
	Present  Op = "present"  // a bool: whether the field is other than ""
)

// A Condition is one condition of a [Filter], as data: a store maps each Field and
// Op in one place, and refuses what it does not know there.
type Condition struct {
	Field Field
	Op    Op
	Value any
}

// String returns the condition as it stands in a message, without its value.
func (c Condition) String() string { return string(c.Field) + " " + string(c.Op) }

// Conditions are such that must all hold.
type Conditions []Condition

// Match reports whether all conditions hold for r; always when there are none. It
// panics at one that it does not know.
func (cs Conditions) Match(r *Feedback) bool {
	for i := range cs {
		if !cs[i].match(r) {
			return false
		}
	}
	return true
}

// match panics for what [Filter.Conditions] does not make.
func (c *Condition) match(r *Feedback) bool {
	switch c.Op {
	case Equal:
		switch c.Field {
		case SessionID:
			return r.SessionID == c.Value.(string)
		case MessageID:
			return r.MessageID == c.Value.(string)
		case UserID:
			return r.UserID == c.Value.(string)
		}
	case AtLeast:
		switch c.Field {
		case Score:
			return r.Score >= c.Value.(float64)
		case CreatedAt:
			return !r.CreatedAt().Before(c.Value.(time.Time))
		}
	case AtMost:
		if c.Field == Score {
			return r.Score <= c.Value.(float64)
		}
	case Below:
		if c.Field == CreatedAt {
			return r.CreatedAt().Before(c.Value.(time.Time))
		}
	case Contains:
		switch c.Field {
		case Tags:
			return slices.Contains(r.Tags, c.Value.(string))
		case Metadata:
			p := c.Value.(Pair)
			return r.Metadata[p.Name] == p.Value // no value is ""
		}
	case Present:
		switch c.Field {
		case Text:
			return r.HasText() == c.Value.(bool)
		case Correction:
			return r.HasCorrection() == c.Value.(bool)
		}
	}
	panic(fmt.Sprintf("store: no such condition: %v", *c))
}
