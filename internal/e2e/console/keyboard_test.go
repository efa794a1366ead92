package console

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// focused describes what has the focus, if it can be seen to have it.
const focused = `(() => {
	const e = document.activeElement, r = e.getBoundingClientRect(), style = getComputedStyle(e);
	const seen = r.width > 1 && r.top > -1 && r.bottom < innerHeight + 1 && r.left > -1 && r.right < innerWidth + 1; // it scrolls by whole pixels
	return [...document.querySelectorAll("*")].indexOf(e) + " " + e.localName + "#" + e.id + " " + e.textContent.trim().slice(0, 20).replace(/\s+/g, " ") +
		(seen && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 ? "" : ", unseen");
})()`

// stops are what the Tab key should stop at, in the order of the document. Of radio
// buttons it is those that are chosen.
const stops = `(() => {
	const all = [...document.querySelectorAll("*")];
	return all.filter((e) => e.matches("a[href], button, input:not([type=hidden], [type=radio]:not(:checked)), select, summary, [tabindex='0']") && e.checkVisibility())
		.map((e) => all.indexOf(e) + " " + e.localName + "#" + e.id + " " + e.textContent.trim().slice(0, 20).replace(/\s+/g, " "));
})()`

func TestTabReachesEverythingInOrder(t *testing.T) {
	st := memory.New()
	fs := addMany(t, st, 30)
	s := serve(t, st, deleting)
	p := browser.New(t)
	for _, address := range []string{s.url, s.at("feedback", "UserId", "user 0", "Tag", "tag 0"), s.at("summary", "DateCreatedAfter", "2026-11-21"), s.at("compare", "Compare", "tag", "A", "tag 2", "B", "tag 0"), s.at("delete", "Id", fs[0].ID)} {
		p.Open(address)
		want := browser.Eval[[]string](p, stops)
		var got []string
		for range 10 * len(want) { // a date field has several stops
			p.Type(kb.Tab)
			if browser.Eval[bool](p, "document.activeElement === document.body") {
				break
			}
			stop := browser.Eval[string](p, focused)
			if len(got) > 0 && strings.HasPrefix(stop, got[len(got)-1]) { // a part of the same field; the browser marks its button
				continue
			}
			got = append(got, stop)
			if len(got) > len(want) && got[len(got)-1] == got[0] {
				got = got[:len(got)-1]
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: Tab stops at\n%q, want\n%q", address, got, want)
		}
	}
}

func TestTheKeyboardIsEnough(t *testing.T) {
	st := memory.New()
	fs := addMany(t, st, 30)
	p := browser.New(t)
	p.Size(360, 740) // the filters are behind their summary
	p.Open(serve(t, st).at("feedback"))
	is := func(want string) {
		t.Helper()
		p.Until("document.activeElement.matches(" + quote(want) + ")")
	}
	p.Type(kb.Tab)
	is(".skip")
	if top := browser.Eval[float64](p, browser.In(".skip")+".getBoundingClientRect().top"); top < 0 {
		t.Errorf("the link to skip is at %v", top)
	}
	p.Type(kb.Enter)
	is("main")
	for _, stop := range []string{".trail a", ".tabs a:nth-child(1)", ".tabs a:nth-child(2)", ".tabs a:nth-child(3)", ".filters summary"} {
		p.Type(kb.Tab)
		is(stop)
	}
	p.Type(kb.Enter)
	p.Until(browser.In(".filters details") + ".open")
	p.Type(kb.Tab)
	is("#Text")
	p.Type(kb.Tab)
	is("#MinScore")
	p.Type("75%" + kb.Tab)
	is("#MaxScore")
	p.Type(kb.Tab)
	is("#HasText")
	p.Type(kb.ArrowDown + kb.Tab)
	is("#HasCorrection")
	p.Type(kb.Tab)
	is("#Handled")
	p.Type(kb.Tab)
	is("#Waiting")
	p.Type(kb.Tab)
	is("#Tag")
	visit(p, func() { p.Type("late" + kb.Enter) })
	want := ids(fs, func(f store.Feedback) bool {
		return f.Score >= .75 && f.HasText() && slices.Contains(f.Tags, "late")
	})
	if got := shown(p); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("there are %d records, want %d", len(got), len(want))
	}
	for range 60 { // to the first chip
		p.Type(kb.Tab)
		if browser.Eval[bool](p, "document.activeElement.matches('.chip a')") {
			break
		}
	}
	visit(p, func() { p.Type(kb.Enter) })
	if got := texts(p, ".chip"); !slices.Equal(got, []string{"Note with", "Tag late"}) {
		t.Errorf("the chips are %q", got)
	}
}
