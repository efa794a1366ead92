package store

import (
	"errors"
	"fmt"
)

// The errors of a Store. Stores and decorators may wrap them: compare with
// [errors.Is].
var (
	// ErrInvalid: the caller passed something that breaks a rule. The message
	// names the field and the rule. Nothing was changed.
	ErrInvalid = errors.New("invalid")

	// ErrNotFound: there is no such record in the scope. Another scope's record
	// is as absent as one that never was.
	ErrNotFound = errors.New("not found")

	// ErrConflict: the record is not, or no longer, what the caller took it for.
	// Nothing was changed.
	ErrConflict = errors.New("changed meanwhile")

	// ErrUnavailable: the store could not answer. A write may have happened, at
	// most once; Create is safe to repeat with the same Feedback.
	ErrUnavailable = errors.New("store unavailable")

	// ErrNewerVersion: the call met what a newer version of this library wrote.
	// Nothing was changed, but for what an Erase had removed when that was written.
	ErrNewerVersion = errors.New("written by a newer version of this library")
)

// A FieldError is an ErrInvalid that says which field broke which rule.
type FieldError struct {
	// Field is the JSON name of the field, such as "score", or the name of the
	// parameter of a Filter or Query, such as "Limit".
	Field string
	// Rule completes the sentence that starts with the field's name, such as
	// "must be between 0 and 1, got 1.5".
	Rule string
}

// Error returns the field's name and the rule.
func (e *FieldError) Error() string { return e.Field + " " + e.Rule }

// Is makes errors.Is(err, ErrInvalid) true.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

func invalid(field, format string, args ...any) error {
	return &FieldError{Field: field, Rule: fmt.Sprintf(format, args...)}
}
