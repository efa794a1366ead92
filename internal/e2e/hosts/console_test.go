package hosts_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// chi's Mount hands on the mount point without a slash too, where no relative link
// leads to the styles.
func TestTheConsoleInChi(t *testing.T) {
	below := chi.NewRouter()
	below.Mount("/admin", console.New(memory.New(), nil))
	r := chi.NewRouter()
	r.Mount("/team", below)
	r.Mount("/admin", console.New(memory.New(), nil))
	r.Mount("/feedback", console.New(memory.New(), nil)) // as one of its pages
	s := httptest.NewServer(r)
	defer s.Close()
	get := func(url string) (*http.Response, string) {
		t.Helper()
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	for _, path := range []string{"/admin", "/team/admin", "/feedback"} {
		resp, body := get(s.URL + path)
		css := regexp.MustCompile(`rel="stylesheet" href="([^"]+)"`).FindStringSubmatch(body)
		if resp.StatusCode != 200 || resp.Request.URL.Path != path+"/" || css == nil {
			t.Errorf("%s leads to %s: %d %.200s", path, resp.Request.URL, resp.StatusCode, body)
			continue
		}
		link, err := resp.Request.URL.Parse(css[1])
		if err != nil {
			t.Fatal(err)
		}
		if resp, _ := get(link.String()); resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/css") {
			t.Errorf("%s has its styles at %s: %d", path, link, resp.StatusCode)
		}
		if resp, _ := get(s.URL + path + "/nope"); resp.StatusCode != 404 {
			t.Errorf("%s/nope: %d, want 404", path, resp.StatusCode)
		}
	}
}
