package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard does everything without a mouse.
func TestKeyboard(t *testing.T) {
	s := newSite(t, element)
	p := s.open(t)
	has(p, "")
	p.Type(kb.Tab)
	focused(p, up())
	p.Screenshot("focus")
	p.Type(" ")
	has(p, "up")
	p.Type(kb.Tab)
	focused(p, down())
	p.Type(kb.Enter)
	p.Until(In(part("dialog")))
	focused(p, "feedback-buttons >>> [value=incorrect]")
	p.Type(" " + kb.Tab + kb.Tab + " ")
	p.Type(strings.Repeat(kb.Tab, 3))
	focused(p, part("note"))
	p.Type("no mouse" + kb.Tab)
	focused(p, part("skip"))
	p.Type(kb.Tab)
	focused(p, part("save"))
	if ring, behind := Eval[string](p, "getComputedStyle("+In(part("save"))+").outlineColor"), Eval[string](p, "getComputedStyle("+In(part("dialog"))+").backgroundColor"); ring == behind {
		t.Errorf("the focus ring cannot be seen: %s on %s", ring, behind)
	}
	p.Screenshot("dialog-focus")
	p.Type(kb.Enter)
	p.Until("!" + In(part("dialog")))
	focused(p, down())
	s.want(t, &vote{Score: 0, Text: "no mouse", Tags: []string{"incorrect", "incomplete"}})

	p.Type(" ")
	has(p, "")
	enter := rune(kb.Enter[0])
	p.Hold(enter, func() { p.Until(In(part("dialog"))) })
	p.Type(kb.Escape)
	p.Until("!" + In(part("dialog")))
	focused(p, down())
	has(p, "down")
	s.want(t, &vote{Score: 0})

	// A key that is held is one press, however long; the dialog was not sent by it.
	p.Hold(enter, func() { has(p, "") })
	has(p, "")
	if puts, deletes := s.called("PUT"), s.called("DELETE"); len(puts) != 4 || len(deletes) != 2 {
		t.Errorf("there were %d PUT and %d DELETE, want 4 and 2", len(puts), len(deletes))
	}
}

// TestFocusMovedOn has no dialog interrupt somebody who types elsewhere by then.
func TestFocusMovedOn(t *testing.T) {
	s := newSite(t, element+`<p><label>Message <input id="message"></label></p>`)
	p := s.open(t)
	has(p, "")
	answer := s.hold(t, "PUT")
	p.Click(down())
	p.Click("#message")
	answer()
	has(p, "down")
	p.Type("next question")
	p.Until(`document.querySelector("#message").value === "next question"`)
	if Eval[bool](p, "Boolean("+In(part("dialog"))+")") {
		t.Error("the dialog opened")
	}
}

// TestAccessibility has axe-core look at every state in both schemes and sizes.
func TestAccessibility(t *testing.T) {
	s := newSite(t, strings.Replace(element, "token", "correction token", 1)+`</article><article><p>And it was finished in 1889.</p>
		<feedback-buttons id="two" assistant="aia_asst_1" session="s1" message="m2" token="anna"></feedback-buttons>
		<p>The conversation as a whole: <feedback-buttons id="all" assistant="aia_asst_1" session="s1" token="anna"></feedback-buttons></p>`)
	p := s.open(t)
	has(p, "")
	p.Click(up("#two"))
	has(p, "up", "#two")
	p.Click(down())
	p.Until(In(part("dialog")))
	p.Click("feedback-buttons >>> [value=incomplete]")
	open := true
	for {
		for _, width := range []int{360, 1440} {
			for _, scheme := range []string{"light", "dark"} {
				p.Size(width, 740)
				p.Media(map[string]string{"prefers-color-scheme": scheme})
				p.Axe()
				p.Screenshot(fmt.Sprintf("%s-%d-dialog-%t", scheme, width, open))
				if wide := Eval[int](p, "document.documentElement.scrollWidth"); wide > width {
					t.Errorf("the page is %d wide at %d", wide, width)
				}
			}
		}
		if !open {
			break
		}
		p.Media(map[string]string{"forced-colors": "active", "prefers-color-scheme": "dark"})
		p.Screenshot("forced-colors-dialog")
		open = false
		p.Click(part("skip"))
		p.Until("!" + In(part("dialog")))
	}
	p.Media(map[string]string{"forced-colors": "active", "prefers-color-scheme": "dark"})
	p.Screenshot("forced-colors")
	tree := Eval[string](p, `[...document.querySelectorAll("feedback-buttons")].map((e) => e.shadowRoot.querySelector("[role=group]").ariaLabel).join()`)
	if tree != "Rate this answer,Rate this answer,Rate this conversation" {
		t.Errorf("the groups are %s", tree)
	}
}
