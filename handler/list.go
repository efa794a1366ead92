package handler

import (
	"iter"
	"net/http"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// list answers GET …/Feedbacks: the guide's array, or one of Twilio's pages for
// those who ask for pages, or a file for those who ask for a format.
func (c *call) list() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	v, g, err := c.params(params.Filters, params.Order, params.Format, params.Paging)
	if err != nil {
		return err
	}
	q := store.Query{Filter: v.Filter, Ascending: v.Ascending}
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
		setHeader(c.w, "Content-Type", jsonType)
		c.w.WriteHeader(http.StatusOK)
		return nil
	}
	out := stream{call: c, buf: buffers.Get().(*[]byte)}
	defer buffers.Put(out.buf)
	*out.buf = append((*out.buf)[:0], '[')
	first := true
	for f, err := range records {
		if err != nil {
			return out.fail(err)
		}
		if !first {
			*out.buf = append(*out.buf, ',')
		}
		first = false
		*out.buf = wire.Append(*out.buf, &f)
		out.flush(streamChunk)
	}
	*out.buf = append(*out.buf, ']')
	out.flush(0)
	return nil
}

// streamChunk is how many bytes go out at once.
const streamChunk = 32 << 10

// A stream is a long answer under way. Until its first chunk is out, an error is
// answered as usual.
type stream struct {
	*call
	buf *[]byte
}

// flush sends what there is if it is more than atLeast bytes. A client that has
// left ends the call.
func (s *stream) flush(atLeast int) {
	if len(*s.buf) <= atLeast {
		return
	}
	if !s.started {
		s.started = true
		setHeader(s.w, "Content-Type", jsonType)
	}
	answer.Extend(s.w)
	if _, err := s.w.Write(*s.buf); err != nil {
		panic(http.ErrAbortHandler)
	}
	*s.buf = (*s.buf)[:0]
}

// fail breaks the connection if the client has a part of the answer: it must not
// take it for the whole.
func (s *stream) fail(err error) error {
	if !s.started {
		return err
	}
	if !answer.Left(s.r) {
		s.Log("a list broke off", "error", err)
	}
	panic(http.ErrAbortHandler)
}
