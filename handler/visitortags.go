package handler

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/store"
)

// reasons are the keys of those in console/feedback-buttons/words.js.
var reasons = []string{"incorrect", "unhelpful", "incomplete", "too slow", "other"}

// Reasons returns the tags that the <feedback-buttons> element offers as reasons, in
// its order. They are what visitors may give by default: see [Options].VisitorTags.
// The slice is the caller's to change.
func Reasons() []string { return slices.Clone(reasons) }

// mayTag returns nil, or a 403 that names a tag which is not the caller's to give.
func (c *call) mayTag(tags []string) error {
	if c.principal.Visitor == nil {
		return nil
	}
	for _, tag := range tags {
		if !slices.Contains(c.opts.VisitorTags, tag) {
			return &apiError{http.StatusForbidden, 20403, fmt.Sprintf("a visitor's access does not allow the tag %q, which is not in Options.VisitorTags", quote.Clip(tag))}
		}
	}
	return nil
}

// visitorsTags returns the tags of a record that a visitor may see: those that it may
// give, so that it can send them again, and that the host did not set.
func (c *call) visitorsTags(f *store.Feedback) (tags []string) {
	for _, tag := range f.Tags {
		if slices.Contains(c.opts.VisitorTags, tag) && !slices.Contains(f.Stamped.Tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}
