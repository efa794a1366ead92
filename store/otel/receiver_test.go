package otel_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/humanfeedback/feedbacks/store/otel"
)

// A receiver takes what the SDK's exporters send by OTLP over HTTP.
type receiver struct {
	opts otel.Options // whose providers send here
	// flush sends what there is.
	flush func()

	mu     sync.Mutex
	bodies map[string][]byte // all that came, by path
	spans  []*traces.Span
	events []*logs.LogRecord
	series map[string]*metrics.Metric
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{bodies: map[string][]byte{}, series: map[string]*metrics.Metric{}}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	ctx := context.WithoutCancel(t.Context())
	spans, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(s.URL+"/v1/traces"))
	fatal(t, err)
	values, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(s.URL+"/v1/metrics"))
	fatal(t, err)
	events, err := otlploghttp.New(ctx, otlploghttp.WithEndpointURL(s.URL+"/v1/logs"))
	fatal(t, err)
	tracer := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(values)))
	logger := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(events)))
	t.Cleanup(func() { tracer.Shutdown(ctx); meter.Shutdown(ctx); logger.Shutdown(ctx) })
	r.opts = otel.Options{System: "postgresql", TracerProvider: tracer, MeterProvider: meter, LoggerProvider: logger}
	r.flush = func() {
		fatal(t, tracer.ForceFlush(ctx))
		fatal(t, meter.ForceFlush(ctx))
		fatal(t, logger.ForceFlush(ctx))
	}
	return r
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	r.bodies[req.URL.Path] = append(r.bodies[req.URL.Path], body...)
	switch req.URL.Path {
	case "/v1/traces":
		var got collectortrace.ExportTraceServiceRequest
		err = proto.Unmarshal(body, &got)
		for _, resource := range got.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				r.spans = append(r.spans, scope.Spans...)
			}
		}
	case "/v1/metrics":
		var got collectormetrics.ExportMetricsServiceRequest
		err = proto.Unmarshal(body, &got)
		for _, resource := range got.ResourceMetrics {
			for _, scope := range resource.ScopeMetrics {
				for _, m := range scope.Metrics {
					r.series[m.Name] = m // cumulative: the last says all
				}
			}
		}
	case "/v1/logs":
		var got collectorlogs.ExportLogsServiceRequest
		err = proto.Unmarshal(body, &got)
		for _, resource := range got.ResourceLogs {
			for _, scope := range resource.ScopeLogs {
				r.events = append(r.events, scope.LogRecords...)
			}
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// valueOf returns an attribute, nil when it is not there.
func valueOf(attrs []*common.KeyValue, key string) any {
	for _, a := range attrs {
		if a.Key == key {
			switch v := a.Value.Value.(type) {
			case *common.AnyValue_StringValue:
				return v.StringValue
			case *common.AnyValue_DoubleValue:
				return v.DoubleValue
			}
			return a.Value.Value
		}
	}
	return nil
}
