package store

import (
	"maps"
	"slices"

	"github.com/humanfeedback/feedbacks/internal/quote"
)

// Stamped names what the host set on a record, beside what its giver said: by a
// visitor's stamp or an Options.Prepare of package handler, which keeps it from
// visitors. Each name is there once.
type Stamped struct {
	// Tags are those of the record's Tags.
	Tags []string
	// Metadata are names of the record's Metadata.
	Metadata []string
}

// IsZero reports whether the host set nothing.
func (s Stamped) IsZero() bool { return len(s.Tags)+len(s.Metadata) == 0 }

// normalize returns s as a store keeps it: sharing no memory, in byte order.
func (s Stamped) normalize() Stamped {
	s.Tags, s.Metadata = append([]string(nil), s.Tags...), append([]string(nil), s.Metadata...)
	slices.Sort(s.Tags)
	slices.Sort(s.Metadata)
	return s
}

func (s Stamped) equal(t Stamped) bool {
	return slices.Equal(s.Tags, t.Tags) && slices.Equal(s.Metadata, t.Metadata)
}

// checkStamped complains about a name that the record does not have.
func (f Feedback) checkStamped() error {
	for i, tag := range f.Stamped.Tags {
		if !slices.Contains(f.Tags, tag) || slices.Contains(f.Stamped.Tags[:i], tag) {
			return invalid("stamped", "must name tags that the record has, none twice, got %q", quote.Clip(tag))
		}
	}
	for i, name := range f.Stamped.Metadata {
		if _, ok := f.Metadata[name]; !ok || slices.Contains(f.Stamped.Metadata[:i], name) {
			return invalid("stamped", "must name metadata that the record has, none twice, got %q", quote.Clip(name))
		}
	}
	return nil
}

// SamePayload reports whether f and g say the same: whether they are Equal but for
// what the host set on either of them, and what staff says of it.
func (f Feedback) SamePayload(g Feedback) bool {
	names := slices.Concat(f.Stamped.Metadata, g.Stamped.Metadata) // in either: what a giver said under a name is lost with it
	return f.payload(names).Equal(g.payload(names))
}

// payload returns f without its stamped tags, the metadata of names, and a review.
func (f Feedback) payload(names []string) Feedback {
	stamped := f.Stamped
	f.Tags = slices.DeleteFunc(slices.Clone(f.Tags), func(tag string) bool { return slices.Contains(stamped.Tags, tag) })
	f.Metadata = maps.Clone(f.Metadata)
	maps.DeleteFunc(f.Metadata, func(name, _ string) bool { return slices.Contains(names, name) })
	f.Stamped, f.Review = Stamped{}, nil
	return f
}
