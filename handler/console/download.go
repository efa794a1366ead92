package console

import (
	"errors"
	"iter"
	"net/http"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/store"
)

// export sends all that the filters select as a file, while it reads it.
func (v *visit) export() error {
	s, err := v.selection()
	if err != nil {
		return err
	}
	format := transfer.Named(v.query.Get("Format"))
	if format == nil {
		return errNotFound
	}
	if !s.Valid() {
		return v.feedback() // whose form says what is wrong
	}
	q := store.Query{Filter: s.Filter, Buffer: []store.Feedback{}}
	return v.download(format, s.Assistant, store.All(v.r.Context(), v.store, s.scope(v), q))
}

// download sends records as a file, which is named after whose they are, while it
// reads them.
func (v *visit) download(format *transfer.Format, whose string, records iter.Seq2[store.Feedback, error]) error {
	h := v.w.Header()
	h.Set("Content-Disposition", format.Disposition(whose, v.opts.Now()))
	if v.r.Method == http.MethodHead {
		h.Set("Content-Type", format.ContentType)
		v.w.WriteHeader(http.StatusOK)
		return nil
	}
	out := fileWriter{v, format.ContentType, nil}
	err := format.Write(&out, records)
	if err == nil || !v.started {
		return err
	}
	if !answer.Left(v.r) && out.err == nil {
		v.Log("a download broke off", "error", err)
	}
	answer.Break(v.w, v.r)
	return nil
}

// A fileWriter is a file under way. Until its first chunk is out, an error is
// answered as usual.
type fileWriter struct {
	*visit
	contentType string
	err         error // of the client
}

// Write implements io.Writer.
func (d *fileWriter) Write(b []byte) (int, error) {
	if !d.started {
		d.started = true
		d.w.Header().Set("Content-Type", d.contentType)
	}
	answer.Extend(d.w)
	n, err := d.w.Write(b)
	d.err = errors.Join(d.err, err)
	return n, err
}
