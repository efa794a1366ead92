package handler

import (
	"net/http"
	"sync"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/store"
)

// buffers hold bodies and answers while they are made.
var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, 4<<10)) }}

// release gives a buffer back, unless it has grown large: it would stay so.
func release(buf *[]byte) {
	if cap(*buf) <= 2*streamChunk {
		buffers.Put(buf)
	}
}

// streamChunk is how many bytes go out at once.
const streamChunk = 32 << 10

// A stream is a long answer under way, of which a chunk is in memory. Until its
// first chunk is out, an error is answered as usual.
type stream struct {
	*call
	buf     *[]byte
	records bool // there has been one
}

// open returns a stream that starts with some JSON. It is to be closed.
func (c *call) open(start string) *stream {
	s := &stream{call: c, buf: buffers.Get().(*[]byte)}
	*s.buf = append((*s.buf)[:0], start...)
	return s
}

func (s *stream) close() { release(s.buf) }

// add adds a record as the caller may see it, after a comma if it is not the first.
func (s *stream) add(f *store.Feedback) {
	if s.records {
		*s.buf = append(*s.buf, ',')
	}
	s.records = true
	*s.buf = s.appendFeedback(*s.buf, f)
	s.flush(streamChunk)
}

// flush sends what there is if it is more than atLeast bytes. A client that has
// left ends the call.
func (s *stream) flush(atLeast int) {
	if len(*s.buf) <= atLeast {
		return
	}
	if !s.Started() {
		setHeader(s.w, "Content-Type", jsonType)
		s.start(http.StatusOK)
	}
	answer.Extend(s.w)
	if _, err := s.send(*s.buf); err != nil {
		panic(http.ErrAbortHandler)
	}
	*s.buf = (*s.buf)[:0]
}

// fail breaks the connection if the client has a part of the answer: it must not
// take it for the whole.
func (s *stream) fail(err error) error {
	if !s.Started() {
		return err
	}
	s.err = err
	if !answer.Left(s.r) {
		s.Log("a list broke off", "error", err)
	}
	answer.Break(s.w, s.r)
	return nil
}

// head answers HEAD where GET would stream: with the header alone.
func (c *call) head() error {
	setHeader(c.w, "Content-Type", jsonType)
	c.start(http.StatusOK)
	return nil
}
