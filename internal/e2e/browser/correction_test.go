package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// asking is an element that asks what the answer should have been.
var asking = strings.Replace(element, "token", "correction token", 1)

func TestCorrection(t *testing.T) {
	s := newSite(t, asking)
	p := s.open(t)
	corrected := func() string { return Eval[string](p, In(part("correction"))+"?.value ?? 'no field'") }

	// With the keyboard alone: it comes after the note and before the buttons.
	has(p, "")
	p.Type(kb.Tab + kb.Tab)
	focused(p, down())
	p.Type(" ")
	p.Until(In(part("dialog")))
	p.Type(strings.Repeat(kb.Tab, 5))
	focused(p, part("note"))
	p.Type("wrong year" + kb.Tab)
	focused(p, part("correction"))
	if label := Eval[string](p, In(part("correction"))+".labels[0].textContent"); label != "What should it have said? (optional)" {
		t.Errorf("the field is labelled %q", label)
	}
	p.Type("It was 1889,\n <b>not</b> 1888. 🗼" + kb.Tab)
	focused(p, part("skip"))
	p.Type(kb.Tab)
	focused(p, part("save"))
	p.Screenshot("dialog-correction")
	p.Type(kb.Enter)
	p.Until("!" + In(part("dialog")))
	says(p, thanks)
	focused(p, down())
	given := &vote{Text: "wrong year", Correction: "It was 1889,\n <b>not</b> 1888. 🗼"}
	s.want(t, given)

	// It is remembered; Escape leaves it as it is.
	p.Open(s.URL)
	has(p, "down")
	p.Exec(In("feedback-buttons") + ".openDialog()")
	if got := corrected(); got != given.Correction {
		t.Errorf("the correction is now %q", got)
	}
	p.Click(part("correction"))
	p.Type("never mind" + kb.Escape)
	p.Until("!" + In(part("dialog")))
	s.want(t, given)

	// What cannot be saved stays in the field.
	p.Expect(`status of 503`)
	p.Exec(In("feedback-buttons") + ".openDialog()")
	p.Click(part("correction"))
	p.Exec(In(part("correction")) + ".select()")
	p.Type("1889")
	s.intercept(unavailable)
	p.Click(part("save"))
	p.Until(In("feedback-buttons >>> dialog[open] [role=status]") + "?.textContent === " + quote(failed))
	s.want(t, given)
	if got := corrected(); got != "1889" {
		t.Errorf("the correction is now %q", got)
	}
	s.intercept(nil)
	p.Click(part("save"))
	p.Until("!" + In(part("dialog")))
	s.want(t, &vote{Text: "wrong year", Correction: "1889"})

	// An element that does not ask keeps it.
	p.Exec(In("feedback-buttons") + ".removeAttribute('correction')")
	p.Exec(In("feedback-buttons") + ".openDialog()")
	if got := corrected(); got != "no field" {
		t.Errorf("there is a correction: %q", got)
	}
	p.Click("feedback-buttons >>> [value=other]")
	p.Click(part("save"))
	p.Until("!" + In(part("dialog")))
	s.want(t, &vote{Text: "wrong year", Tags: []string{"other"}, Correction: "1889"})

	// Emptied, it is gone.
	p.Exec(In("feedback-buttons") + ".setAttribute('correction', '')")
	p.Exec(In("feedback-buttons") + ".openDialog()")
	p.Exec(In(part("correction")) + ".select()")
	p.Type(" " + kb.Backspace)
	p.Click(part("save"))
	p.Until("!" + In(part("dialog")))
	s.want(t, &vote{Text: "wrong year", Tags: []string{"other"}})
}

// TestCorrectionGoesWithItsVote takes back and switches what a correction is of.
func TestCorrectionGoesWithItsVote(t *testing.T) {
	s := newSite(t, asking)
	p := s.open(t)
	for _, thumb := range []string{down(), up()} {
		s.call(t, "PUT", "anna", "m1", `{"score":0,"correction":"1889"}`)
		p.Open(s.URL)
		has(p, "down")
		p.Click(thumb)
		if thumb == up() {
			has(p, "up")
			s.want(t, &vote{Score: 1})
		} else {
			has(p, "")
			s.want(t, nil)
		}
		p.Click(down())
		p.Until(In(part("dialog")))
		if got := Eval[string](p, In(part("correction"))+".value"); got != "" {
			t.Errorf("an old correction shows: %q", got)
		}
		p.Click(part("skip"))
		p.Until("!" + In(part("dialog")))
		s.want(t, &vote{})
	}
}
