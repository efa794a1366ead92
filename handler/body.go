package handler

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// A camelBody is a body with the names that twilio-node gives some fields.
type camelBody struct {
	wire.Body
	SessionIDCamel string `json:"sessionId"`
	MessageIDCamel string `json:"messageId"`
}

// readBody reads the body of a write and decodes it with decode.
func (c *call) readBody(decode func(*call, []byte) error) error {
	if !isType(c.r.Header.Get("Content-Type"), "application/json") {
		return errContentType
	}
	sent, err := c.sent()
	if err != nil {
		return err
	}
	buf := buffers.Get().(*[]byte)
	defer release(buf)
	data, err := readAll(http.MaxBytesReader(c.w, sent, c.opts.MaxBody), (*buf)[:0])
	*buf = data
	if err != nil {
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return &apiError{http.StatusRequestEntityTooLarge, 20413, fmt.Sprintf("the body must be at most %d bytes", tooLarge.Limit)}
		}
		return badRequest("the body could not be read whole")
	}
	return decode(c, data)
}

// sent returns the body as it was sent.
func (c *call) sent() (io.ReadCloser, error) {
	if e := c.r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, &apiError{http.StatusUnsupportedMediaType, 20001, "Content-Encoding is not supported, send the body as it is"}
	}
	if c.r.Body == nil { // a request that no server made
		return http.NoBody, nil
	}
	return c.r.Body, nil
}

// isType reports whether a Content-Type says that a body is of the type want, in
// UTF-8, which some clients call utf8.
func isType(contentType, want string) bool {
	if contentType == want {
		return true
	}
	if len(contentType) < len(want) || !strings.EqualFold(contentType[:len(want)], want) { // spares most the parsing
		return false
	}
	mediaType, params, err := mime.ParseMediaType(contentType)
	charset, said := params["charset"]
	return err == nil && mediaType == want && (!said || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8"))
}

// readAll is io.ReadAll into a buffer at hand.
func readAll(r io.Reader, b []byte) ([]byte, error) {
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
	}
}

// decodeFeedback decodes a body into c.body, strictly: one JSON object of known
// names, spelled exactly, none twice, in valid UTF-8.
func (c *call) decodeFeedback(data []byte) error {
	b := &c.body
	var err error
	switch {
	case c.client.spellsCamelCase():
		var camel camelBody
		err = json.Unmarshal(data, &camel, wire.Lenient)
		*b = camel.Body
		b.SessionID = cmp.Or(b.SessionID, camel.SessionIDCamel)
		b.MessageID = cmp.Or(b.MessageID, camel.MessageIDCamel)
	case c.client.ignoresUnknownFields():
		err = json.Unmarshal(data, b, wire.Lenient)
	default:
		err = json.Unmarshal(data, b, wire.Strict)
	}
	if err := wire.Explain("body", data, err, wire.BodyFields); err != nil {
		return err
	}
	if c.principal.Visitor != nil && len(b.Metadata) > 0 { // it is the host's
		return errMetadata
	}
	if err := c.mayTag(b.Tags); err != nil {
		return err
	}
	if err := c.fits(b.Text, b.Correction, ""); err != nil {
		return err
	}
	if !b.Score.Present {
		switch {
		case c.client.omitsZeroScore():
		case c.opts.DefaultScore != nil:
			b.Score.Value = *c.opts.DefaultScore
		default:
			return &store.FieldError{Field: "score", Rule: "is required"}
		}
	}
	return nil
}

// fits returns nil, or a 400 that names what is longer than the host allows.
func (c *call) fits(text, correction, note string) error {
	for i, s := range [...]string{text, correction, note} {
		if n := utf8.RuneCountInString(s); n > c.opts.MaxText {
			return badParam([...]string{"text", "correction", "note"}[i], "must be at most %d characters, got %d", c.opts.MaxText, n)
		}
	}
	return nil
}
