package console

import (
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/conversation"
	"github.com/humanfeedback/feedbacks/internal/dataset"
	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/store"
)

// export sends all that the filters select as a file, while it reads it.
func (v *visit) export() error {
	s, err := v.selection()
	if err != nil {
		return err
	}
	said := conversation.Of(v.opts.Conversation)
	format, d := transfer.Named(v.query.Get("Format")), dataset.Named(v.query.Get("Format"))
	if format == nil && (d == nil || said == nil) {
		return errNotFound
	}
	if !s.Valid() {
		return v.feedback() // whose form says what is wrong
	}
	q := store.Query{Filter: s.Filter}
	if d != nil {
		return v.dataset(d, s.Assistant, said, store.All(v.r.Context(), v.store, s.scope(v), q))
	}
	q.Buffer = []store.Feedback{}
	return v.download(format, s.Assistant, store.All(v.r.Context(), v.store, s.scope(v), q))
}

// dataset sends a dataset of records, as the API does.
func (v *visit) dataset(d *dataset.Format, whose string, said conversation.Func, records iter.Seq2[store.Feedback, error]) error {
	if v.r.Method != http.MethodHead {
		v.w.Header().Set("Trailer", dataset.SkippedTrailer)
	}
	return v.sendFile(&d.Kind, whose, func(w io.Writer) error {
		skipped, err := d.Write(v.r.Context(), w, said, records)
		if err != nil {
			return err
		}
		v.w.Header().Set(dataset.SkippedTrailer, strconv.FormatInt(skipped.Count, 10))
		if skipped.Count > 0 {
			v.Log("a dataset lacks records of which it is not known what was said", "format", d.Name, "records", skipped.Count, "first error", skipped.First)
		}
		return nil
	})
}

// download sends records as a file, which is named after whose they are, while it
// reads them.
func (v *visit) download(format *transfer.Format, whose string, records iter.Seq2[store.Feedback, error]) error {
	return v.sendFile(format, whose, func(w io.Writer) error { return format.Write(w, records) })
}

// sendFile sends a file of a format, while write writes it.
func (v *visit) sendFile(format *transfer.Format, whose string, write func(io.Writer) error) error {
	h := v.w.Header()
	h.Set("Content-Disposition", format.Disposition(whose, v.opts.Now()))
	if v.r.Method == http.MethodHead {
		h.Set("Content-Type", format.ContentType)
		v.w.WriteHeader(http.StatusOK)
		return nil
	}
	out := fileWriter{v, format.ContentType, nil}
	err := write(&out)
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
