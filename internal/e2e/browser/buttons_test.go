package browser

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const (
	failed = "That was not saved. Please try again."
	denied = "You cannot rate this. Please reload the page."
	thanks = "Thank you for telling us."
)

func TestVote(t *testing.T) {
	s := newSite(t, element)
	s.script = `
		window.changes = [];
		document.addEventListener("feedback-change", ({ detail, target }) => changes.push([target.localName, detail.previous?.score, detail.feedback?.score, detail.feedback?.text]));`
	p := s.open(t)
	has(p, "")

	// Up saves at once.
	p.Click(up())
	has(p, "up")
	s.want(t, &vote{Score: 1})
	focused(p, up())

	// Down too, and then asks.
	p.Click(down())
	p.Until(In(part("dialog")) + "?.matches(':modal')")
	has(p, "down")
	s.want(t, &vote{Score: 0})
	if name := Eval[string](p, In(part("dialog"))+".ariaLabelledByElements[0].textContent"); name != "What went wrong?" {
		t.Errorf("the dialog is named %q", name)
	}

	if Eval[bool](p, "Boolean("+In(part("correction"))+")") {
		t.Error("a correction is asked for without the attribute")
	}

	// Reasons and a note.
	p.Click("feedback-buttons >>> [value=incomplete]")
	p.Click("feedback-buttons >>> [value='too slow']")
	p.Click(part("note"))
	p.Type("The summit, please\nand <script>alert(1)</script> \"quotes\" & ümläuts 👍")
	p.Screenshot("dialog-filled")
	p.Click(part("save"))
	p.Until("!" + In(part("dialog")))
	says(p, thanks)
	focused(p, down())
	note := &vote{Score: 0, Text: "The summit, please\nand <script>alert(1)</script> \"quotes\" & ümläuts 👍", Tags: []string{"incomplete", "too slow"}}
	s.want(t, note)

	// It is remembered, note and all, and can be looked at again.
	p.Open(s.URL)
	has(p, "down")
	p.Exec(In("feedback-buttons") + ".openDialog()")
	if got := Eval[string](p, In(part("note"))+".value"); got != note.Text {
		t.Errorf("the note is now %q", got)
	}
	if got := Eval[[]string](p, `[...`+In("feedback-buttons")+`.shadowRoot.querySelectorAll(":checked")].map((box) => box.value)`); !slices.Equal(got, note.Tags) {
		t.Errorf("the reasons are now %q", got)
	}
	p.Type(kb.Escape)
	p.Until("!" + In(part("dialog")))
	s.want(t, note)

	// Switching leaves nothing of it.
	p.Click(up())
	has(p, "up")
	s.want(t, &vote{Score: 1})

	// The same thumb takes the vote back.
	p.Click(up())
	has(p, "")
	s.want(t, nil)
	p.Open(s.URL)
	has(p, "")

	// Once more down, and back: no dialog, no rest of the first note.
	p.Click(down())
	p.Until(In(part("dialog")))
	if got := Eval[string](p, In(part("note"))+".value"); got != "" {
		t.Errorf("an old note shows: %q", got)
	}
	p.Click(part("skip"))
	p.Until("!" + In(part("dialog")))
	s.want(t, &vote{Score: 0})
	p.Click(down())
	has(p, "")
	s.want(t, nil)
	if Eval[bool](p, "Boolean("+In(part("dialog"))+")") {
		t.Error("taking back a thumb down opened the dialog")
	}
}

func TestEvents(t *testing.T) {
	s := newSite(t, element)
	s.script = `
		window.events = [];
		for (const name of ["feedback-change", "feedback-error"]) {
			document.addEventListener(name, ({ detail: d, target }) => events.push(
				name === "feedback-change" ? [d.previous?.score ?? null, d.feedback?.score ?? null, d.feedback?.message_id ?? ""].join() : d.action + d.error.status));
		}`
	p := s.open(t)
	p.Expect(`status of 503`)
	for _, click := range []struct{ selector, now string }{{up(), "up"}, {down(), "down"}} {
		p.Click(click.selector)
		has(p, click.now)
	}
	p.Click(part("skip"))
	p.Until("!" + In(part("dialog")))
	p.Click(down())
	has(p, "")
	s.intercept(unavailable)
	p.Click(up())
	says(p, failed)
	want := ",1,m1 1,0,m1 0,, save503"
	if got := Eval[string](p, `events.join(" ")`); got != want {
		t.Errorf("the events were %q, want %q", got, want)
	}
}

func unavailable(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprint(w, `{"code":20503,"message":"the service is unavailable, please retry","status":503}`)
	return true
}

// TestFailure has the element tell that a vote failed, and show what the API had.
func TestFailure(t *testing.T) {
	s := newSite(t, element)
	p := s.open(t)
	p.Expect(`status of 503`)
	p.Click(up())
	has(p, "up")

	s.intercept(unavailable)
	p.Click(down())
	says(p, failed)
	has(p, "up")
	focused(p, down())
	p.Click(up())
	says(p, failed)
	has(p, "up")
	p.Screenshot("failed")

	// The next success removes the message.
	s.intercept(nil)
	p.Click(down())
	p.Until(In(part("dialog")))
	says(p, "")
	s.want(t, &vote{Score: 0})

	// A note that fails stays, to be sent again.
	s.intercept(unavailable)
	p.Click(part("note"))
	p.Type("too short")
	p.Click(part("save"))
	p.Until(In("feedback-buttons >>> dialog[open] [role=status]") + "?.textContent === " + quote(failed))
	p.Screenshot("dialog-failed")
	s.want(t, &vote{Score: 0})
	s.intercept(nil)
	p.Click(part("save"))
	p.Until("!" + In(part("dialog")))
	s.want(t, &vote{Score: 0, Text: "too short"})

	// The answer is nonsense.
	s.intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		fmt.Fprint(w, "<!doctype html>")
		return true
	})
	p.Click(up())
	says(p, failed)
	has(p, "down")
}

// TestServerGone has the server vanish in the middle of an answer, and then for good.
func TestServerGone(t *testing.T) {
	s := newSite(t, element)
	p := s.open(t)
	p.Expect(`net::ERR_`)
	p.Click(up())
	has(p, "up")
	s.intercept(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	p.Click(up())
	says(p, failed)
	has(p, "up")
	s.server.CloseClientConnections()
	s.server.Close()
	p.Click(down())
	says(p, failed)
	has(p, "up")
}

// TestPreventDefault has the host tell of an error itself.
func TestPreventDefault(t *testing.T) {
	s := newSite(t, element)
	s.script = `document.addEventListener("feedback-error", (event) => { event.preventDefault(); window.error = event.detail.error.message; });`
	s.intercept(unavailable)
	p := s.open(t)
	p.Expect(`status of 503`)
	p.Until("window.error") // of the look-up, which is not shown
	says(p, "")
	p.Click(up())
	p.Until(`window.error.includes("PUT") && window.error.includes("the service is unavailable, please retry")`)
	shows(p, "")
	says(p, "")
}
