package main

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/humanfeedback/feedbacks/internal/quote"
)

// logRequests logs each request when it is done: its path but not its query,
// and nothing of bodies or credentials.
func logRequests(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w}
		finished := false
		defer func() {
			log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", quote.Clip(r.Method)),
				slog.String("path", quote.Clip(r.URL.EscapedPath())),
				slog.Int("status", cmp.Or(rec.status, http.StatusOK)),
				slog.Int64("bytes", rec.bytes),
				slog.Duration("took", time.Since(start)),
				slog.Bool("broken_off", !finished),
			)
		}()
		next.ServeHTTP(rec, r)
		finished = true
	})
}

// A recorder notes an answer's status and size.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}
