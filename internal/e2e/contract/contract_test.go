// Package contract holds what the handler's own tests send and get against the
// API's description, and the description against Twilio's contract.
package contract

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func init() { // kin-openapi knows text/csv, and not this
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.FileBodyDecoder)
}

// An exchange is what internal/httptests writes.
type exchange struct {
	Test         string
	Method       string
	Target       string
	Header       http.Header
	Body         []byte
	Status       int
	AnswerHeader http.Header
	Answer       []byte
}

// description returns the description as the handler serves it.
func description(t *testing.T) *openapi3.T {
	t.Helper()
	h := handler.New(memory.New(), &handler.Options{BaseURL: "http://api.example.com"})
	w := &memoryWriter{header: http.Header{}}
	r, _ := http.NewRequest("GET", "/v1/openapi.json", nil)
	h.ServeHTTP(w, r)
	doc, err := openapi3.NewLoader().LoadFromData(w.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatalf("the description is invalid: %v", err)
	}
	return doc
}

type memoryWriter struct {
	bytes.Buffer
	header http.Header
}

func (w *memoryWriter) Header() http.Header { return w.header }
func (w *memoryWriter) WriteHeader(int)     {}

const feedbacksTarget = "/v1/Assistants/aia_asst_1/Feedbacks"

// record runs the handler's tests and returns their exchanges.
func record(t *testing.T) []exchange {
	t.Helper()
	file := filepath.Join(t.TempDir(), "exchanges")
	cmd := exec.Command("go", "test", "-count=1", "github.com/humanfeedback/feedbacks/handler")
	cmd.Env = append(os.Environ(), "FEEDBACKS_RECORD="+file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var xs []exchange
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return xs
		}
		var x exchange
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatal(err)
		}
		xs = append(xs, x)
	}
}

// A checker holds exchanges against the description.
type checker struct {
	doc    *openapi3.T
	router routers.Router
}

func newChecker(t *testing.T) checker {
	doc := description(t)
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range doc.Components.Schemas {
		if !strings.HasSuffix(name, "Request") {
			closed(s.Value)
		}
	}
	return checker{doc, router}
}

// closed has a schema allow no fields but those that it has: clients must take new
// ones, but none shall come unnoticed.
func closed(s *openapi3.Schema) {
	if len(s.Properties) > 0 && s.AdditionalProperties.Schema == nil {
		s.AdditionalProperties.Has = new(false)
	}
	for _, p := range s.Properties {
		if p.Ref == "" {
			closed(p.Value)
		}
	}
}

// check returns what is wrong with an exchange. described is false when it is
// about a path or method that the API does not have.
func (c checker) check(x exchange) (described bool, err error) {
	if x.Method == http.MethodHead {
		return false, nil // answered as GET is, without a body
	}
	target := x.Target
	for _, root := range []string{"/v1/Assistants/", "/v1/openapi.json"} { // below any prefix
		if i := strings.LastIndex(target, root); i > 0 || i == 0 && root == "/v1/openapi.json" {
			if x.Status == http.StatusNotFound || x.Status == http.StatusTeapot { // not the prefix that is served
				return false, c.checkError(x)
			}
			target = target[i:]
		}
	}
	u, err := url.Parse("http://api.example.com" + target)
	if err != nil {
		return false, c.checkError(x)
	}
	r := &http.Request{Method: x.Method, URL: u, Host: u.Host, Header: x.Header, Body: io.NopCloser(bytes.NewReader(x.Body)), ContentLength: int64(len(x.Body))}
	route, vars, err := c.router.FindRoute(r)
	if err != nil {
		return false, c.checkError(x)
	}
	for name, v := range vars {
		if vars[name], err = url.PathUnescape(v); err != nil {
			return true, err
		}
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: vars, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, SkipSettingDefaults: true}}
	library := strings.HasPrefix(x.Header.Get("User-Agent"), "twilio-")              // may send what is not described
	defaulted := x.Test == "TestDefaultScore" || x.Test == "TestTwilioLibrariesPost" // whose hosts have a score for those without
	if x.Status < 300 && !library && !defaulted {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			return true, fmt.Errorf("a request that was accepted is not as described: %w", err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: x.Status, Header: x.AnswerHeader,
		Body: io.NopCloser(bytes.NewReader(x.Answer)), Options: in.Options}
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		return true, fmt.Errorf("the answer is not as described: %w", err)
	}
	return true, nil
}

// checkError holds the answer to a path or method that is not described against
// the form of errors.
func (c checker) checkError(x exchange) error {
	if !slices.Contains([]int{401, 403, 404, 405, 503}, x.Status) {
		if strings.Contains(string(x.Answer), `"code"`) || x.Status < 300 {
			return fmt.Errorf("status %d for a path or method that is not described", x.Status)
		}
		return nil // the host's own
	}
	var v any
	if err := json.Unmarshal(x.Answer, &v); err != nil {
		return err
	}
	return c.doc.Components.Schemas["Error"].Value.VisitJSON(v, openapi3.EnableJSONSchema2020())
}

func TestTheHandlersTestsAreAsDescribed(t *testing.T) {
	c := newChecker(t)
	seen, often := map[string]int{}, map[string]int{}
	var created, page, vote, changed, summary, erased, exported, imported *exchange
	for _, x := range record(t) {
		kind := fmt.Sprint(x.Test, " ", x.Method, " ", x.Status)
		if often[kind]++; often[kind] > 100 { // a test that makes thousands of records, say
			continue
		}
		described, err := c.check(x)
		if err != nil {
			t.Errorf("%s: %s %s %.200q: %d %.300s\n%v", x.Test, x.Method, x.Target, x.Body, x.Status, x.Answer, err)
		}
		if described {
			seen[fmt.Sprint(x.Method, " ", x.Status)]++
		}
		switch {
		case x.Method == "POST" && x.Status == 201 && x.AnswerHeader.Get("Location") != "" && x.Header.Get("User-Agent") == "Go-http-client/1.1" && bytes.Contains(x.Answer, []byte(`"metadata":{},"created_at"`)):
			created = &x
		case x.Method == "GET" && bytes.HasPrefix(x.Answer, []byte(`{"feedbacks"`)):
			page = &x
		case x.Method == "PUT" && x.Status == 201:
			vote = &x
		case x.Method == "PUT" && x.Status == 200:
			changed = &x
		case bytes.Contains(x.Answer, []byte(`"series":[{`)):
			summary = &x
		case x.Method == "DELETE" && x.Status == 200:
			erased = &x
		case x.Method == "GET" && x.Status == 200 && x.AnswerHeader.Get("Content-Type") == "application/x-ndjson" && len(x.Answer) > 0:
			exported = &x
		case x.Method == "POST" && bytes.Contains(x.Answer, []byte(`"errors":[{`)):
			imported = &x
		}
	}
	for _, want := range []string{"POST 200", "POST 201", "POST 400", "POST 401", "POST 403", "POST 404", "POST 409", "POST 413", "POST 415", "POST 429", "POST 500", "POST 503",
		"GET 200", "GET 400", "GET 401", "GET 403", "GET 404", "GET 429", "GET 500", "GET 503", "DELETE 200", "DELETE 204", "DELETE 400", "DELETE 401", "DELETE 403", "DELETE 404", "DELETE 429", "DELETE 500", "DELETE 503",
		"PUT 200", "PUT 201", "PUT 400", "PUT 401", "PUT 403", "PUT 404", "PUT 413", "PUT 415", "PUT 429", "PUT 500", "PUT 503"} {
		if seen[want] == 0 {
			t.Errorf("no exchange shows %s", want)
		}
	}
	t.Logf("exchanges: %v", seen)
	if created == nil || page == nil || vote == nil || changed == nil || summary == nil || erased == nil || exported == nil || imported == nil {
		t.Fatal("no record, page, vote, changed vote, summary with a series, erasure, export or import was seen")
	}

	// What is wrong must be found.
	for name, wrong := range map[string]exchange{
		"200 for 201":     with(*created, func(x *exchange) { x.Status = 200 }),
		"an extra field":  with(*created, func(x *exchange) { x.Answer = replace(x.Answer, `{"id"`, `{"x":1,"id"`) }),
		"a missing field": with(*created, func(x *exchange) { x.Answer = replace(x.Answer, `"message_id"`, `"user_sid"`) }),
		"a number for a string": with(*created, func(x *exchange) {
			x.Answer = regexp.MustCompile(`"text":".*?"`).ReplaceAll(x.Answer, []byte(`"text":1`))
		}),
		"another id":                   with(*created, func(x *exchange) { x.Answer = replace(x.Answer, `"id":"aia_fdbk_`, `"id":"fdbk_`) }),
		"a missing meta key":           with(*page, func(x *exchange) { x.Answer = replace(x.Answer, `"first_page_url"`, `"last_page_url"`) }),
		"an extra meta key":            with(*page, func(x *exchange) { x.Answer = replace(x.Answer, `"meta":{`, `"meta":{"x":1,`) }),
		"an unknown field sent":        with(*created, func(x *exchange) { x.Body = []byte(`{"session_id":"s","score":1,"x":1}`) }),
		"a score beyond":               with(*created, func(x *exchange) { x.Body = []byte(`{"session_id":"s","score":1.5}`) }),
		"a vote's unknown field":       with(*vote, func(x *exchange) { x.Body = []byte(`{"score":1,"x":1}`) }),
		"a vote that is none":          with(*vote, func(x *exchange) { x.Answer = replace(x.Answer, `"vote":true`, `"vote":false`) }),
		"a vote's parameter":           with(*vote, func(x *exchange) { x.Target, _, _ = strings.Cut(x.Target, "?"); x.Target += "?UserId=" }),
		"a number in metadata":         with(*created, func(x *exchange) { x.Answer = replace(x.Answer, `"metadata":{`, `"metadata":{"a":1`) }),
		"a name that metadata has not": with(*created, func(x *exchange) { x.Answer = replace(x.Answer, `"metadata":{`, `"metadata":{"a b":"1"`) }),
		"an empty value in metadata":   with(*created, func(x *exchange) { x.Answer = replace(x.Answer, `"metadata":{`, `"metadata":{"a":""`) }),
		"no metadata":                  with(*created, func(x *exchange) { x.Answer = replace(x.Answer, `"metadata":{}`, `"metadata":null`) }),
		"an empty correction":          with(*created, func(x *exchange) { x.Answer = replace(x.Answer, `"metadata"`, `"correction":"","metadata"`) }),
		"metadata sent as a list":      with(*created, func(x *exchange) { x.Body = []byte(`{"session_id":"s","score":1,"metadata":["a"]}`) }),
		"a correction in numbers":      with(*created, func(x *exchange) { x.Body = []byte(`{"session_id":"s","score":1,"correction":1}`) }),
		"too much metadata": with(*created, func(x *exchange) {
			x.Body = []byte(`{"session_id":"s","score":1,"metadata":{` + strings.Trim(strings.Repeat(`"a%":"x",`, 17), ",") + `}}`)
			for i := range 17 {
				x.Body = replace(x.Body, "%", fmt.Sprint(i))
			}
		}),
		"a filter by a name alone": with(*exported, func(x *exchange) { x.Target = feedbacksTarget + "?Format=ndjson&Metadata=model" }),
		"204 for a changed vote":   with(*changed, func(x *exchange) { x.Status = 204 }),
		"a summary without count":  with(*summary, func(x *exchange) { x.Answer = replace(x.Answer, `"count"`, `"number"`) }),
		"a short histogram": with(*summary, func(x *exchange) {
			x.Answer = regexp.MustCompile(`"histogram":\[\d+,`).ReplaceAll(x.Answer, []byte(`"histogram":[`))
		}),
		"a point without start": with(*summary, func(x *exchange) { x.Answer = replace(x.Answer, `"start"`, `"begin"`) }),
		"a mean in words": with(*summary, func(x *exchange) {
			x.Answer = regexp.MustCompile(`"mean_score":[\d.]+`).ReplaceAll(x.Answer, []byte(`"mean_score":"1"`))
		}),
		"an unknown interval": with(*summary, func(x *exchange) {
			x.Target = regexp.MustCompile(`Interval=\w+`).ReplaceAllString(x.Target, "Interval=year")
		}),
		"erased nothing":             with(*erased, func(x *exchange) { x.Answer = []byte(`{}`) }),
		"an export of no known type": with(*exported, func(x *exchange) { x.AnswerHeader = http.Header{"Content-Type": {"application/xml"}} }),
		"an unknown format":          with(*exported, func(x *exchange) { x.Target = feedbacksTarget + "?Format=xls" }),
		"an import without a count":  with(*imported, func(x *exchange) { x.Answer = replace(x.Answer, `"failed"`, `"lost"`) }),
		"an error without a line":    with(*imported, func(x *exchange) { x.Answer = replace(x.Answer, `"line":`, `"row":`) }),
		"201 for an import":          with(*imported, func(x *exchange) { x.Status = 201 }),
		"an import of no known type": with(*imported, func(x *exchange) { x.Header = http.Header{"Content-Type": {"text/plain"}} }),
		"erased by page":             with(*erased, func(x *exchange) { x.Status = 201 }),
	} {
		if _, err := c.check(wrong); err == nil {
			t.Errorf("%s is not found: %s", name, wrong.Answer)
		}
	}
}

func with(x exchange, mend func(*exchange)) exchange {
	mend(&x)
	return x
}

func replace(b []byte, from, to string) []byte {
	return bytes.Replace(bytes.Clone(b), []byte(from), []byte(to), 1)
}

// TestTwiliosContract holds the description to the facts of Twilio's own, as it
// was in 2026: twilio_assistants_v1, Feedbacks.
func TestTwiliosContract(t *testing.T) {
	doc := description(t)
	feedbacks := doc.Paths.Find("/v1/Assistants/{assistant_id}/Feedbacks")
	if feedbacks == nil || feedbacks.Get == nil || feedbacks.Post == nil {
		t.Fatal("the description lacks Feedbacks")
	}
	if feedbacks.Get.OperationID != "ListFeedback" || feedbacks.Post.OperationID != "CreateFeedback" {
		t.Errorf("the operations are %s and %s", feedbacks.Get.OperationID, feedbacks.Post.OperationID)
	}
	if feedbacks.Post.Responses.Status(201) == nil || feedbacks.Get.Responses.Status(200) == nil {
		t.Error("creating must answer 201, listing 200")
	}
	record := doc.Components.Schemas["Feedback"].Value
	for _, name := range []string{"id", "assistant_id", "session_id", "message_id", "text", "score", "date_updated", "date_created"} {
		if !slices.Contains(record.Required, name) {
			t.Errorf("%s must be required of a feedback", name)
		}
	}
	for name, pattern := range map[string]string{"id": "^aia_fdbk_.+$", "account_sid": "^AC[0-9a-fA-F]{32}$", "user_sid": "^US[0-9a-fA-F]{32}$"} {
		if got := record.Properties[name].Value.Pattern; got != pattern {
			t.Errorf("%s has the pattern %s, want %s", name, got, pattern)
		}
	}
	if s := record.Properties["score"].Value; *s.Min != 0 || *s.Max != 1 {
		t.Error("a score is from 0 to 1")
	}
	if got := doc.Components.Schemas["CreateFeedbackRequest"].Value.Required; !slices.Equal(got, []string{"session_id", "score"}) { // Twilio's does not say that it takes a score
		t.Errorf("creating requires %v, want session_id and score", got)
	}
	params := map[string]*openapi3.Schema{}
	for _, p := range feedbacks.Get.Parameters {
		params[p.Value.Name] = p.Value.Schema.Value
	}
	if s := params["PageSize"]; s == nil || *s.Min != 1 || *s.Max != 1000 || fmt.Sprint(s.Default) != "50" {
		t.Error("PageSize is 1 to 1000, by default 50")
	}
	if s := params["Page"]; s == nil || *s.Min != 0 || params["PageToken"] == nil {
		t.Error("Page counts from 0, and there is a PageToken")
	}
	meta := doc.Components.Schemas["FeedbackPage"].Value.Properties["meta"].Value
	for _, name := range []string{"first_page_url", "key", "next_page_url", "page", "page_size", "previous_page_url", "url"} {
		if !slices.Contains(meta.Required, name) {
			t.Errorf("%s must be required of meta", name)
		}
	}
	if s := doc.Components.SecuritySchemes["accountSid_authToken"]; s == nil || s.Value.Scheme != "basic" {
		t.Error("the security scheme is Basic")
	}
}
