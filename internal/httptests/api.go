package httptests

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

// The assistant of most tests, and what is below it.
const (
	assistant = "/v1/Assistants/aia_asst_1"
	feedbacks = assistant + "/Feedbacks"
	summaries = feedbacks + "/Summary"
	ofPerson  = "/v1/Feedbacks"
	onSession = assistant + "/Sessions/demo/Feedback"
	onMessage = assistant + "/Sessions/demo/Messages/m/Feedback"
)

// callers are who may call, by the name in their credentials.
var callers = map[string]handler.Principal{
	"account":          {Account: "AC00000000000000000000000000000001"},
	"bob of the staff": {Account: "AC00000000000000000000000000000001", Actor: "bob"},

	"other":     {Account: "AC00000000000000000000000000000002"},
	"ann":       visitor("demo", "", "ann"),
	"ann on m":  visitor("demo", "m", "ann"),
	"bob":       visitor("demo", "", "bob"),
	"anonymous": visitor("demo", "", ""),
	"elsewhere": visitor("elsewhere", "", "ann"),

	"ann who may post": mayPost(visitor("demo", "", "ann")),
	"bob who may post": mayPost(visitor("demo", "", "bob")),

	"ann with a stamp": stamped(mayPost(visitor("demo", "", "ann"))),
}

func stamped(p handler.Principal) handler.Principal {
	p.Visitor.Stamp = &handler.Stamp{Tags: []string{"secret:1", "b b"}, Metadata: map[string]string{"trace_id": "secret"}}
	return p
}

func mayPost(p handler.Principal) handler.Principal {
	p.Visitor.MayPost = true
	return p
}

func visitor(session, message, user string) handler.Principal {
	return handler.Principal{Account: "AC00000000000000000000000000000001",
		Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: session, Message: message, User: user}}
}

func authenticate(r *http.Request) (handler.Principal, error) {
	name, _, _ := r.BasicAuth()
	p, ok := callers[name]
	if !ok {
		return p, handler.ErrUnauthenticated
	}
	return p, nil
}

// An api is a server to call, as a caller.
type api struct {
	*server
	caller string
}

type server struct {
	testing.TB
	url string

	mu      sync.Mutex
	now     time.Time
	changes []change
}

// A change is what OnChange was told.
type change struct{ before, after *store.Feedback }

// noon is when the first record is made, unless a test sets the clock.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 123_456_000, time.UTC)

func newAPI(t testing.TB, st store.Store) *api {
	s := &server{TB: t, now: noon}
	srv := httptest.NewServer(Recorded(t, handler.New(st, &handler.Options{
		Authenticate: authenticate,
		Logger:       slog.New(slog.DiscardHandler),
		Now:          s.tick,
		VisitorTags:  []string{"a", "b b"},
		OnChange: func(_ context.Context, before, after *store.Feedback) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changes = append(s.changes, change{before, after})
		},
	})))
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return &api{s, "account"}
}

// tick is the server's clock: it goes on by a millisecond each time.
func (s *server) tick() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(time.Millisecond)
	return s.now
}

// at sets the clock: the next record is made at t.
func (a *api) at(t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = t.Add(-time.Millisecond)
}

func (a *api) as(caller string) *api { return &api{a.server, caller} }

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request. headers are names and values.
func (a *api) do(method, path, body string, headers ...string) answer {
	a.Helper()
	if !strings.HasPrefix(path, "http") {
		path = a.url + path
	}
	req, err := http.NewRequestWithContext(a.Context(), method, path, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	req.SetBasicAuth(a.caller, "")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		a.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Fatalf("%s %s: the answer broke off: %v", method, path, err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// ok sends a request that must have the status, and returns the answer.
func (a *api) ok(status int, method, path, body string, headers ...string) answer {
	a.Helper()
	ans := a.do(method, path, body, headers...)
	if ans.status != status {
		a.Fatalf("%s %s %s, as %s: %d %s, want %d", method, path, body, a.caller, ans.status, ans.body, status)
	}
	return ans
}

// fails sends a request that must fail, with message in the error's.
func (a *api) fails(status, code int, message, method, path, body string, headers ...string) {
	a.Helper()
	ans := a.do(method, path, body, headers...)
	var e struct {
		Status, Code int
		Message      string
	}
	if err := json.Unmarshal([]byte(ans.body), &e); err != nil || ans.status != status || e.Status != status || e.Code != code || !strings.Contains(e.Message, message) {
		a.Errorf("%s %s %.100s, as %s: %d %s, want %d, code %d and %q", method, path, body, a.caller, ans.status, ans.body, status, code, message)
	}
}

func (a *api) forbids(method, path, body string) {
	a.Helper()
	a.fails(403, 20403, "does not allow", method, path, body)
}

func (a *api) absent(method, path string) {
	a.Helper()
	a.fails(404, 20404, "not found", method, path, "")
}

// A record is a feedback as clients see it.
type record struct {
	ID         string
	SessionID  string `json:"session_id"`
	MessageID  string `json:"message_id"`
	UserID     string `json:"user_id"`
	Score      float64
	Text       string
	Tags       []string
	Metadata   map[string]string
	Correction string
	Stamped    struct{ Tags, Metadata []string }
	Review     *review
	Vote       bool
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// A review is what staff says of a record.
type review struct {
	Verdict, Note, Actor string
	At                   time.Time
}

// created posts a body and returns the record.
func (a *api) created(body string, headers ...string) record {
	a.Helper()
	return decode[record](a, a.ok(201, "POST", feedbacks, body, headers...).body)
}

// list returns the records that the filters select, as an array.
func (a *api) list(filter url.Values) []record {
	a.Helper()
	return decode[[]record](a, a.ok(200, "GET", feedbacks+"?"+filter.Encode(), "").body)
}

func decode[T any](t testing.TB, s string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a test's own
	}
	return string(b)
}

func idsOf(rs []record) []string {
	ids := make([]string, len(rs))
	for i, r := range rs {
		ids[i] = r.ID
	}
	return ids
}
