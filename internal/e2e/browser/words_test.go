package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// strange returns what an element says, shows and has for screen readers, but for words in «».
const strange = `((root) => {
	const texts = [];
	for (const element of root.querySelectorAll("*")) {
		texts.push(element.title ?? "", element.ariaLabel ?? "", ...[...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data));
	}
	return texts.filter((text) => text.trim() && !/^«.*»$/.test(text));
})(document.querySelector("feedback-buttons").shadowRoot)`

// TestEveryWord has a page in another language leave no English, by attributes and by the property.
func TestEveryWord(t *testing.T) {
	for name, script := range map[string]string{
		"attributes": `for (const key of Object.keys(FeedbackButtons.messages)) it.setAttribute("text-" + key, "«" + key + "»"); it.setAttribute("reasons", "a=«a»");`,
		"properties": `it.messages = Object.fromEntries(Object.keys(FeedbackButtons.messages).map((key) => [key, "«" + key + "»"])); it.reasons = { a: "«a»" };`,
		"the page's": `FeedbackButtons.messages = Object.fromEntries(Object.keys(FeedbackButtons.messages).map((key) => [key, "«" + key + "»"])); FeedbackButtons.reasons = { a: "«a»" };`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, asking)
			s.script = `const it = document.querySelector("feedback-buttons"); ` + script
			p := s.open(t)
			p.Expect(`status of (400|401|503)`)
			foreign := func() {
				t.Helper()
				if got := Eval[[]string](p, strange); len(got) > 0 {
					t.Errorf("there is %q", got)
				}
			}
			has(p, "")
			foreign()
			p.Click(down())
			p.Until(In(part("dialog")))
			foreign()
			for said, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{
				"«failed»": unavailable,
				"«denied»": func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(401); return true },
				"«long»": func(w http.ResponseWriter, _ *http.Request) bool {
					w.WriteHeader(400)
					fmt.Fprint(w, `{"message":"text must be at most 9 characters, got 10"}`)
					return true
				},
			} {
				s.intercept(answer)
				p.Click(part("save"))
				p.Until(In("feedback-buttons >>> dialog[open] [role=status]") + "?.textContent === " + quote(said))
				foreign()
			}
			s.intercept(nil)
			p.Click(part("save"))
			says(p, "«thanks»")
			foreign()
			p.Exec(`document.querySelector("feedback-buttons").removeAttribute("message")`)
			foreign()
		})
	}
}

// TestRightToLeft has an element run from right to left in a page that does not.
func TestRightToLeft(t *testing.T) {
	s := newSite(t, strings.Replace(element, "token", `dir="rtl" token`, 1))
	p := s.open(t)
	has(p, "")
	left := func(selector string) float64 { return Eval[float64](p, In(selector)+".getBoundingClientRect().left") }
	if left(up()) <= left(down()) {
		t.Error("the first thumb is on the left")
	}
	p.Click(down())
	p.Until(In(part("dialog")))
	if left(part("skip")) <= left(part("save")) {
		t.Error("the first button is on the left")
	}
	for _, selector := range []string{part("title"), "feedback-buttons >>> .reason"} {
		if got := Eval[string](p, "getComputedStyle("+In(selector)+").direction"); got != "rtl" {
			t.Errorf("%s runs %s", selector, got)
		}
	}
	p.Axe()
	p.Type(kb.Escape)
}

// TestLength has a note be no longer than the host allows, and one that is too long be told of.
func TestLength(t *testing.T) {
	s := newSite(t, asking)
	s.options.MaxText = 5
	s.api = handler.New(memory.New(), &s.options)
	s.script = `document.querySelector("feedback-buttons").setAttribute("maxlength", "5");`
	p := s.open(t)
	has(p, "")
	p.Click(down())
	p.Click(part("correction"))
	p.Type("123456")
	p.Click(part("note"))
	p.Type("abcdefg")
	p.Click(part("save"))
	p.Until("!" + In(part("dialog")))
	s.want(t, &vote{Text: "abcde", Correction: "12345"})

	// The page does not know.
	p.Expect(`status of 400`)
	p.Exec(`document.querySelector("feedback-buttons").removeAttribute("maxlength")`)
	p.Exec(In("feedback-buttons") + ".openDialog()")
	p.Click(part("note"))
	p.Type("fgh")
	p.Click(part("save"))
	p.Until(In("feedback-buttons >>> dialog[open] [role=status]") + `?.textContent === "That is too long: please write at most 5 characters."`)
	s.want(t, &vote{Text: "abcde", Correction: "12345"})

	// It does, for all elements.
	p.Click(part("skip"))
	p.Until("!" + In(part("dialog")))
	p.Exec(`customElements.get("feedback-buttons").maxlength = 6`)
	p.Exec(In("feedback-buttons") + ".openDialog()")
	if got := Eval[int](p, In(part("note"))+".maxLength"); got != 6 {
		t.Errorf("a note may have %d characters", got)
	}
}
