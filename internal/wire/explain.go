package wire

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/store"
)

// Strict and Lenient say what becomes of fields that are not known.
var (
	Strict  = json.RejectUnknownMembers(true)
	Lenient = json.RejectUnknownMembers(false)
)

// Explain says what is wrong with JSON that was decoded with err, in terms of
// JSON, not of Go: a [store.FieldError], nil when it is one object of the known
// fields. what is the JSON's name in messages, such as "body", and known lists the
// fields that it has.
func Explain(what string, data []byte, err error, known string) error {
	the := func(rule string, args ...any) error {
		return &store.FieldError{Field: "the " + what, Rule: fmt.Sprintf(rule, args...)}
	}
	switch {
	case err == nil && jsontext.Value(data).Kind() == 'n': // null decodes into anything
		return the("must be a JSON object, got null")
	case err == nil:
		return nil
	case len(bytes.TrimSpace(data)) == 0:
		return the("is empty")
	}
	if e, ok := errors.AsType[*store.FieldError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		path := slices.Collect(e.JSONPointer.Tokens())
		switch {
		case !errors.Is(e, jsontext.ErrDuplicateName):
			return the("is not valid JSON: %v at byte %d", e.Err, e.ByteOffset)
		case len(path) == 1:
			return the("must not have %q twice", quote.Clip(path[0]))
		}
		return &store.FieldError{Field: quote.Clip(path[0]), Rule: fmt.Sprintf("must not have %q twice", quote.Clip(path[len(path)-1]))}
	}
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return the("is not valid JSON")
	}
	path := slices.Collect(e.JSONPointer.Tokens())
	unknown := errors.Is(e, json.ErrUnknownName)
	switch {
	case len(path) == 0:
		return the("must be a JSON object, got %s", kindName(e.JSONKind))
	case unknown && len(path) > 1:
		return &store.FieldError{Field: path[0], Rule: fmt.Sprintf("must be %s, got %q in it", kinds[path[0]], quote.Clip(path[1]))}
	case unknown:
		return &store.FieldError{Field: fmt.Sprintf("%q", quote.Clip(path[0])), Rule: fmt.Sprintf("is not a known field: a %s has %s", what, known)}
	}
	want, got := cmp.Or(kinds[path[0]], "a string"), kindName(e.JSONKind)
	rule := "must be " + want
	switch {
	case len(path) > 1:
		rule += ", got " + got + " in it"
	case want != aTime || got != "a string": // or it is a string, of another form
		rule += ", got " + got
	}
	return &store.FieldError{Field: path[0], Rule: rule}
}

// kinds are what fields hold, those that do not hold a string.
var kinds = map[string]string{
	"score":        "a number",
	"ttl":          "a whole number",
	"may_post":     "true or false",
	"tags":         "an array of strings",
	"metadata":     "an object of strings",
	"stamp":        "an object of tags and metadata",
	"stamped":      "an object of tags and metadata",
	"review":       "an object of verdict, note, actor and at",
	"vote":         "true or false",
	"created_at":   aTime,
	"updated_at":   aTime,
	"date_created": aTime,
	"date_updated": aTime,
	"dateCreated":  aTime,
	"dateUpdated":  aTime,
}

const aTime = "a time like 2026-11-22T10:20:30Z"

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '[':
		return "an array"
	case '{':
		return "an object"
	}
	return "something else"
}
