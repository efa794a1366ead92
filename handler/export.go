package handler

import (
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/store"
)

// exportFormat returns the format that the caller asks for by Format or else by
// Accept, nil for plain JSON.
func (c *call) exportFormat(v params.Values, g given) (*transfer.Format, error) {
	name := v.Format
	if name == "" {
		accept := c.r.Header["Accept"]
		if len(accept) == 0 {
			return nil, nil
		}
		name = preferred(strings.Join(accept, ","))
	}
	format := transfer.Named(name)
	if format != nil && v.Format == "" { // Accept is a program's
		plain := format.WithoutMark()
		format = &plain
	}
	if paging := g.anyOf(params.Paging); format != nil && paging != "" {
		return nil, badParam(paging, "must be absent from an export, which has no pages")
	}
	return format, nil
}

// preferred returns the name of the format that an Accept header likes best, ""
// for plain JSON, which is what those get who take anything.
func preferred(accept string) (name string) {
	best := 0.0
	for r := range strings.SplitSeq(accept, ",") {
		mediaType, params, _ := strings.Cut(r, ";")
		q := quality(params)
		if q <= best { // of equals, the first
			continue
		}
		switch strings.ToLower(strings.TrimSpace(mediaType)) {
		case "text/csv":
			best, name = q, "csv"
		case "application/x-ndjson":
			best, name = q, "ndjson"
		case "application/json", "application/*", "*/*":
			best, name = q, ""
		}
	}
	return name
}

// quality returns the weight among the parameters of a media range (RFC 9110,
// section 12.4.2).
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if name, value, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				return 0
			}
			return q
		}
	}
	return 1
}

// export answers with records as a file, which is named after whose they are, while
// it reads them.
func (c *call) export(f *transfer.Format, whose string, records iter.Seq2[store.Feedback, error]) error {
	return c.sendFile(f, whose, func(w io.Writer) error { return f.Write(w, records) })
}

// sendFile answers with a file of a format, while write writes it.
func (c *call) sendFile(f *transfer.Format, whose string, write func(io.Writer) error) error {
	file := file{call: c, format: f, whose: whose}
	if c.r.Method == http.MethodHead {
		file.begin()
		return nil
	}
	err := write(&file)
	if err == nil || !c.Started() {
		return err
	}
	c.err = err
	if !answer.Left(c.r) && file.left == nil {
		c.Log("an export broke off", "error", err)
	}
	answer.Break(c.w, c.r)
	return nil
}

// A file is an export under way. Until its first chunk is out, an error is
// answered as usual.
type file struct {
	*call
	format *transfer.Format
	whose  string
	left   error // the client's
}

func (f *file) begin() {
	setHeader(f.w, "Content-Type", []string{f.format.ContentType})
	f.w.Header().Set("Content-Disposition", f.format.Disposition(f.whose, f.opts.Now()))
	f.start(http.StatusOK)
}

// Write implements io.Writer.
func (f *file) Write(b []byte) (int, error) {
	if !f.Started() {
		f.begin()
	}
	answer.Extend(f.w)
	n, err := f.send(b)
	f.left = errors.Join(f.left, err)
	return n, err
}
