package handler

import (
	"io"
	"net/http"
	"strconv"

	"github.com/humanfeedback/feedbacks/internal/conversation"
	"github.com/humanfeedback/feedbacks/internal/dataset"
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/store"
)

// dataset answers with a dataset of the records that q selects, for a caller with full
// access, who gave these parameters.
func (c *call) dataset(d *dataset.Format, q store.Query, g given) error {
	said := conversation.Of(c.opts.Conversation)
	if said == nil {
		return badParam("Format", "must be csv or ndjson here, got %q: this server knows no conversations", d.Name)
	}
	if paging := g.anyOf(params.Paging); paging != "" {
		return badParam(paging, "must be absent from a dataset, which has no pages")
	}
	if c.r.Method != http.MethodHead {
		c.w.Header().Set("Trailer", dataset.SkippedTrailer)
	}
	records := store.All(c.r.Context(), c.store, c.scope, q)
	return c.sendFile(&d.Kind, c.scope.Assistant, func(w io.Writer) error {
		skipped, err := d.Write(c.r.Context(), w, said, records)
		if err != nil {
			if !c.Started() {
				c.w.Header().Del("Trailer") // of an error
			}
			return err
		}
		c.w.Header().Set(dataset.SkippedTrailer, strconv.FormatInt(skipped.Count, 10))
		if skipped.Count > 0 {
			c.opts.logger().WarnContext(c.r.Context(), "feedbacks: a dataset lacks records of which it is not known what was said",
				"format", d.Name, "assistant", c.scope.Assistant, "records", skipped.Count, "first error", skipped.First)
		}
		return nil
	})
}
