package store

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// A Filter selects records. Every condition that is set must hold; the zero
// Filter selects all. A store translates its [Filter.Conditions] one by one, or
// says with [Filter.Only] which of its fields it knows.
type Filter struct {
	// SessionID, MessageID and UserID select the records of one session, message
	// or user; "" selects any.
	SessionID, MessageID, UserID string
	// Tag selects the records that bear a tag; "" selects any.
	Tag string
	// MinScore and MaxScore select by score, from 0 to 1, both inclusive.
	MinScore, MaxScore *float64
	// Text selects the records whose Text or Correction contains it, in upper or lower
	// case: see [ContainsFold]. "" selects any.
	Text string
	// HasText selects the records with a note (true) or without one (false).
	HasText *bool
	// HasCorrection selects the records with a correction or without one.
	HasCorrection *bool
	// Handled selects the records that staff has reviewed, or has not.
	Handled *bool
	// Waiting selects the records that staff should look at, or need not: see
	// [Feedback.Waiting].
	Waiting *bool
	// Metadata selects the records whose Metadata has this name with this value;
	// the zero Pair selects any.
	Metadata Pair
	// CreatedAfter (inclusive) and CreatedBefore (exclusive) select by time of
	// creation; zero is no bound.
	CreatedAfter, CreatedBefore time.Time
}

// filterFields has each of Filter's fields once: its name in Go, that of the
// API's parameter, the condition that it makes if it is set, and the rule for that
// condition's value.
var filterFields = []struct {
	name, parameter string
	condition       func(f Filter) (c Condition, set bool) // by value, which does not allocate
	check           func(parameter string, c Condition) error
}{
	{"SessionID", "SessionId", func(f Filter) (Condition, bool) { return when(f.SessionID != "", SessionID, Equal, f.SessionID) }, checkIDValue},
	{"MessageID", "MessageId", func(f Filter) (Condition, bool) { return when(f.MessageID != "", MessageID, Equal, f.MessageID) }, checkIDValue},
	{"UserID", "UserId", func(f Filter) (Condition, bool) { return when(f.UserID != "", UserID, Equal, f.UserID) }, checkIDValue},
	{"Tag", "Tag", func(f Filter) (Condition, bool) { return when(f.Tag != "", Tags, Contains, f.Tag) },
		func(parameter string, c Condition) error { return checkTag(parameter, c.Value.(string)) }},
	{"Text", "Text", func(f Filter) (Condition, bool) { return when(f.Text != "", Words, Contains, f.Text) },
		func(parameter string, c Condition) error { return checkSearch(parameter, c.Value.(string)) }},
	{"MinScore", "MinScore", func(f Filter) (Condition, bool) { return whenNotNil(Score, AtLeast, f.MinScore) }, checkScoreValue},
	{"MaxScore", "MaxScore", func(f Filter) (Condition, bool) { return whenNotNil(Score, AtMost, f.MaxScore) }, checkScoreValue},
	{"HasText", "HasText", func(f Filter) (Condition, bool) { return whenNotNil(Text, Present, f.HasText) }, anyValue},
	{"HasCorrection", "HasCorrection", func(f Filter) (Condition, bool) { return whenNotNil(Correction, Present, f.HasCorrection) }, anyValue},
	{"Handled", "Handled", func(f Filter) (Condition, bool) { return whenNotNil(Handled, Equal, f.Handled) }, anyValue},
	{"Waiting", "Waiting", func(f Filter) (Condition, bool) { return whenNotNil(Waiting, Equal, f.Waiting) }, anyValue},
	{"Metadata", "Metadata", func(f Filter) (Condition, bool) { return when(f.Metadata != Pair{}, Metadata, Contains, f.Metadata) },
		func(parameter string, c Condition) error { return c.Value.(Pair).check(parameter) }},
	{"CreatedAfter", "DateCreatedAfter", func(f Filter) (Condition, bool) {
		return when(!f.CreatedAfter.IsZero(), CreatedAt, AtLeast, f.CreatedAfter)
	}, anyValue},
	{"CreatedBefore", "DateCreatedBefore", func(f Filter) (Condition, bool) {
		return when(!f.CreatedBefore.IsZero(), CreatedAt, Below, f.CreatedBefore)
	}, anyValue},
}

// when returns the condition, if it is set. It puts no value that is not into an
// any, which would allocate.
func when[T any](set bool, field Field, op Op, value T) (Condition, bool) {
	if !set {
		return Condition{}, false
	}
	return Condition{field, op, value}, true
}

// whenNotNil returns the condition with what value points to, if it is set.
func whenNotNil[T any](field Field, op Op, value *T) (Condition, bool) {
	if value == nil {
		return Condition{}, false
	}
	return Condition{field, op, *value}, true
}

func anyValue(string, Condition) error                 { return nil }
func checkIDValue(parameter string, c Condition) error { return CheckID(parameter, c.Value.(string)) }
func checkScoreValue(parameter string, c Condition) error {
	return checkScore(parameter, c.Value.(float64))
}

// Conditions returns the conditions that f sets, in the order of its fields; none
// for the zero Filter. A record is selected if all of them match it.
func (f Filter) Conditions() Conditions {
	var cs Conditions
	for _, field := range filterFields {
		if c, set := field.condition(f); set {
			cs = append(cs, c)
		}
	}
	return cs
}

// Check returns nil, or a [FieldError] that names the parameter that breaks a
// rule of its field, as [Feedback.Check] has them.
func (f Filter) Check() error {
	for _, field := range filterFields {
		if c, set := field.condition(f); set {
			if err := field.check(field.parameter, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckErase is Check for Erase: a Filter without any condition is an error too.
func (f Filter) CheckErase() error {
	if f.IsZero() {
		return invalid("filter", "is required: erasing needs at least one condition")
	}
	return f.Check()
}

// Only returns nil if f sets no field but those named, as Go spells them, else a
// [FieldError]. A store that looks at fields of a Filter by name calls it with
// these, in List, Summarize and Erase: a field that a later version of this
// package adds is then refused, instead of being taken for no condition, which
// would select every record. It panics when there is no field of a name.
func (f Filter) Only(known ...string) error {
	for _, name := range known {
		if _, ok := reflect.TypeFor[Filter]().FieldByName(name); !ok {
			panic(fmt.Sprintf("store: Filter has no field %q", name))
		}
	}
	for _, field := range filterFields {
		if _, set := field.condition(f); set && !slices.Contains(known, field.name) {
			return invalid(field.parameter, "is a filter that this store does not know")
		}
	}
	return nil
}

// IsZero reports whether f has no condition, and so selects every record.
func (f Filter) IsZero() bool { return len(f.Conditions()) == 0 }

// ByTimeAndTagOnly reports whether f has no condition but a span of time and a
// Tag, so that whole days of it can be summed from rollups.
func (f Filter) ByTimeAndTagOnly() bool { return f.Only("Tag", "CreatedAfter", "CreatedBefore") == nil }

// IDs returns the span of ids that the bounds on the time of creation select:
// from is "" or inclusive, to is "" or exclusive.
func (f Filter) IDs() (from, to string) {
	if !f.CreatedAfter.IsZero() {
		from = MinID(f.CreatedAfter)
	}
	if !f.CreatedBefore.IsZero() {
		to = MinID(f.CreatedBefore)
	}
	return from, to
}

// Match reports whether f selects r. To match many records, take f's Conditions
// once.
func (f Filter) Match(r Feedback) bool { return f.Conditions().Match(&r) }

// A Field is what of a record a Condition looks at, by the name that it has in
// JSON and in SQL, if it is one field.
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
	Words      Field = "words"   // Text and Correction
	Handled    Field = "handled" // whether there is a Review
	Waiting    Field = "waiting" // by [Feedback.Waiting]
)

// An Op is how a Condition compares a field with its value.
type Op string

// The operators, and what values they take.
const (
	Equal    Op = "="        // a string: the same bytes; or a bool
	AtLeast  Op = ">="       // a float64 or a time.Time
	AtMost   Op = "<="       // a float64
	Below    Op = "<"        // a time.Time
	Contains Op = "contains" // a string, which is one of the tags or, in any case, in the words; or a Pair, which is in the metadata
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
		case Handled:
			return r.Handled() == c.Value.(bool)
		case Waiting:
			return r.Waiting() == c.Value.(bool)
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
			value, ok := r.Metadata[p.Name]
			return ok && value == p.Value
		case Words:
			text := c.Value.(string)
			return ContainsFold(r.Text, text) || ContainsFold(r.Correction, text)
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
