package otel_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
	"github.com/humanfeedback/feedbacks/store/otel"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

// A wrapped store is a store.
func TestStore(t *testing.T) {
	r := newReceiver(t)
	storetest.Run(t, func(testing.TB) store.Store { return otel.New(&r.opts).Wrap(memory.New()) })
}

const (
	answerTrace = "0af7651916cd43dd8448eb211c80319c"
	answerSpan  = "b7ad6b7169203331"
)

// A vote over HTTP is seen as the store's span in the request's trace, and as an event
// in that of the answer. A review is nothing that the person said.
func TestAVoteIsReceived(t *testing.T) {
	r := newReceiver(t)
	tel := otel.New(&r.opts)
	api := handler.New(tel.Wrap(memory.New()), &handler.Options{OnChange: tel.OnChange})
	ctx, request := r.opts.TracerProvider.Tracer("host").Start(t.Context(), "PUT")
	var id string
	putAt := func(path, body string) {
		t.Helper()
		req := httptest.NewRequestWithContext(ctx, "PUT", "/v1/Assistants/bot/"+path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, req)
		if w.Code/100 != 2 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		_, id, _ = strings.Cut(w.Body.String(), `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
	}
	put := func(body string) {
		t.Helper()
		putAt("Sessions/secret-session/Messages/m1/Feedback", body)
	}
	metadata := fmt.Sprintf(`"metadata":{"trace_id":%q,"span_id":%q,"response_id":"chatcmpl-1"}`, answerTrace, answerSpan)
	put(`{"user_id":"secret-ann","score":1,"text":"secret-note",` + metadata + `}`)
	put(`{"user_id":"secret-ann","score":1,"text":"the score is as it was",` + metadata + `}`)
	putAt("Feedbacks/"+id+"/Review", `{"verdict":"disagree","note":"secret-review"}`)
	put(`{"user_id":"secret-ann","score":0.25,` + metadata + `}`)
	put(`{"user_id":"secret-ann","score":0.5}`)
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "DELETE", "/v1/Assistants/bot/Sessions/secret-session/Messages/m1/Feedback?UserId=secret-ann", nil))
	request.End()
	r.flush()

	var puts []string
	for _, s := range r.spans {
		if hex.EncodeToString(s.TraceId) != request.SpanContext().TraceID().String() {
			t.Errorf("a span %s of another trace", s.Name)
		}
		if s.Name != "put feedbacks" {
			continue
		}
		puts = append(puts, s.Name)
		if hex.EncodeToString(s.ParentSpanId) != request.SpanContext().SpanID().String() || s.Kind.String() != "SPAN_KIND_CLIENT" {
			t.Errorf("the span is %v", s)
		}
		for key, want := range map[string]any{"db.system.name": "postgresql", "db.operation.name": "put", "db.collection.name": "feedbacks", "error.type": nil} {
			if got := valueOf(s.Attributes, key); got != want {
				t.Errorf("%s is %v, want %v", key, got, want)
			}
		}
	}
	if len(puts) != 4 {
		t.Errorf("%d spans of puts, want 4", len(puts))
	}

	type event struct{ trace, span, name, label, response, explanation, value any }
	var got []event
	for _, e := range r.events {
		if e.EventName != "gen_ai.evaluation.result" || time.Since(time.Unix(0, int64(e.TimeUnixNano))).Abs() > time.Hour {
			t.Errorf("the event is %v", e)
		}
		got = append(got, event{hex.EncodeToString(e.TraceId), hex.EncodeToString(e.SpanId),
			valueOf(e.Attributes, "gen_ai.evaluation.name"), valueOf(e.Attributes, "gen_ai.evaluation.score.label"),
			valueOf(e.Attributes, "gen_ai.response.id"), valueOf(e.Attributes, "gen_ai.evaluation.explanation"),
			valueOf(e.Attributes, "gen_ai.evaluation.score.value")})
	}
	sc := request.SpanContext()
	want := []event{
		{answerTrace, answerSpan, "user_feedback", "positive", "chatcmpl-1", nil, 1.0},
		{answerTrace, answerSpan, "user_feedback", "negative", "chatcmpl-1", nil, 0.25},
		{sc.TraceID().String(), sc.SpanID().String(), "user_feedback", "neutral", nil, nil, 0.5},
	}
	if !slices.Equal(got, want) {
		t.Errorf("the events are\n%v, want\n%v", got, want)
	}

	if m := r.series["db.client.operation.duration"]; m == nil || m.Unit != "s" {
		t.Fatalf("the duration is %v", m)
	} else {
		counts := map[any]uint64{}
		for _, p := range m.GetHistogram().DataPoints {
			counts[valueOf(p.Attributes, "db.operation.name")] += p.Count
		}
		if want := map[any]uint64{"put": 4, "get": 1, "replace": 1, "delete": 1}; !maps.Equal(counts, want) {
			t.Errorf("counts %v, want %v", counts, want)
		}
	}
	for path, body := range r.bodies {
		if bytes.Contains(body, []byte("secret")) {
			t.Errorf("%s got an id or a text", path)
		}
	}
}

func TestExplanationsAreAskedFor(t *testing.T) {
	r := newReceiver(t)
	r.opts.Explanations, r.opts.EvaluationName = true, "thumb"
	tel := otel.New(&r.opts)
	at := time.Now()
	f := store.Feedback{ID: store.NewID(at), Score: 1, Text: "so good", Metadata: map[string]string{"trace_id": answerTrace, "span_id": "no id"}}
	tel.OnChange(t.Context(), nil, &f)
	r.flush()
	if len(r.events) != 1 {
		t.Fatalf("%d events, want one", len(r.events))
	}
	e := r.events[0]
	if valueOf(e.Attributes, "gen_ai.evaluation.explanation") != "so good" || valueOf(e.Attributes, "gen_ai.evaluation.name") != "thumb" ||
		hex.EncodeToString(e.TraceId) != answerTrace || len(bytes.Trim(e.SpanId, "\x00")) != 0 || e.TimeUnixNano/1000 != uint64(at.UnixMicro()) {
		t.Errorf("the event is %v", e)
	}
}

// A stub answers some calls with an error, or panics.
type stub struct {
	store.Store
	err error
}

func (s stub) Get(context.Context, store.Scope, store.Ref) (store.Feedback, error) {
	if s.err == nil {
		panic("a bug")
	}
	return store.Feedback{}, s.err
}

func TestFailuresHaveAClass(t *testing.T) {
	for class, err := range map[string]error{
		"":              store.ErrNotFound,
		"invalid":       &store.FieldError{Field: "secret", Rule: "is wrong"},
		"newer_version": store.ErrNewerVersion,
		"canceled":      fmt.Errorf("%w: %w", store.ErrUnavailable, context.Canceled),
		"timeout":       context.DeadlineExceeded,
		"unavailable":   fmt.Errorf("secret: %w", store.ErrUnavailable),
		"_OTHER":        errors.New("secret"),
		"panic":         nil,
	} {
		r := newReceiver(t)
		st := otel.New(&r.opts).Wrap(stub{err: err})
		func() {
			defer func() { recover() }()
			if _, got := st.Get(t.Context(), store.Scope{}, store.Ref{}); got != err {
				t.Errorf("the error is %v, want %v", got, err)
			}
		}()
		r.flush()
		if len(r.spans) != 1 {
			t.Fatalf("%s: %d spans, want one", class, len(r.spans))
		}
		var want any = class
		status := "STATUS_CODE_ERROR"
		if class == "" {
			want, status = nil, "STATUS_CODE_UNSET"
		}
		s, points := r.spans[0], r.series["db.client.operation.duration"].GetHistogram().DataPoints
		if valueOf(s.Attributes, "error.type") != want || s.Status.Code.String() != status || len(points) != 1 || valueOf(points[0].Attributes, "error.type") != want {
			t.Errorf("%v: the span is %v and the points %v, want the class %q", err, s, points, class)
		}
		for path, body := range r.bodies {
			if bytes.Contains(body, []byte("secret")) {
				t.Errorf("%s got a message", path)
			}
		}
	}
}

func TestGroupsAreMeasured(t *testing.T) {
	r := newReceiver(t)
	tel := otel.New(&r.opts)
	for _, g := range []store.Grouping{{Sent: 1}, {Waiting: 1}, {Waiting: 1}, {Waiting: 1}, {Sent: 2, Waiting: -2}} {
		tel.Grouping(g)
	}
	r.flush()
	size, backlog := r.series["feedbacks.store.group.size"].GetHistogram(), r.series["feedbacks.store.backlog"].GetSum()
	if p := size.GetDataPoints(); len(p) != 1 || p[0].Count != 2 || p[0].GetSum() != 3 {
		t.Errorf("sizes are %v, want two of three in all", size)
	}
	if p := backlog.GetDataPoints(); len(p) != 1 || p[0].GetAsInt() != 1 || backlog.IsMonotonic {
		t.Errorf("the backlog is %v, want one", backlog)
	}
}

// A method that store.Store gets later has to be told of too.
func TestEveryCallHasASpan(t *testing.T) {
	methods := reflect.TypeFor[store.Store]()
	for i := range methods.NumMethod() {
		m := methods.Method(i)
		r := newReceiver(t)
		st := reflect.ValueOf(otel.New(&r.opts).Wrap(memory.New()))
		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for j := 1; j < m.Type.NumIn(); j++ {
			args = append(args, reflect.Zero(m.Type.In(j)))
		}
		st.MethodByName(m.Name).Call(args)
		r.flush()
		if want := strings.ToLower(m.Name) + " feedbacks"; len(r.spans) != 1 || r.spans[0].Name != want {
			t.Errorf("%s has the spans %v, want %q", m.Name, r.spans, want)
		}
	}
}

// Without an SDK nothing is told, and nothing else is different.
func TestWithoutAnSDK(t *testing.T) {
	tel := otel.New(nil)
	tel.Grouping(store.Grouping{Sent: 1, Waiting: 1})
	f := store.Feedback{Scope: store.Scope{Assistant: "bot"}, ID: store.NewID(time.Now()), SessionID: "s", Score: 1}
	tel.OnChange(t.Context(), nil, &f)
	tel.OnChange(t.Context(), &f, nil)
	if got, err := tel.Wrap(memory.New()).Create(trace.ContextWithSpanContext(t.Context(), trace.SpanContext{}), f); err != nil || got.ID != f.ID {
		t.Errorf("Create: %v, %v", got, err)
	}
}
