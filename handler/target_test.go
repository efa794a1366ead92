package handler_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// Target says of every route what the handler will say, whatever ids look like.
func TestTargetIsWhatTheHandlerTakes(t *testing.T) {
	ids := []string{"a", "a/b", "v1", "Assistants", "Feedbacks", "Sessions", "Messages", "Feedback", "Summary", "é ö", "..", "%2F", "{session_id}"}
	for _, route := range handler.Routes() {
		for _, prefix := range []string{"", "/api", "/v1/Assistants/x"} {
			for i, assistant := range ids {
				session, message := ids[(i+1)%len(ids)], ids[(i+5)%len(ids)]
				path := strings.NewReplacer("{assistant_id}", url.PathEscape(assistant), "{session_id}", url.PathEscape(session), "{message_id}", url.PathEscape(message), "{id}", store.NewID(noon)).Replace(route.Path)
				want := [3]string{assistant, session, message}
				for i, name := range []string{"{assistant_id}", "{session_id}", "{message_id}"} {
					if !strings.Contains(route.Path, name) {
						want[i] = ""
					}
				}
				var got [3]string
				opts := quiet()
				opts.Prefix = prefix
				opts.Authenticate = func(r *http.Request) (handler.Principal, error) {
					got[0], got[1], got[2] = handler.Target(r)
					return handler.Principal{Account: accountA}, nil
				}
				r := httptest.NewRequest("PATCH", prefix+path, nil)
				if w := ask(t, handler.New(memory.New(), opts), r, 405); !route.Public && got != want {
					t.Errorf("%s: the target is %q, want %q; the handler says %s", r.URL, got, want, w.Body)
				}
			}
		}
	}
	for _, path := range []string{"/", "/v1/Assistants", "/v1/Assistants//Feedbacks", "/v1/Assistants/a/Sessions/%00/Feedback", "/v1/Assistants/a/feedbacks", "/welcome"} {
		if assistant, session, message := handler.Target(httptest.NewRequest("GET", path, nil)); assistant+session+message != "" {
			t.Errorf("%s is about %q, %q, %q, want nothing", path, assistant, session, message)
		}
	}
}

// A guard of the host's for /v1/ is one for all of the API.
func TestOnlyThePrefixIsServed(t *testing.T) {
	for _, c := range []struct {
		prefix string
		own    []string
		others []string
	}{
		{"", []string{""}, []string{"/x", "/", "//", "/v1", "/api/x", "/v1/Assistants/a"}},
		{"/api", []string{"/api"}, []string{"", "/", "/API", "/api/", "//api", "/x/api", "/api/api", "/%61pi"}},
		{"/a b/c/", []string{"/a%20b/c"}, []string{"", "/c", "/a+b/c"}},
		{"/a%20b", []string{"/a%20b"}, []string{"/a"}},
	} {
		var log bytes.Buffer
		opts := quiet()
		opts.Prefix = c.prefix
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		a := serve(t, handler.New(memory.New(), opts))
		for _, prefix := range c.own {
			for _, path := range []string{feedbacks, feedbacks + "/Summary", "/v1/openapi.json"} {
				if ans := a.do("GET", prefix+path, ""); ans.status != 200 {
					t.Errorf("with Prefix %q, GET %s: %d, want 200", c.prefix, prefix+path, ans.status)
				}
			}
			ans := a.do("POST", prefix+feedbacks, `{"session_id":"s","score":1}`)
			if got := ans.header.Get("Location"); ans.status != 201 || !strings.HasPrefix(got, a.url+prefix+feedbacks+"/") || a.do("GET", got, "").body != ans.body {
				t.Errorf("with Prefix %q: %d, Location %s", c.prefix, ans.status, got)
			}
		}
		if log.Len() > 0 {
			t.Errorf("with Prefix %q the log is %s", c.prefix, &log)
		}
		nobody := a
		nobody.user = nil
		for _, prefix := range c.others {
			a.fails(nobody.do("GET", prefix+feedbacks, ""), 401, 20003, "Authenticate")
		}
		if log.Len() > 0 {
			t.Errorf("a stranger's request is logged: %s", &log)
		}
		for _, prefix := range c.others {
			for _, path := range []string{feedbacks, feedbacks + "/Summary", onMessage} {
				a.fails(a.do("GET", prefix+path, ""), 404, 20404, "not found")
			}
			if path := prefix + "/v1/openapi.json"; a.do("GET", path, "").status != 404 {
				t.Errorf("with Prefix %q, GET %s is not 404", c.prefix, path)
			}
		}
		if n := strings.Count(log.String(), "set Options.Prefix"); n != 1 || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("with Prefix %q the hint is there %d times, want once: %s", c.prefix, n, &log)
		}
	}
}

func TestAMiddlewareHintsAtThePrefix(t *testing.T) {
	var log bytes.Buffer
	opts := quiet()
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	teapot := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	a := serve(t, handler.Middleware(memory.New(), opts)(teapot))
	for _, path := range []string{"/", "/v1/openapi.json", "/x/v1/openapi.json", "/x"} {
		a.do("GET", path, "")
	}
	if log.Len() > 0 {
		t.Errorf("the log is %s", &log)
	}
	for range 2 {
		if ans := a.do("GET", "/api"+feedbacks, ""); ans.status != http.StatusTeapot {
			t.Errorf("%d %s, want the host's own answer", ans.status, ans.body)
		}
	}
	if n := strings.Count(log.String(), "set Options.Prefix"); n != 1 {
		t.Errorf("the hint is there %d times, want once: %s", n, &log)
	}
}

func TestAPrefixThatIsNoneIsRefused(t *testing.T) {
	for _, prefix := range []string{"api", "//api", "/api?x=1", "/api?", "/api#x", "http://host/api", "/%zz", "../x"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Prefix %q: New does not panic", prefix)
				}
			}()
			handler.New(memory.New(), &handler.Options{Prefix: prefix})
		}()
	}
}
