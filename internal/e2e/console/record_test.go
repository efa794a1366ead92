package console

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// talk gives every session turns in many forms, of which one has the message's id.
func talk(message string) func(*console.Options) {
	return func(o *console.Options) {
		o.Conversation = func(context.Context, store.Scope, string) ([]handler.Turn, error) {
			return []handler.Turn{
				{Role: "system", Text: "You are " + strings.Repeat("Donaudampfschiff", 40)},
				{Role: "user", Text: "<img src=x onerror=alert(1)>\n{{.}} javascript:alert(1)", Time: now},
				{MessageID: message, Role: "assistant", Text: "לא, <script>alert(1)</script>", Time: now, Metadata: map[string]string{strings.Repeat("W", 64): strings.Repeat("W", 500)}},
				{Role: strings.Repeat("W", 200), Text: ""},
				{Role: "user", Text: "That is not what I asked."},
			}, nil
		}
	}
}

func TestARecordStandsBesideItsConversation(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{MessageID: "m1", UserID: "ann", Text: "not so"})
	p := browser.New(t)
	p.Open(serve(t, st, talk("m1")).at("record", "Id", f.ID))
	if got := texts(p, ".turn .role"); !slices.Equal(got[:3], []string{"system", "user", "assistant"}) || len(got) != 5 {
		t.Errorf("the turns are of %q", got)
	}
	if got := texts(p, "[aria-current] .said"); !slices.Equal(got, []string{"לא, <script>alert(1)</script>"}) {
		t.Errorf("what is marked is %q", got)
	}
	if n := browser.Eval[int](p, "document.querySelectorAll('main img, main script:not([src])').length"); n > 0 {
		t.Error("somebody's words are markup")
	}
	for width, beside := range map[int]bool{360: false, 1440: true} {
		p.Size(width, 900)
		if got := browser.Eval[bool](p, "document.querySelector('.card').getBoundingClientRect().left > document.querySelector('.conversation').getBoundingClientRect().right"); got != beside {
			t.Errorf("at %d, beside the conversation is %t", width, got)
		}
	}
}

// j and k go through a list, and from record to record of what its filters select.
func TestKeysGoFromRecordToRecord(t *testing.T) {
	st := memory.New()
	fs := addMany(t, st, 30)
	want := ids(fs, func(f store.Feedback) bool { return slices.Contains(f.Tags, "late") })
	p := browser.New(t)
	p.Open(serve(t, st).at("feedback", "Tag", "late"))
	focus := func(i int) {
		t.Helper()
		p.Until("document.activeElement.closest('.card')?.querySelector('.when a') === document.activeElement && document.activeElement.href.includes(" + quote(want[i]) + ")")
	}
	p.Type("j")
	focus(0)
	p.Type("jj")
	focus(2)
	p.Type("k")
	focus(1)
	visit(p, func() { p.Type(kb.Enter) })
	is := func(i int) {
		t.Helper()
		if got := shown(p); !slices.Equal(got, want[i:i+1]) {
			t.Fatalf("the record is %v, want %s", got, want[i])
		}
	}
	is(1)
	visit(p, func() { p.Type("j") })
	is(2)
	visit(p, func() { p.Type("k") })
	is(1)
	visit(p, func() { p.Type("k") })
	is(0)
	p.Type("k") // there is no newer one
	p.Click(".keys")
	p.Until("document.querySelector('.keys').textContent.endsWith('off')")
	p.Type("j")
	is(0)
	visit(p, func() { p.Exec("location.reload()") }) // it is kept
	p.Until("document.querySelector('.keys').textContent.endsWith('off')")
	p.Click(".keys")
	visit(p, func() { p.Type("j") })
	is(1)

	// What is typed into a field is not for the list.
	p.Open(serve(t, st).at("feedback"))
	p.Size(1440, 900)
	p.Click("#Text")
	p.Type("jk")
	if got := browser.Eval[string](p, browser.In("#Text")+".value"); got != "jk" {
		t.Errorf("the field has %q", got)
	}
}
