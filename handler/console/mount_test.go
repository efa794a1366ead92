package console_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestMountedAnywhere(t *testing.T) {
	st, _ := memoryWith(t, 30)
	c := console.New(st, options())
	at := func(pattern string, h http.Handler) http.Handler {
		m := http.NewServeMux()
		m.Handle(pattern, h)
		return m
	}
	gorilla := mux.NewRouter().SkipClean(true).UseEncodedPath()
	gorilla.PathPrefix("/x/").Handler(c)
	withoutSlash := http.NewServeMux()
	withoutSlash.Handle("/console", http.StripPrefix("/console", c))
	withoutSlash.Handle("/console/", http.StripPrefix("/console", c))
	whole := http.NewServeMux() // as chi's Mount
	whole.Handle("/console", c)
	whole.Handle("/console/", c)
	for name, m := range map[string]struct {
		prefix string
		h      http.Handler
	}{
		"bare":                      {"", c},
		"net/http":                  {"console/", at("/console/", c)},
		"net/http, stripped":        {"a%20b/console/", at("/a%20b/console/", http.StripPrefix("/a b/console", c))},
		"stripped with its slash":   {"console/", at("/console/", http.StripPrefix("/console/", c))},
		"stripped without a slash":  {"console/", withoutSlash},
		"not stripped, without one": {"console/", whole},
		"gorilla/mux":               {"x/", gorilla},
		"any path below the prefix": {"a/b/c/", c},
	} {
		t.Run(name, func(t *testing.T) {
			b := browse(t, m.h)
			root := b.url
			b.url += m.prefix
			home := b.is(200, "./", assistant)
			list := b.is(200, home.link(assistant), "Feedback 30")
			b.is(200, list.link("Summary"), "Over time")
			b.is(200, list.link("Older"), "Newest")
			b.is(200, list.link("Assistants"), assistant)
			if n := strings.Count(b.get(list.link("CSV")).body, "\r\n"); n != 31 {
				t.Errorf("a download has %d lines", n)
			}
			css := between(list.body, `rel="stylesheet" href="`, `"`)
			b.account = ""
			if p := b.get(css); p.status != 200 || !strings.HasPrefix(p.header.Get("Content-Type"), "text/css") {
				t.Errorf("%s: %d", css, p.status)
			}
			b.account = accountA
			b.is(404, "nope", "Nothing is here")
			b.is(404, "feedbacks")
			b.is(404, "console")
			if strings.Contains(name, "without") {
				p := b.get(root + "console")
				b.url = root + "console"
				if b.is(200, p.header.Get("Location"), assistant); p.status != 301 {
					t.Errorf("%d, want 301", p.status)
				}
			}
		})
	}
}

func between(s, start, end string) string {
	_, s, _ = strings.Cut(s, start)
	s, _, _ = strings.Cut(s, end)
	return s
}

func TestMethods(t *testing.T) {
	st, fs := memoryWith(t, 3)
	b := deleting(t, st)
	for path, allow := range map[string]string{
		"./": "GET, HEAD", at("feedback"): "GET, HEAD", at("summary"): "GET, HEAD", at("record", "Id", fs[0].ID): "GET, HEAD",
		at("delete", "Id", fs[0].ID): "GET, HEAD, POST", at("erase", "UserId", "user 1"): "GET, HEAD, POST", "person?UserId=user+1": "GET, HEAD", "erase-person?UserId=user+1": "GET, HEAD, POST", "console.css": "GET, HEAD", "feedback-buttons.js": "GET, HEAD", "api.js": "GET, HEAD",
	} {
		get, head := b.get(path), b.do("HEAD", path, nil)
		if get.status != 200 || head.status != 200 || head.body != "" || head.header.Get("Content-Length") != get.header.Get("Content-Length") || head.header.Get("Content-Length") == "" {
			t.Errorf("%s: GET %d, HEAD %d with length %q", path, get.status, head.status, head.header.Get("Content-Length"))
		}
		for _, method := range []string{"PUT", "DELETE", "OPTIONS"} {
			if p := b.do(method, path, nil); p.status != 405 || p.header.Get("Allow") != allow {
				t.Errorf("%s %s: %d, Allow %q", method, path, p.status, p.header.Get("Allow"))
			}
		}
	}
}

func TestFilesAreKeptByBrowsers(t *testing.T) {
	b := open(t, memory.New())
	list := b.get(at("feedback"))
	b.account = ""
	for name, contentType := range map[string]string{"console.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml", "feedback-buttons.js": "text/javascript; charset=utf-8", "api.js": "text/javascript; charset=utf-8"} {
		p := b.is(200, name)
		if p.header.Get("Content-Type") != contentType || p.header.Get("X-Content-Type-Options") != "nosniff" || len(p.body) < 100 {
			t.Errorf("%s: %v", name, p.header)
		}
		etag := p.header.Get("ETag")
		if again := b.do("GET", name, nil, "If-None-Match", etag); etag == "" || again.status != 304 || again.body != "" {
			t.Errorf("%s with its ETag %s: %d, want 304", name, etag, again.status)
		}
		if p.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s cannot be used from elsewhere", name)
		}
		// What has no version, or another server's, is asked for again.
		for _, version := range []string{"", "?v=", "?v=0123456789abcdef"} {
			if got := b.get(name + version).header.Get("Cache-Control"); got != "no-cache" {
				t.Errorf("%s%s: Cache-Control %s", name, version, got)
			}
		}
	}
	for _, link := range []string{between(list.body, `rel="stylesheet" href="`, `"`), between(list.body, `rel="icon" href="`, `"`)} {
		if got := b.is(200, link).header.Get("Cache-Control"); !strings.Contains(link, "?v=") || got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %s", link, got)
		}
	}
}

// TestTheElementsModulesAreOfOneVersion follows the imports of <feedback-buttons>: a
// browser keeps each for good, by one version of all.
func TestTheElementsModulesAreOfOneVersion(t *testing.T) {
	b := open(t, memory.New())
	b.account = ""
	root, err := url.Parse(b.url)
	if err != nil {
		t.Fatal(err)
	}
	seen, versions := map[string]bool{}, map[string]bool{}
	var follow func(module *url.URL)
	follow = func(module *url.URL) {
		if seen[module.Path] {
			return
		}
		seen[module.Path] = true
		p := b.is(200, module.String())
		if cache := p.header.Get("Cache-Control"); len(seen) > 1 && cache != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %s", module, cache)
		}
		links := regexp.MustCompile(`(?m)^import .* from "(.*)"`).FindAllStringSubmatch(p.body, -1)
		if len(links) != strings.Count(p.body, "\nimport ") {
			t.Errorf("%s has other imports than these: %q", module, links)
		}
		for _, link := range links {
			next, err := module.Parse(link[1])
			if err != nil {
				t.Fatal(err)
			}
			versions[next.RawQuery] = true
			follow(next)
		}
	}
	follow(root.JoinPath("feedback-buttons.js"))
	files, err := filepath.Glob("feedback-buttons/*.js")
	if err != nil || len(seen) != len(files) || len(versions) != 1 || versions[""] {
		t.Errorf("the modules %v have the versions %v, want %d files with one version; %v", seen, versions, len(files), err)
	}
}

// What else is in the element's package is for npm, and not served.
func TestOnlyModulesOfTheElementAreServed(t *testing.T) {
	files, err := os.ReadDir("feedback-buttons")
	if err != nil {
		t.Fatal(err)
	}
	others := 0
	b := open(t, memory.New())
	for _, f := range files {
		want := 200
		if filepath.Ext(f.Name()) != ".js" {
			want = 404
			others++
		}
		for _, path := range []string{f.Name(), "feedback-buttons/" + f.Name()} {
			if p := b.get(path); p.status != want {
				t.Errorf("%s: %d, want %d", path, p.status, want)
			}
		}
	}
	if others == 0 {
		t.Error("the package has nothing but modules")
	}
}

func TestTheCommandNamesTheAPI(t *testing.T) {
	for base, want := range map[string]string{"": "https://example.com/v1/", "https://api.example.com/x/": "https://api.example.com/x/v1/"} {
		opts := options()
		opts.BaseURL = base
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(accountA, "secret")
		r.TLS = &tls.ConnectionState{}
		w := httptest.NewRecorder()
		console.New(memory.New(), opts).ServeHTTP(w, r)
		if text := (page{body: w.Body.String()}).text(); !strings.Contains(text, "'"+want+"Assistants/aia_asst_demo/Feedbacks'") {
			t.Errorf("with BaseURL %q: %s", base, text)
		}
	}
}

// A panicking store has a bug.
type panicking struct{ store.Store }

func TestABugIsLoggedWithoutNames(t *testing.T) {
	var log bytes.Buffer
	opts := options()
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	b := browse(t, console.New(panicking{}, opts))
	b.is(500, at("feedback", "UserId", "ann"), "Something went wrong")
	b.is(500, strings.Repeat("x", 10_000)+"/"+at("feedback"), "Something went wrong")
	if n := strings.Count(log.String(), "xxxx"); n == 0 || strings.Contains(log.String(), strings.Repeat("x", 101)) {
		t.Errorf("the log quotes a long path %d times: %.1000s", n, &log)
	}
	if !strings.Contains(log.String(), "panic") || strings.Contains(log.String(), "ann") || strings.Contains(log.String(), "secret") {
		t.Errorf("log: %s", &log)
	}
}

func TestNewRefusesWhatMakesNoSense(t *testing.T) {
	st := memory.New()
	for name, make := range map[string]func(){
		"nil store":            func() { console.New(nil, nil) },
		"a host alone":         func() { console.New(st, &console.Options{BaseURL: "example.com"}) },
		"another scheme":       func() { console.New(st, &console.Options{BaseURL: "ftp://example.com"}) },
		"a URL without a host": func() { console.New(st, &console.Options{BaseURL: "https://:443/x"}) },
		"a URL with a query":   func() { console.New(st, &console.Options{BaseURL: "https://example.com?x"}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			make()
		}()
	}
}
