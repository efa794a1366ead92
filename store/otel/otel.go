package otel

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/humanfeedback/feedbacks/store"
)

// scopeName is what this package instruments, and schemaURL by which conventions.
const (
	scopeName = "github.com/humanfeedback/feedbacks/store/otel"
	schemaURL = "https://opentelemetry.io/schemas/1.41.0"
)

// Options configure a Telemetry. The zero value, and a nil pointer, work.
type Options struct {
	// System is the attribute db.system.name: postgresql, redis or sqlite. Default:
	// "other_sql", what the conventions call one that they do not know.
	System string
	// EvaluationName is the attribute gen_ai.evaluation.name of a score. Default:
	// "user_feedback".
	EvaluationName string
	// Explanations puts the texts that people write into the events of their scores,
	// as gen_ai.evaluation.explanation. These texts are personal data, and an erasure does
	// not reach where they go. Default: false.
	Explanations bool

	// TracerProvider, MeterProvider and LoggerProvider get what is told. Default: the
	// global ones.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	LoggerProvider log.LoggerProvider
}

// A Telemetry tells OpenTelemetry of stores. Make it with [New], one for each
// database; it is safe for concurrent use.
type Telemetry struct {
	opts   Options
	tracer trace.Tracer
	logger log.Logger

	duration metric.Float64Histogram
	groups   metric.Int64Histogram
	backlog  metric.Int64UpDownCounter
	db       attribute.KeyValue
	dbOnly   metric.MeasurementOption
}

// New returns a Telemetry. What goes wrong in making instruments goes to
// OpenTelemetry's error handler.
func New(o *Options) *Telemetry {
	t := &Telemetry{}
	if o != nil {
		t.opts = *o
	}
	opts := &t.opts
	if opts.System == "" {
		opts.System = "other_sql"
	}
	if opts.EvaluationName == "" {
		opts.EvaluationName = "user_feedback"
	}
	if opts.TracerProvider == nil {
		opts.TracerProvider = otel.GetTracerProvider()
	}
	if opts.MeterProvider == nil {
		opts.MeterProvider = otel.GetMeterProvider()
	}
	if opts.LoggerProvider == nil {
		opts.LoggerProvider = otel.GetLoggerProvider()
	}
	t.tracer = opts.TracerProvider.Tracer(scopeName, trace.WithSchemaURL(schemaURL))
	t.logger = opts.LoggerProvider.Logger(scopeName, log.WithSchemaURL(schemaURL))
	t.db = attribute.String("db.system.name", opts.System)
	t.dbOnly = metric.WithAttributeSet(attribute.NewSet(t.db))

	meter := opts.MeterProvider.Meter(scopeName, metric.WithSchemaURL(schemaURL))
	var errs [3]error
	t.duration, errs[0] = meter.Float64Histogram("db.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of database client operations."),
		metric.WithExplicitBucketBoundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10))
	t.groups, errs[1] = meter.Int64Histogram("feedbacks.store.group.size", metric.WithUnit("{write}"),
		metric.WithDescription("Writes that went out together."),
		metric.WithExplicitBucketBoundaries(1, 2, 4, 8, 16, 32, 64, 128, 256, 512))
	t.backlog, errs[2] = meter.Int64UpDownCounter("feedbacks.store.backlog", metric.WithUnit("{write}"),
		metric.WithDescription("Writes that wait for the group that is under way."))
	if err := errors.Join(errs[:]...); err != nil {
		otel.Handle(fmt.Errorf("feedbacks: %w", err))
	}
	return t
}

// Grouping is the Observe of a store's own options: it counts the size of groups, and
// the writes that wait.
func (t *Telemetry) Grouping(g store.Grouping) {
	if g.Sent > 0 {
		t.groups.Record(context.Background(), int64(g.Sent), t.dbOnly)
	}
	if g.Waiting != 0 {
		t.backlog.Add(context.Background(), int64(g.Waiting), t.dbOnly)
	}
}
