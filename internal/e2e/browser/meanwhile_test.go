package browser

import (
	"net/http"
	"slices"
	"sync"
	"testing"
)

// hold keeps calls of a method unanswered until answer is called.
func (s *site) hold(t *testing.T, method string) (answer func()) {
	held := make(chan struct{})
	answer = sync.OnceFunc(func() { close(held) })
	t.Cleanup(answer)
	s.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == method {
			<-held
		}
		return false
	})
	return answer
}

// TestImpatience clicks while a request is in flight.
func TestImpatience(t *testing.T) {
	s := newSite(t, element)
	s.script = `window.clicks = 0; document.addEventListener("click", () => clicks++);`
	p := s.open(t)
	has(p, "")
	p.DoubleClick(up(), func() { has(p, "up") })
	has(p, "up")
	if got := Eval[int](p, "clicks"); got != 2 {
		t.Fatalf("there were %d clicks", got)
	}
	answer := s.hold(t, "PUT")
	p.Click(down())
	p.Click(down())
	p.Click(up())
	shows(p, "down") // at once
	answer()
	p.Until(In(part("dialog")))
	has(p, "down")
	p.Click(part("note"))
	p.Type("once")
	answer = s.hold(t, "PUT")
	p.DoubleClick(part("save"))
	answer()
	p.Until("!" + In(part("dialog")))
	s.want(t, &vote{Score: 0, Text: "once"})
	if puts, deletes := s.called("PUT"), s.called("DELETE"); len(puts) != 3 || len(deletes) != 0 {
		t.Errorf("there were %d PUT and %d DELETE, want 3 and none", len(puts), len(deletes))
	}
}

// TestBeforeItIsKnown presses a thumb while the vote is still being looked up: what
// is there already is kept, note and all.
func TestBeforeItIsKnown(t *testing.T) {
	s := newSite(t, element)
	s.call(t, "PUT", "anna", "m1", `{"score":0,"text":"a note","tags":["other"]}`)
	answer := s.hold(t, "GET")
	p := s.open(t)
	p.Click(down())
	shows(p, "down")
	answer()
	p.Until(In(part("dialog")))
	s.want(t, &vote{Score: 0, Text: "a note", Tags: []string{"other"}})
	if calls := s.called("PUT"); len(calls) != 0 {
		t.Errorf("there were calls: %q", calls)
	}
	if got := Eval[string](p, In(part("note"))+".value"); got != "a note" {
		t.Errorf("the note is %q", got)
	}
	if got := s.called("GET"); !slices.Equal(got, []string{"GET " + inSession}) {
		t.Errorf("there were %q", got)
	}
}

// TestTabs has two tabs and two elements of one message stay in step.
func TestTabs(t *testing.T) {
	s := newSite(t, `<div id="a">`+element+`</div><div id="b">`+element+`</div>`)
	const a, b = "#a feedback-buttons", "#b feedback-buttons"
	first := s.open(t)
	has(first, "", a)
	has(first, "", b)
	second := first.Tab()
	second.Open(s.URL)
	first.Until("document.hidden")

	second.Click(up(a))
	has(second, "up", a)
	has(second, "up", b)
	first.Front()
	has(first, "up", a)
	has(first, "up", b)

	first.Click(up(b))
	has(first, "", b)
	has(first, "", a)
	second.Front()
	has(second, "", a)

	// Elsewhere, which no tab has heard of: the tab asks when it is looked at after a while.
	first.Front()
	s.call(t, "PUT", "anna", "m1", `{"score":1}`)
	second.Exec(`{ const now = Date.now; Date.now = () => now() + 3600e3; }`)
	second.Front()
	has(second, "up", a)
}
