package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
)

// inSession is where anna's votes in her session are.
const inSession = "/v1/Assistants/aia_asst_1/Sessions/s1/Feedbacks"

// thumbs returns n elements, for the messages m0 and so on.
func thumbs(n int) (html string) {
	for i := range n {
		html += fmt.Sprintf(`<feedback-buttons id="e%d" assistant="aia_asst_1" session="s1" message="m%[1]d" token="anna"></feedback-buttons>`, i)
	}
	return html
}

// TestOneLookUp has a page with many thumbs ask once, also for those that come later, until a minute
// has passed or the clock was put back.
func TestOneLookUp(t *testing.T) {
	s := newSite(t, thumbs(30)+`<feedback-buttons id="all" assistant="aia_asst_1" session="s1" token="anna"></feedback-buttons>`)
	s.call(t, "PUT", "anna", "m7", `{"score":0}`)
	s.call(t, "PUT", "anna", "m29", `{"score":1}`)
	s.call(t, "PUT", "anna", "", `{"score":1}`)
	p := s.open(t)
	has(p, "", "#e0")
	has(p, "down", "#e7")
	has(p, "up", "#e29")
	has(p, "up", "#all")
	p.Click(up("#e0"))
	has(p, "up", "#e0")
	add := func(id, message string) {
		p.Exec(fmt.Sprintf(`{ const added = document.querySelector("#e7").cloneNode(); added.id = %q; added.setAttribute("message", %q); document.querySelector("h1").after(added); }`, id, message))
	}
	add("again", "m0")
	has(p, "up", "#again")
	add("new", "m30")
	has(p, "", "#new")
	asked := func(want int) {
		t.Helper()
		if got := s.called("GET"); len(got) != want || got[0] != "GET "+inSession {
			t.Errorf("there were %q, want %d of them", got, want)
		}
	}
	asked(1)
	s.call(t, "PUT", "anna", "m31", `{"score":1}`) // elsewhere
	p.Exec(`window.now = Date.now; Date.now = () => now() + 61e3`)
	add("later", "m31")
	has(p, "up", "#later")
	asked(2)
	s.call(t, "PUT", "anna", "m32", `{"score":1}`)
	p.Exec(`Date.now = () => now() - 3600e3`)
	add("earlier", "m32")
	has(p, "up", "#earlier")
	asked(3)
}

// TestLateAnswer has the answer of a look-up come after that of a later one.
func TestLateAnswer(t *testing.T) {
	s := newSite(t, element)
	var asked atomic.Int64
	first, held := make(chan struct{}), make(chan struct{})
	answer := sync.OnceFunc(func() { close(held) })
	t.Cleanup(answer)
	s.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != "GET" || asked.Add(1) > 1 {
			return false
		}
		before := httptest.NewRecorder()
		s.api.ServeHTTP(before, r)
		close(first)
		<-held
		w.Write(before.Body.Bytes())
		return true
	})
	p := s.open(t)
	<-first
	s.call(t, "PUT", "anna", "m1", `{"score":1}`) // in another tab, which says so
	p.Exec(`new BroadcastChannel("feedback-buttons").postMessage(location.origin + "/v1/Assistants/aia_asst_1/Sessions/s1/Messages/m1/Feedback")`)
	has(p, "up")
	answer()
	p.Until(`performance.getEntriesByType("resource").filter((r) => r.name.endsWith("/Feedbacks") && r.responseEnd).length === 2`)
	has(p, "up")
}

// TestFailedLookUp has a thumb be pressed where it is not known what is there: it is looked up first, and
// the note stays.
func TestFailedLookUp(t *testing.T) {
	s := newSite(t, element)
	s.script = `document.addEventListener("feedback-error", ({ detail }) => { window.error = detail.action; });`
	s.call(t, "PUT", "anna", "m1", `{"score":0,"text":"a note"}`)
	s.intercept(unavailable)
	p := s.open(t)
	p.Expect(`status of 503`)
	p.Until(`window.error === "load"`)
	s.intercept(nil)
	p.Click(down())
	p.Until(In(part("dialog")))
	s.want(t, &vote{Text: "a note"})
}

// TestOneByOne has votes looked up one by one: those of the anonymous with full access, and those of
// somebody who has too many.
func TestOneByOne(t *testing.T) {
	s := newSite(t, `<feedback-buttons id="host" assistant="aia_asst_1" session="s1" message="m1" token="host"></feedback-buttons>
		<feedback-buttons id="anna" assistant="aia_asst_1" session="s1" message="m0" token="anna"></feedback-buttons>`)
	s.tokens["host"] = handler.Visitor{}
	s.tokens["anonymous"] = handler.Visitor{Assistant: "aia_asst_1", Session: "s1"}
	s.call(t, "PUT", "anonymous", "m1", `{"score":1}`)
	for i := range 1001 {
		s.call(t, "PUT", "anna", fmt.Sprint("m", i), `{"score":0}`)
	}
	p := s.open(t)
	p.Expect(`status of 400 .*/Feedbacks\)$`)
	has(p, "up", "#host")
	has(p, "down", "#anna")
	if got := s.called("GET"); len(got) != 4 || !slices.ContainsFunc(got, func(call string) bool { return strings.HasSuffix(call, "/Messages/m0/Feedback") }) {
		t.Errorf("there were %q", got)
	}
}
