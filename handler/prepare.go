package handler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/humanfeedback/feedbacks/store"
)

// prepare returns what is compared and stored of a record that the caller gave, which
// was checked: with the visitor's stamp, and as the host's Prepare leaves it. What is
// the host's fault is no store.FieldError.
func (c *call) prepare(ctx context.Context, op Operation, given store.Feedback) (store.Feedback, error) {
	var stamp Stamp
	if v := c.principal.Visitor; v != nil && v.Stamp != nil {
		if err := v.Stamp.check(); err != nil {
			return given, fmt.Errorf("handler: Visitor.Stamp: %v", err)
		}
		stamp = *v.Stamp
	} else if c.opts.Prepare == nil {
		return given, nil
	}
	f := given.Normalize() // which shares nothing with it
	f.Tags = append(f.Tags, stamp.Tags...)
	if f.Metadata == nil {
		f.Metadata = map[string]string{}
	}
	maps.Copy(f.Metadata, stamp.Metadata)
	if c.opts.Prepare != nil {
		if err := c.callPrepare(ctx, op, &f); err != nil {
			return given, err
		}
	}
	f.Tags = distinct(f.Tags)
	f.Stamped = stampedOn(given, f)
	switch { // the caller's and the host's together
	case len(f.Tags) > store.MaxTags && len(given.Tags) > 0:
		return given, &store.FieldError{Field: "tags", Rule: fmt.Sprintf("must be at most %d, the host's among them", store.MaxTags)}
	case len(f.Metadata) > store.MaxMetadata && len(given.Metadata) > 0:
		return given, &store.FieldError{Field: "metadata", Rule: fmt.Sprintf("must have at most %d names, the host's among them", store.MaxMetadata)}
	}
	if err := f.Check(); err != nil { // which says what the host has added
		return given, fmt.Errorf("handler: Options.Prepare broke a rule: %v", err)
	}
	return f, nil
}

// callPrepare lets the host change f.
func (c *call) callPrepare(ctx context.Context, op Operation, f *store.Feedback) error {
	before := f.Normalize()
	if err := c.opts.Prepare(ctx, op, c.principal, f); err != nil {
		if e, ok := errors.AsType[*store.FieldError](err); ok {
			return e
		}
		return fmt.Errorf("%w: Options.Prepare: %v", errUnavailable, err)
	}
	before.Text, before.Tags, before.Metadata, before.Correction = f.Text, f.Tags, f.Metadata, f.Correction
	if !before.Equal(*f) {
		return errors.New("handler: Options.Prepare changed more than Text, Tags, Metadata and Correction")
	}
	return nil
}

// distinct returns tags, each once.
func distinct(tags []string) []string {
	var seen []string
	for _, tag := range tags {
		if !slices.Contains(seen, tag) {
			seen = append(seen, tag)
		}
	}
	return seen
}

// stampedOn returns what the host set on f: what is not as it was given, and what an
// imported record already says.
func stampedOn(given, f store.Feedback) (s store.Stamped) {
	for _, tag := range f.Tags {
		if !slices.Contains(given.Tags, tag) || slices.Contains(given.Stamped.Tags, tag) {
			s.Tags = append(s.Tags, tag)
		}
	}
	for name, value := range f.Metadata {
		if before, ok := given.Metadata[name]; !ok || before != value || slices.Contains(given.Stamped.Metadata, name) {
			s.Metadata = append(s.Metadata, name)
		}
	}
	return s
}
