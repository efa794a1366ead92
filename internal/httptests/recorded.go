package httptests

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
)

// An Exchange is a request and its answer, as internal/e2e/contract reads them.
type Exchange struct {
	Test         string
	Method       string
	Target       string
	Header       http.Header
	Body         []byte
	Status       int
	AnswerHeader http.Header
	Answer       []byte
}

var recording sync.Mutex

// Recorded appends each exchange of h to the file that FEEDBACKS_RECORD names, so
// that all that tests send and get can be held against the API's description.
// Without it, h is returned as it is.
func Recorded(t testing.TB, h http.Handler) http.Handler {
	name := os.Getenv("FEEDBACKS_RECORD")
	if name == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := Exchange{Test: t.Name(), Method: r.Method, Target: r.RequestURI, Header: r.Header.Clone()}
		x.Body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(x.Body))
		tee := &teeWriter{ResponseWriter: w}
		h.ServeHTTP(tee, r) // what breaks off is not recorded
		x.Status, x.AnswerHeader, x.Answer = tee.status, w.Header().Clone(), tee.body.Bytes()
		line, err := json.Marshal(x)
		if err != nil {
			t.Error(err)
			return
		}
		recording.Lock()
		defer recording.Unlock()
		f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		f.Write(append(line, '\n'))
	})
}

type teeWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *teeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *teeWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *teeWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.body.Write(b)
	return w.ResponseWriter.Write(b)
}
