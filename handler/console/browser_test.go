package console_test

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
)

// A browser looks at a console as account A.
type browser struct {
	t       testing.TB
	url     string
	account string // "" sends no credentials
}

// browse starts a server for the test.
func browse(t testing.TB, h http.Handler) *browser {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &browser{t, s.URL + "/", accountA}
}

func open(t testing.TB, st store.Store) *browser { return browse(t, console.New(st, options())) }

type page struct {
	status int
	header http.Header
	body   string
	err    error // in reading the body
}

// do sends a request and checks what holds of every answer.
func (b *browser) do(method, path string, form url.Values, headers ...string) page {
	b.t.Helper()
	base, err := url.Parse(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	target, err := base.Parse(path)
	if err != nil {
		b.t.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(b.t.Context(), method, target.String(), strings.NewReader(form.Encode()))
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.account != "" {
		req.SetBasicAuth(b.account, "secret")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // follows no redirects
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	p := page{resp.StatusCode, resp.Header, string(body), err}
	if strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
		b.check(method, path, p)
	}
	return p
}

func (b *browser) get(path string) page {
	b.t.Helper()
	return b.do("GET", path, nil)
}

// is gets a page with a status and some texts, as a person reads them.
func (b *browser) is(status int, path string, texts ...string) page {
	b.t.Helper()
	p := b.get(path)
	if p.status != status {
		b.t.Errorf("GET %s: %d, want %d: %s", path, p.status, status, p.text())
	}
	for _, text := range texts {
		if !strings.Contains(p.text(), text) {
			b.t.Errorf("GET %s: no %q in: %s", path, text, p.text())
		}
	}
	return p
}

var tagOrSpace = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

// text is what a person reads.
func (p page) text() string {
	return html.UnescapeString(strings.Join(strings.Fields(tagOrSpace.ReplaceAllString(p.body, " ")), " "))
}

// link returns the address of the first link with a text, "" without one.
func (p page) link(text string) string {
	for _, m := range regexp.MustCompile(`(?s)<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>`).FindAllStringSubmatch(p.body, -1) {
		if strings.Contains((page{body: m[2]}).text(), text) {
			return html.UnescapeString(m[1])
		}
	}
	return ""
}

// records returns the ids of the records that are shown.
func (p page) records() (ids []string) {
	for _, m := range regexp.MustCompile(`[?;]Id=(aia_fdbk_[0-9a-f-]+)[^"]*"><time`).FindAllStringSubmatch(p.body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}
