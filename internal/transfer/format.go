// Package transfer writes records to files, and reads them back: what is shared by
// those who offer a download or an upload. A [Format] says how a record looks, and
// streams any number of them; an [Importer] takes them from a file into a store.
package transfer

import (
	"io"
	"iter"
	"mime"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// A Format is a kind of file, one record a line.
type Format struct {
	Name        string // its name in a query, and the file's extension
	ContentType string

	header string // what the file starts with
	append func(b []byte, f *store.Feedback) []byte
}

// formats are those of the API.
var formats = []Format{CSV(), NDJSON(wire.Append)}

// Named returns the API's format of a name, nil when there is none.
func Named(name string) *Format {
	for i := range formats {
		if formats[i].Name == name {
			return &formats[i]
		}
	}
	return nil
}

// WithoutMark returns the format without a byte order mark, for programs.
func (f Format) WithoutMark() Format {
	f.header = strings.TrimPrefix(f.header, mark)
	return f
}

// NDJSON returns newline-delimited JSON, with a function that appends a record
// in its JSON form, such as wire's Append.
func NDJSON(appendJSON func(b []byte, f *store.Feedback) []byte) Format {
	return Format{
		Name:        "ndjson",
		ContentType: "application/x-ndjson",
		append:      func(b []byte, f *store.Feedback) []byte { return append(appendJSON(b, f), '\n') },
	}
}

// chunk is how many bytes are written at once.
const chunk = 32 << 10

// Write writes a file of the records to w: see [Write].
func (f Format) Write(w io.Writer, records iter.Seq2[store.Feedback, error]) error {
	return Write(w, f.header, records, f.append)
}

// Write writes to w what a file starts with, and what appendTo appends for each of
// the records, in chunks, as they come. It stops at the first error, of the records
// or of w. An error in the first chunk's records comes before anything is written.
func Write[T any](w io.Writer, header string, records iter.Seq2[T, error], appendTo func(b []byte, r *T) []byte) error {
	b := append(make([]byte, 0, chunk+chunk/4), header...)
	var r T // one for all: it escapes to appendTo
	for next, err := range records {
		if err != nil {
			return err
		}
		r = next
		if b = appendTo(b, &r); len(b) >= chunk {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b) // also when empty: the file is there
	return err
}

// Disposition returns a Content-Disposition that saves records under a name that
// says whose, such as an assistant's, and of which day they are.
func (f Format) Disposition(whose string, day time.Time) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_':
			return r
		}
		return '-' // every file system has the others
	}, whose)
	if len(name) > 80 {
		name = name[:80]
	}
	name = "feedback-" + name + "-" + day.UTC().Format(time.DateOnly) + "." + f.Name
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
