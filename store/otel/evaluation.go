package otel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/trace"

	"github.com/humanfeedback/feedbacks/store"
)

// The names of the conventions for generative AI, which are still in development:
// later versions of OpenTelemetry's package semconv have no constants for them.
const (
	evaluationResult = "gen_ai.evaluation.result"
	evaluationName   = "gen_ai.evaluation.name"
	scoreValue       = "gen_ai.evaluation.score.value"
	scoreLabel       = "gen_ai.evaluation.score.label"
	explanation      = "gen_ai.evaluation.explanation"
	responseID       = "gen_ai.response.id"
)

// OnChange is the OnChange of a handler's Options. It tells of a score that was given
// or has changed, by an event gen_ai.evaluation.result: its value, and whether that
// is positive, negative or neutral, as in summaries. Where the record's metadata has
// the trace_id, and the span_id, of the answer that was rated, in hexadecimal digits as
// in a traceparent, the event belongs to that span, else to the request's; response_id
// is the answer's gen_ai.response.id. What is taken back is not told of: the
// conventions have no event for it.
func (t *Telemetry) OnChange(ctx context.Context, before, after *store.Feedback) {
	if after == nil || before != nil && before.Score == after.Score {
		return
	}
	ctx = rated(ctx, after.Metadata)
	if !t.logger.Enabled(ctx, log.EnabledParameters{Severity: log.SeverityInfo, EventName: evaluationResult}) {
		return
	}
	var r log.Record
	r.SetEventName(evaluationResult)
	r.SetSeverity(log.SeverityInfo)
	r.SetTimestamp(after.UpdatedAt)
	if after.UpdatedAt.IsZero() {
		r.SetTimestamp(after.CreatedAt())
	}
	r.AddAttributes(
		attribute.String(evaluationName, t.opts.EvaluationName),
		attribute.Float64(scoreValue, after.Score),
		attribute.String(scoreLabel, labelOf(after.Score)),
	)
	if id := after.Metadata["response_id"]; id != "" {
		r.AddAttributes(attribute.String(responseID, id))
	}
	if t.opts.Explanations && after.Text != "" {
		r.AddAttributes(attribute.String(explanation, after.Text))
	}
	t.logger.Emit(ctx, r)
}

// labelOf says what summaries count a score as.
func labelOf(score float64) string {
	switch {
	case score > 0.5:
		return "positive"
	case score < 0.5:
		return "negative"
	}
	return "neutral"
}

// rated returns a context of the span that was rated, if metadata says which that is.
func rated(ctx context.Context, metadata map[string]string) context.Context {
	traceID, err := trace.TraceIDFromHex(metadata["trace_id"])
	if err != nil {
		return ctx
	}
	spanID, err := trace.SpanIDFromHex(metadata["span_id"])
	if err != nil {
		spanID = trace.SpanID{} // the trace alone is known
	}
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, Remote: true}))
}
