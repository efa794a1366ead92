package handler_test

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestMountedAnywhere(t *testing.T) {
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "the host's own") })
	mounts := map[string]struct {
		prefix string
		own    string // Options.Prefix
		mount  func(h http.Handler) http.Handler
	}{
		"bare": {"", "", func(h http.Handler) http.Handler { return h }},
		"net/http": {"", "", func(h http.Handler) http.Handler {
			m := http.NewServeMux()
			m.Handle("/v1/", h)
			m.Handle("/", hello)
			return m
		}},
		"net/http with StripPrefix": {"/api", "", func(h http.Handler) http.Handler {
			m := http.NewServeMux()
			m.Handle("/api/", http.StripPrefix("/api", h))
			return m
		}},
		"net/http below a prefix": {"/a/b%20c", "/a/b%20c", func(h http.Handler) http.Handler {
			m := http.NewServeMux()
			m.Handle("/a/b%20c/", h)
			return m
		}},
		"gorilla/mux": {"/api", "/api", func(h http.Handler) http.Handler {
			m := mux.NewRouter().SkipClean(true).UseEncodedPath()
			m.PathPrefix("/api/").Handler(h)
			return m
		}},
		"stripped to a prefix": {"/x/y", "/y", func(h http.Handler) http.Handler { return http.StripPrefix("/x", h) }},
		"gorilla/mux with StripPrefix": {"/x/y", "", func(h http.Handler) http.Handler {
			m := mux.NewRouter()
			m.PathPrefix("/x/y/").Handler(http.StripPrefix("/x/y", h))
			return m
		}},
	}
	for name, c := range mounts {
		t.Run(name, func(t *testing.T) {
			opts := quiet()
			opts.Prefix = c.own
			a := serve(t, c.mount(handler.New(memory.New(), opts)))
			path := c.prefix + feedbacks
			ans := a.do("POST", path, `{"session_id":"s","score":1}`)
			if ans.status != 201 {
				t.Fatalf("%d %s, want 201", ans.status, ans.body)
			}
			location := ans.header.Get("Location")
			if !strings.HasPrefix(location, a.url+path+"/aia_fdbk_") {
				t.Errorf("Location %s, want one below %s", location, a.url+path)
			}
			if got := a.do("GET", location, ""); got.body != ans.body {
				t.Errorf("GET Location: %d %s", got.status, got.body)
			}
			a.do("POST", path, `{"session_id":"s","score":0}`)
			p := a.page(path + "?PageSize=1")
			if !strings.HasPrefix(p.Meta.Next, a.url+path+"?") || len(a.page(p.Meta.Next).Feedbacks) != 1 {
				t.Errorf("next_page_url is %s", p.Meta.Next)
			}
			ans = a.do("PUT", path, "")
			a.fails(ans, 405, 20004, "method not allowed")
			if got := ans.header.Get("Allow"); got != "DELETE, GET, HEAD, POST" {
				t.Errorf("Allow %q", got)
			}
		})
	}
}

func TestStrippedToNothing(t *testing.T) {
	m := http.NewServeMux()
	m.Handle("/api", http.StripPrefix("/api", handler.New(memory.New(), quiet())))
	a := serve(t, m)
	a.fails(a.do("GET", "/api", ""), 404, 20404, "not found")
}

func TestMiddlewarePassesOthersOn(t *testing.T) {
	seen := ""
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Method + " " + r.RequestURI
		w.WriteHeader(http.StatusTeapot)
	})
	for name, h := range map[string]http.Handler{
		"alone": handler.Middleware(memory.New(), quiet())(next),
		"gorilla/mux": func() http.Handler {
			m := mux.NewRouter()
			m.PathPrefix("/").Handler(next)
			m.Use(handler.Middleware(memory.New(), quiet()))
			return m
		}(),
	} {
		a := serve(t, h)
		if ans := a.do("POST", feedbacks, `{"session_id":"s","score":1}`); ans.status != 201 {
			t.Errorf("%s: POST: %d %s, want 201", name, ans.status, ans.body)
		}
		a.fails(a.do("PATCH", feedbacks, ""), 405, 20004, "")
		a.user = nil
		a.fails(a.do("GET", feedbacks, ""), 401, 20003, "")
		for _, path := range []string{"/", "/v1/Assistants", "/v1/Assistants/", "/v1/Assistants/a", "/v1/Assistants/a/Tools", "/v1/Assistants/a/feedbacks",
			"/v1/Assistants/a/Feedbacks/", "/v2/Assistants/a/Feedbacks", "/Feedbacks", "/v1/Assistants/a/b/Feedbacks?y=1", "/v1/openapi.json", "/any/prefix" + feedbacks} {
			if ans := a.do("DELETE", path, ""); ans.status != http.StatusTeapot || seen != "DELETE "+path {
				t.Errorf("%s: DELETE %s: %d, the host saw %q", name, path, ans.status, seen)
			}
		}
	}
}

func TestAHostsVaryIsKept(t *testing.T) {
	h := handler.New(memory.New(), quiet())
	a := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin") // as CORS middleware does
		h.ServeHTTP(w, r)
	}))
	for path, status := range map[string]int{feedbacks: 200, "/": 404} {
		ans := a.do("GET", path, "")
		if got := strings.Join(ans.header.Values("Vary"), ", "); ans.status != status || got != "Origin, Accept, User-Agent" {
			t.Errorf("GET %s: %d, Vary %q, want the host's Origin and our own", path, ans.status, got)
		}
	}
}

func TestPaths(t *testing.T) {
	a := newAPI(t)
	for _, assistant := range []string{"a", "a%2Fb", "a%2F..%2Fb", "..%2F", "%7Ba%7D", "a%20b", "%E6%97%A5", "a+b", "Feedbacks", "v1", "a.b", "-", "%25", "a;b", "a:b", "%2E", "'"} {
		path := "/v1/Assistants/" + assistant + "/Feedbacks"
		ans := a.do("POST", path, `{"session_id":"s","score":1}`)
		if ans.status != 201 {
			t.Errorf("POST %s: %d %s, want 201", path, ans.status, ans.body)
			continue
		}
		if got := a.do("GET", path, ""); got.body != "["+ans.body+"]" {
			t.Errorf("GET %s: %d %s, want the record alone", path, got.status, got.body)
		}
		if got := a.do("GET", ans.header.Get("Location"), ""); got.body != ans.body {
			t.Errorf("GET %s: %d %s, want the record", ans.header.Get("Location"), got.status, got.body)
		}
	}
	for _, path := range []string{"/", "/v1/Assistants//Feedbacks", "/v1/Assistants/%00/Feedbacks", "/v1/Assistants/%ff/Feedbacks", "/v1/Assistants/%0d%0a/Feedbacks",
		"/v1/Assistants/" + strings.Repeat("a", 256) + "/Feedbacks", "/v1/Assistants/a/Feedbacks/", "/v1/Assistants/a/Feedbacks/x", "/v1/Assistants/a/feedbacks",
		"/v1/Assistants/a/v1/Assistants/b/Feedbacks", "/api/v1/Assistants/a/Feedbacks/v1/Assistants/b/Feedbacks", "/v1/Assistants/v1/Assistants/b/Feedbacks",
		"/v1/Assistants/a/b/Feedbacks", "/v1//Assistants/a/Feedbacks", "/v1/Assistants/a/Feedbacks/aia_fdbk_", "/v1/Assistants/a/Feedbacks/summary",
		"/v1/Assistants/a/Feedbacks/aia_fdbk_00000000-0000-4000-8000-000000000000"} {
		a.fails(a.do("GET", path, ""), 404, 20404, "not found")
	}
	one := a.do("POST", feedbacks, `{"session_id":"s","score":1}`).header.Get("Location")
	ans := a.do("POST", one, "")
	a.fails(ans, 405, 20004, "")
	if got := ans.header.Get("Allow"); got != "DELETE, GET, HEAD" {
		t.Errorf("Allow %q", got)
	}
	a.fails(a.do("OPTIONS", feedbacks, ""), 405, 20004, "")
}

func TestLinks(t *testing.T) {
	inner := map[string]string{"X-Forwarded-Proto": "http"}
	forwarded := map[string]string{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.com, proxy", "X-Forwarded-Prefix": "/pub/"}
	for _, c := range []struct {
		name     string
		opts     handler.Options
		prefix   string
		headers  map[string]string
		absolute bool
		tls      bool
		want     string
	}{
		{"own host", handler.Options{}, "", nil, false, false, "http://own.example:8080"},
		{"target in absolute form", handler.Options{}, "/x", nil, true, false, "http://own.example:8080/x"},
		{"forwarded, not trusted", handler.Options{}, "/x", forwarded, false, false, "http://own.example:8080/x"},
		{"forwarded, trusted", handler.Options{TrustForwarded: true}, "/x", forwarded, false, false, "https://api.example.com/pub/x"},
		{"forwarded, trusted, absent", handler.Options{TrustForwarded: true}, "", nil, false, false, "http://own.example:8080"},
		{"forwarded, trusted, odd", handler.Options{TrustForwarded: true}, "", map[string]string{"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "evil/x?", "X-Forwarded-Prefix": "x"}, false, false, "http://own.example:8080"},
		{"TLS", handler.Options{}, "/x", inner, false, true, "https://own.example:8080/x"},
		{"TLS, forwarded, trusted", handler.Options{TrustForwarded: true}, "/x", inner, false, true, "http://own.example:8080/x"},
		{"base url", handler.Options{BaseURL: "https://api.example.com/fb/"}, "/x", forwarded, false, false, "https://api.example.com/fb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := c.opts
			opts.Logger = slog.New(slog.DiscardHandler)
			h := http.StripPrefix(c.prefix, handler.New(memory.New(), &opts))
			target := c.prefix + feedbacks
			if c.absolute {
				target = "http://elsewhere.example" + target
			}
			r := httptest.NewRequest("POST", target, strings.NewReader(`{"session_id":"s","score":1}`))
			r.Host = "own.example:8080"
			r.Header.Set("Content-Type", "application/json")
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			for name, value := range c.headers {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Header().Get("Location"); !strings.HasPrefix(got, c.want+feedbacks+"/aia_fdbk_") {
				t.Errorf("Location %s, want %s", got, c.want+feedbacks)
			}
		})
	}
}

func TestTheDescriptionIsPublicAndKnowsItsServer(t *testing.T) {
	for base, want := range map[string]string{"": "", "https://api.example.com/x": "https://api.example.com/x"} {
		opts := quiet()
		opts.BaseURL = base
		m := http.NewServeMux()
		m.Handle("/api/", http.StripPrefix("/api", handler.New(memory.New(), opts)))
		a := serve(t, m)
		a.user = nil
		if want == "" {
			want = a.url + "/api"
		}
		ans := a.do("GET", "/api/v1/openapi.json", "")
		doc := decode[struct {
			OpenAPI string
			Servers []struct{ URL string }
		}](t, ans.body)
		if ans.status != 200 || !strings.HasPrefix(doc.OpenAPI, "3.1.") || len(doc.Servers) != 1 || doc.Servers[0].URL != want {
			t.Errorf("%d %+v, want server %s", ans.status, doc, want)
		}
		a.fails(a.do("POST", "/api/v1/openapi.json", "{}"), 405, 20004, "")
		a.fails(a.do("GET", "/api/v1/openapi.json?x=1", ""), 400, 20001, `"x" is not a parameter`)
	}
}
