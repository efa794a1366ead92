package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/quote"
)

// parseLog returns what makes the log that FEEDBACKS_LOG names.
func parseLog(name string) (func(io.Writer) *slog.Logger, error) {
	switch name {
	case "", "text":
		return func(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }, nil
	case "json":
		return func(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }, nil
	case "off":
		return func(io.Writer) *slog.Logger { return slog.New(slog.DiscardHandler) }, nil
	}
	return nil, fmt.Errorf("FEEDBACKS_LOG must be text, json or off, got %q", name)
}

// logCalls returns an Observe that logs each call of the API: by the template of its
// path, so that no id, text or credential is in the log.
func logCalls(log *slog.Logger) func(context.Context, handler.Call) {
	return func(ctx context.Context, c handler.Call) {
		log.LogAttrs(ctx, slog.LevelInfo, "request",
			slog.String("method", c.Method),
			slog.String("route", c.Route),
			slog.Int("status", c.Status),
			slog.Int64("bytes", c.Bytes),
			slog.Duration("took", c.Duration),
			slog.Bool("broken_off", c.BrokenOff),
		)
	}
}

// logRequests logs what is not the API's in the same way, as requests for a route.
func logRequests(log *slog.Logger, route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		start, brokenOff := time.Now(), true
		defer func() {
			logCalls(log)(r.Context(), handler.Call{
				Method: quote.Clip(r.Method), Route: route, Status: cmp.Or(rec.status, http.StatusOK),
				Bytes: rec.bytes, Duration: time.Since(start), BrokenOff: brokenOff,
			})
		}()
		next.ServeHTTP(rec, r)
		brokenOff = false
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
