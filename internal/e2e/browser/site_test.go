package browser

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestMain(m *testing.M) { Main(m) }

// csp is the strictest policy that a page with the element can have.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// A site is a host's: pages with the element, and the API.
type site struct {
	URL     string
	server  *httptest.Server
	options handler.Options
	api     http.Handler
	votes   atomic.Int64

	mu     sync.Mutex
	html   string // the page's body
	dir    string // the page's direction
	script string // the page's module
	alone  bool   // which imports what it needs itself
	files  http.FileSystem
	tokens map[string]handler.Visitor
	calls  []string                                             // of the API: method and path
	before func(http.ResponseWriter, *http.Request) (done bool) // answers instead of the API
}

// anna is who the token "anna" belongs to.
var anna = handler.Visitor{Assistant: "aia_asst_1", Session: "s1", User: "anna"}

// element has the attributes that most tests use.
const element = `<feedback-buttons assistant="aia_asst_1" session="s1" message="m1" token="anna"></feedback-buttons>`

// newSite starts a site with one page.
func newSite(t *testing.T, html string) *site {
	t.Helper()
	s := &site{html: html, dir: "ltr", tokens: map[string]handler.Visitor{"anna": anna}}
	s.options = handler.Options{Authenticate: func(r *http.Request) (handler.Principal, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		v, ok := s.tokens[token]
		if !ok {
			return handler.Principal{}, handler.ErrUnauthenticated
		}
		if v == (handler.Visitor{}) {
			return handler.Principal{Account: "host"}, nil
		}
		return handler.Principal{Account: "host", Visitor: &v}, nil
	}, VisitorTags: append(handler.Reasons(), "slow", "wrong", "page:1", "صفحة: أولى"), Prepare: func(_ context.Context, _ handler.Operation, _ handler.Principal, f *store.Feedback) error {
		n := s.votes.Add(1)
		f.Tags = append(f.Tags, fmt.Sprint("vote:", n)) // which no visitor sees
		f.Metadata[fmt.Sprint("vote", n)] = "x"
		return nil
	}}
	s.api = handler.New(memory.New(), &s.options)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	files := http.FileServer(http.Dir("../../../handler/console")) // as they are when a host copies them
	mux.Handle("GET /feedback-buttons/", files)
	mux.HandleFunc("GET /files/", func(w http.ResponseWriter, r *http.Request) {
		http.StripPrefix("/files", http.FileServer(s.files)).ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		if !s.alone {
			fmt.Fprintln(w, "import { FeedbackButtons } from '/feedback-buttons/feedback-buttons.js';")
		}
		fmt.Fprint(w, s.script)
	})
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, pageCSS)
	})
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			mux.ServeHTTP(w, r)
			return
		}
		s.mu.Lock()
		s.calls = append(s.calls, r.Method+" "+r.URL.RequestURI())
		before := s.before
		s.mu.Unlock()
		if before == nil || !before(w, r) {
			s.api.ServeHTTP(w, r)
		}
	}))
	s.URL = s.server.URL
	t.Cleanup(s.server.Close)
	return s
}

const pageCSS = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1.5rem; background: Canvas; color: CanvasText; }
main { max-inline-size: 44rem; margin-inline: auto; }
article { margin-block: 1rem; }
article p { margin: 0 0 .25rem; }
.below { padding-block-start: 300vh; }
`

func (s *site) page(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", csp)
	fmt.Fprintf(w, `<!doctype html><html lang="en" dir="%s"><meta name="viewport" content="width=device-width"><title>A chat</title>
<link rel="stylesheet" href="/page.css"><script type="module" src="/page.js"></script>
<main><h1>A chat</h1><article><p>The Eiffel Tower is 330 metres tall, and its iron grows by up to 15 centimetres in the heat of summer.</p>%s</article></main>`,
		s.dir, s.html)
}

// intercept lets f answer the API's calls that it wants to, from now on.
func (s *site) intercept(f func(http.ResponseWriter, *http.Request) (done bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// called returns the calls of a method so far.
func (s *site) called(method string) (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		if strings.HasPrefix(call, method+" ") {
			calls = append(calls, call)
		}
	}
	return calls
}

// A vote is what the API has.
type vote struct {
	Score      float64
	Text       string
	Tags       []string
	Correction string
	UserID     string `json:"user_id"`
	SessionID  string `json:"session_id"`
	MessageID  string `json:"message_id"`
}

// vote returns what the API has for a token and a message, nil for none.
func (s *site) vote(t *testing.T, token, message string) *vote {
	t.Helper()
	status, body := s.call(t, "GET", token, message, "")
	if status == http.StatusNotFound {
		return nil
	}
	v := new(vote)
	if err := json.Unmarshal([]byte(body), v); err != nil || status != http.StatusOK {
		t.Fatalf("GET: %d %s", status, body)
	}
	return v
}

// call calls the API without a browser.
func (s *site) call(t *testing.T, method, token, message, body string) (int, string) {
	t.Helper()
	s.mu.Lock()
	who := s.tokens[token]
	s.mu.Unlock()
	path := "/v1/Assistants/" + url.PathEscape(who.Assistant) + "/Sessions/" + url.PathEscape(who.Session)
	if message != "" {
		path += "/Messages/" + url.PathEscape(message)
	}
	r := httptest.NewRequest(method, path+"/Feedback", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// want compares the vote for the message m1 with what is wanted, nil for none.
func (s *site) want(t *testing.T, want *vote) {
	t.Helper()
	got := s.vote(t, "anna", "m1")
	if (got == nil) != (want == nil) {
		t.Fatalf("the API has %+v, want %+v", got, want)
	}
	if got != nil && (got.Score != want.Score || got.Text != want.Text || !slices.Equal(got.Tags, want.Tags) || got.Correction != want.Correction || got.UserID != "anna") {
		t.Fatalf("the API has %+v, want %+v", got, want)
	}
}

// open opens the site's page as a new person.
func (s *site) open(t *testing.T) *Page {
	t.Helper()
	p := New(t)
	p.Open(s.URL)
	return p
}

// Parts of the element.
func up(host ...string) string   { return in(host, "[part~=up]") }
func down(host ...string) string { return in(host, "[part~=down]") }
func part(name string) string    { return in(nil, "[part~="+name+"]") }

func in(host []string, selector string) string {
	return cmp.Or(strings.Join(host, ""), "feedback-buttons") + " >>> " + selector
}

// shows waits until the thumbs show a vote: "up", "down" or "".
func shows(p *Page, want string, host ...string) {
	p.t.Helper()
	for name, selector := range map[string]string{"up": up(host...), "down": down(host...)} {
		p.Until(fmt.Sprintf(`%s?.ariaPressed === "%t"`, In(selector), name == want))
	}
}

// says waits until the status line beside the thumbs is exactly this.
func says(p *Page, want string) {
	p.t.Helper()
	p.Until(In(part("group")+" + [role=status]") + "?.textContent === " + quote(want))
}

// has waits until the element knows of a vote, which the API then has: "up",
// "down", or "" for none.
func has(p *Page, want string, host ...string) {
	p.t.Helper()
	shows(p, want, host...)
	score := map[string]string{"up": "1", "down": "0", "": "undefined"}[want]
	p.Until(In(cmp.Or(strings.Join(host, ""), "feedback-buttons")) + ".feedback?.score === " + score)
}

// focused waits until an element in the shadow root has the focus.
func focused(p *Page, selector string) {
	p.t.Helper()
	p.Until(In(selector) + "?.matches(':focus')")
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
