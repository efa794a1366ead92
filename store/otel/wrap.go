package otel

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/humanfeedback/feedbacks/store"
)

// Wrap returns a store that does what st does, with a span and a measurement of each
// call. The errors of a span and a measurement are classes, never messages, which may
// quote what a caller sent.
func (t *Telemetry) Wrap(st store.Store) store.Store {
	if st == nil {
		panic("otel: Wrap needs a store")
	}
	return &wrapped{st, t}
}

// A wrapped store tells of its calls. What store.Store may get besides is passed on.
type wrapped struct {
	store.Store
	t *Telemetry
}

// collection is the conventions' db.collection.name, whatever the tables are called.
var collection = attribute.String("db.collection.name", "feedbacks")

// classes are what error.type says of an error, the first that it is. What is not
// found, or has changed meanwhile, is an answer, and no failure.
var classes = []struct {
	is    error
	class string
}{
	{store.ErrNotFound, ""},
	{store.ErrConflict, ""},
	{store.ErrInvalid, "invalid"},
	{store.ErrNewerVersion, "newer_version"},
	{context.Canceled, "canceled"},
	{context.DeadlineExceeded, "timeout"},
	{store.ErrUnavailable, "unavailable"},
}

// classOf returns the class of an error, "" when there is none.
func classOf(err error) string {
	if err == nil {
		return ""
	}
	for _, c := range classes {
		if errors.Is(err, c.is) {
			return c.class
		}
	}
	return "_OTHER"
}

// call tells of an operation, also of one that panics.
func call[R any](ctx context.Context, t *Telemetry, operation string, do func(context.Context) (R, error)) (R, error) {
	attrs := []attribute.KeyValue{t.db, collection, attribute.String("db.operation.name", operation)}
	ctx, span := t.tracer.Start(ctx, operation+" feedbacks", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
	start, class := time.Now(), "panic"
	defer func() {
		if class != "" {
			failed := attribute.String("error.type", class)
			attrs = append(attrs, failed)
			span.SetAttributes(failed)
			span.SetStatus(codes.Error, "")
		}
		t.duration.Record(ctx, time.Since(start).Seconds(), metric.WithAttributes(attrs...))
		span.End()
	}()
	r, err := do(ctx)
	class = classOf(err)
	return r, err
}

func (w *wrapped) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	return call(ctx, w.t, "create", func(ctx context.Context) (store.Feedback, error) { return w.Store.Create(ctx, f) })
}

func (w *wrapped) Put(ctx context.Context, f store.Feedback) (now store.Feedback, before *store.Feedback, err error) {
	now, err = call(ctx, w.t, "put", func(ctx context.Context) (now store.Feedback, err error) {
		now, before, err = w.Store.Put(ctx, f)
		return now, err
	})
	return now, before, err
}

func (w *wrapped) Replace(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
	return call(ctx, w.t, "replace", func(ctx context.Context) (store.Feedback, error) { return w.Store.Replace(ctx, was, now) })
}

func (w *wrapped) Get(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
	return call(ctx, w.t, "get", func(ctx context.Context) (store.Feedback, error) { return w.Store.Get(ctx, s, r) })
}

func (w *wrapped) Delete(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
	return call(ctx, w.t, "delete", func(ctx context.Context) (store.Feedback, error) { return w.Store.Delete(ctx, s, r) })
}

func (w *wrapped) List(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
	return call(ctx, w.t, "list", func(ctx context.Context) (store.Page, error) { return w.Store.List(ctx, s, q) })
}

func (w *wrapped) Summarize(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
	return call(ctx, w.t, "summarize", func(ctx context.Context) (store.Summary, error) { return w.Store.Summarize(ctx, s, q) })
}

func (w *wrapped) Erase(ctx context.Context, s store.Scope, f store.Filter) (int64, error) {
	return call(ctx, w.t, "erase", func(ctx context.Context) (int64, error) { return w.Store.Erase(ctx, s, f) })
}

func (w *wrapped) Scopes(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
	return call(ctx, w.t, "scopes", func(ctx context.Context) ([]store.Scope, error) { return w.Store.Scopes(ctx, after, limit) })
}
