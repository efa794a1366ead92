package handler

import (
	"iter"
	"net/http"

	"github.com/humanfeedback/feedbacks/internal/dataset"
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/store"
)

// list answers GET …/Feedbacks: the guide's array, or one of Twilio's pages for
// those who ask for pages, or a file for those who ask for a format.
func (c *call) list() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	v, g, err := c.params(params.Filters, params.Order, params.Format, params.Review, params.Paging)
	if err != nil {
		return err
	}
	q := store.Query{Filter: v.Filter, Ascending: v.Ascending}
	d := dataset.Named(v.Format)
	switch {
	case v.AnyReview && (d == nil || !d.Reviewed):
		return badParam("Review", "is known with Format=dpo alone")
	case v.AnyReview:
		d = d.Unreviewed()
	}
	if d != nil {
		return c.dataset(d, q, g)
	}
	format, err := c.exportFormat(v, g)
	if err != nil {
		return err
	}
	if format == nil && (g.anyOf(params.Paging) != "" || c.client.wantsPages()) {
		return c.page(v, g, q)
	}
	q.Buffer = []store.Feedback{} // no record is kept
	records := store.All(c.r.Context(), c.store, c.scope, q)
	if format != nil {
		return c.export(format, c.scope.Assistant, records)
	}
	return c.stream(records)
}

// stream answers with records as one array, while it reads them.
func (c *call) stream(records iter.Seq2[store.Feedback, error]) error {
	if c.r.Method == http.MethodHead {
		return c.head()
	}
	out := c.open("[")
	defer out.close()
	for f, err := range records {
		if err != nil {
			return out.fail(err)
		}
		out.add(&f)
	}
	*out.buf = append(*out.buf, ']')
	out.flush(0)
	return nil
}
