package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/store"
)

// maxLine is how long a line may be, as for the server.
const maxLine = 256 << 10

// imports takes the file's records into the store.
func (t *task) imports(ctx context.Context) error {
	in := t.stdin
	if t.file != "" {
		f, err := os.Open(t.file)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	if c, ok := in.(io.Closer); ok { // or an interrupt would wait for more to read
		defer context.AfterFunc(ctx, func() { c.Close() })()
	}
	records, what := recordsOf(in)
	im := transfer.Importer{Store: t.store, Parse: t.parse, Progress: func(r transfer.Result) {
		t.progress("%d added, %d there already, %d failed", r.Created, r.Repeated, r.Failed)
	}}
	r, err := im.Import(ctx, records)
	t.done("%d added, %d there already, %d failed", r.Created, r.Repeated, r.Failed)
	for _, e := range r.Errors {
		fmt.Fprintf(t.stderr, "%s %d: %s\n", what, e.Line, e.Message)
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted: repeat it to go on")
	case errors.Is(err, transfer.ErrRead):
		return fmt.Errorf("the file %w", err)
	case err != nil:
		return fmt.Errorf("repeat it to go on: %w", err)
	case r.Failed > 0:
		return fmt.Errorf("%d of the records were not taken", r.Failed)
	}
	return nil
}

// parse returns a record, where the flags say that it belongs.
func (t *task) parse(text []byte) (store.Feedback, error) {
	f, err := transfer.Parse(text)
	if t.account != nil {
		f.Scope.Account = *t.account
	}
	if t.assistant != nil {
		f.Scope.Assistant = *t.assistant
	}
	return f, err
}

// recordsOf returns the records of a file, and what their numbers count: lines
// with a record each, or else the pages of Twilio's API, or arrays.
func recordsOf(in io.Reader) (records iter.Seq2[transfer.Line, error], what string) {
	b := bufio.NewReader(in)
	transfer.SkipMark(b)
	start, _ := b.Peek(512) // an error comes again
	dense := strings.Join(strings.FieldsFunc(string(start), unicode.IsSpace), "")
	for _, prefix := range []string{"[", `{"feedbacks":`, `{"meta":`} {
		if strings.HasPrefix(dense, prefix) {
			return pagesOf(b), "record"
		}
	}
	return transfer.Lines(b, maxLine), "line"
}

// pagesOf returns the records of JSON documents, one after the other, each a page
// or an array.
func pagesOf(in io.Reader) iter.Seq2[transfer.Line, error] {
	return func(yield func(transfer.Line, error) bool) {
		p := pages{dec: jsontext.NewDecoder(in), yield: yield}
		for p.dec.PeekKind() != 0 && p.document() {
		}
		if p.left {
			return
		}
		if _, err := p.dec.ReadToken(); err != io.EOF && p.err == nil {
			p.err = err
		}
		if p.err != nil {
			yield(transfer.Line{}, p.err)
		}
	}
}

type pages struct {
	dec   *jsontext.Decoder
	yield func(transfer.Line, error) bool
	n     int
	left  bool // the reader of the records wants no more
	err   error
}

// document yields the records of the next document. It returns false when that is
// the end.
func (p *pages) document() bool {
	switch p.dec.PeekKind() {
	case '[':
		return p.array()
	case '{':
		return p.page()
	}
	p.err = errors.New("is neither lines of records nor Twilio's pages")
	return false
}

// page yields the records of a page, which are under "feedbacks".
func (p *pages) page() bool {
	p.dec.ReadToken()
	found := false
	for p.dec.PeekKind() == '"' {
		name, err := p.dec.ReadToken()
		switch {
		case err != nil:
			p.err = err
			return false
		case name.String() == "feedbacks" && p.dec.PeekKind() == '[':
			if found = true; !p.array() {
				return false
			}
		default:
			if p.err = p.dec.SkipValue(); p.err != nil {
				return false
			}
		}
	}
	if _, p.err = p.dec.ReadToken(); p.err == nil && !found {
		p.err = errors.New(`has a page without "feedbacks"`)
	}
	return p.err == nil
}

// array yields the records of an array.
func (p *pages) array() bool {
	p.dec.ReadToken()
	for p.dec.PeekKind() != ']' {
		v, err := p.dec.ReadValue()
		if err != nil {
			p.err = err
			return false
		}
		p.n++
		if !p.yield(transfer.Line{Number: p.n, Text: bytes.Clone(v)}, nil) {
			p.left = true
			return false
		}
	}
	_, p.err = p.dec.ReadToken()
	return p.err == nil
}
