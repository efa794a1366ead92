package faults

import (
	"fmt"

	"github.com/anishathalye/porcupine"

	"github.com/humanfeedback/feedbacks/store"
)

// A version is what there is of a vote: the zero version is none.
type version struct {
	id   string
	said string // all that a Put replaces
}

// versionOf returns the version that a record is; nil is none.
func versionOf(f *store.Feedback) version {
	if f == nil {
		return version{}
	}
	return version{f.ID, fmt.Sprintf("%v %q %q %q %q %v", f.Score, f.Text, f.Tags, f.Metadata, f.Correction, f.UpdatedAt.UTC())}
}

// What a call asks.
type asked struct {
	call string // put, get or delete
	new  version
	id   string // what get and delete name the record by; "" is by its key
}

// What a call answers.
type answered struct {
	unknown bool    // whether it was done
	left    int64   // and then when its caller gave up
	now     version // of a put
	was     version // what was there
}

// oneVote is what a single vote promises: every call happens at once, at some time
// between its start and its end. One of unknown outcome may also never happen.
var oneVote = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{version{}} },
	Step: func(state, input, output any) []any {
		was, in, out := state.(version), input.(asked), output.(answered)
		found, left := was, was
		switch {
		case in.call == "put" && was == version{}:
			left = in.new
		case in.call == "put":
			left = version{was.id, in.new.said}
		case in.id != "" && in.id != was.id:
			found = version{}
		case in.call == "delete":
			left = version{}
		}
		right := out.was == found && (in.call != "put" || out.now == left)
		switch {
		case out.unknown:
			return []any{was, left}
		case right:
			return []any{left}
		}
		return nil
	},
	DescribeOperation: func(input, output any) string {
		in, out := input.(asked), output.(answered)
		s := in.call
		switch {
		case in.call == "put":
			s += " " + in.new.said
		case in.id != "":
			s += " " + in.id
		}
		switch {
		case out.unknown:
			return s + ": unknown"
		case out.was == version{}:
			return s + ": there was none"
		}
		return fmt.Sprintf("%s: there was %s %s", s, out.was.id, out.was.said)
	},
}).ToModel()
