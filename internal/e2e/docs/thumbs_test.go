package docs

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
)

func TestMain(m *testing.M) { browser.Main(m) }

// TestTheFirstProgram is what the README begins with, in a browser: somebody who is
// logged in presses a thumb, and the team sees it.
func TestTheFirstProgram(t *testing.T) {
	s := newSession(t)
	for _, b := range blocksOf(t, "README.md") {
		if b.listens() {
			s.server = s.start(b)
			break
		}
	}
	p := browser.New(t)
	p.Open(s.server.URL + "/")
	const voted = `document.querySelector("feedback-buttons").feedback?.score === 1`
	p.Click("feedback-buttons >>> [part~=up]")
	p.Until(voted)
	for path, want := range map[string]string{"/v1/Assistants/my-assistant/Feedbacks": `"user_id":"ann","score":1`, "/console/feedback?Assistant=my-assistant": "ann-1"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("my-account", "a-token")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("GET %s: %d %s, %v; want %s", path, resp.StatusCode, body, err, want)
		}
	}
	p.Open(s.server.URL + "/") // again, in the same browser
	p.Until(voted)
}
