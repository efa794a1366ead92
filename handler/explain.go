package handler

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/humanfeedback/feedbacks/store"
)

// explain says what is wrong with a body that was decoded with err, in terms of
// JSON, not of Go; nil when it is one object of the known fields.
func explain(body []byte, err error, known string) error {
	switch {
	case err == nil && jsontext.Value(body).Kind() == 'n': // null decodes into anything
		return badRequest("the body must be a JSON object, got null")
	case err == nil:
		return nil
	case len(bytes.TrimSpace(body)) == 0:
		return badRequest("the body is empty")
	}
	if e, ok := errors.AsType[*store.FieldError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		switch {
		case errors.Is(e, jsontext.ErrDuplicateName):
			return badRequest(fmt.Sprintf("the body must not have %q twice", fieldOf(e.JSONPointer)))
		}
		return badRequest(fmt.Sprintf("the body is not valid JSON: %v at byte %d", e.Err, e.ByteOffset))
	}
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return badRequest("the body is not valid JSON")
	}
	field := fieldOf(e.JSONPointer)
	switch {
	case errors.Is(e, json.ErrUnknownName):
		return badRequest(fmt.Sprintf("%q is not a known field: a body has %s", field, known))
	case field == "":
		return badRequest("the body must be a JSON object, got " + kindName(e.JSONKind))
	case field == "score":
		return mustBe(field, "a number", e.JSONKind)
	case field == "ttl":
		return mustBe(field, "a whole number", e.JSONKind)
	case field == "tags":
		return mustBe(field, "an array of strings", e.JSONKind)
	}
	return mustBe(field, "a string", e.JSONKind)
}

func mustBe(field, what string, got jsontext.Kind) error {
	return &store.FieldError{Field: field, Rule: fmt.Sprintf("must be %s, got %s", what, kindName(got))}
}

// fieldOf returns the top-level name in a pointer.
func fieldOf(p jsontext.Pointer) string {
	for name := range p.Tokens() {
		return name
	}
	return ""
}

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
