package console

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// override turns round what follows it, until something isolates that.
const override = "\u202e"

var hostile = store.Feedback{
	Scope:     store.Scope{Account: scope.Account, Assistant: `aia"><img src=x onerror="ran=1">` + override + "abc"},
	SessionID: `s'><svg onload="ran=1">`, MessageID: "javascript:ran=1", UserID: "דנה <b>&amp; " + override + "abc",
	Text:       "<script>alert(1)</script><img src=x onerror=\"ran=1\">\nשלום {{.}} <style>*{display:none}</style>" + override + " end",
	Tags:       []string{`"><script>alert(1)</script>`, override + "tag"},
	Correction: "שלום <img src=x onerror=\"ran=1\">\n{{.}}" + override + " end",
	Review:     &store.Review{Verdict: store.Disagree, Note: "</textarea><img src=x onerror=\"ran=1\">\nשלום {{.}}" + override + " end", Actor: `"><b>bob` + override + "abc", At: now},
	Metadata:   map[string]string{"model": `"><svg onload="ran=1">` + override + "abc", "trace_id": "שלום:javascript:ran=1"},
}

// TestTextIsShownAndNothingElse has what people wrote on every page: nothing of it
// runs, or the console has an error for the policy.
func TestTextIsShownAndNothingElse(t *testing.T) { onEveryStore(t, testTextIsShownAndNothingElse) }

func testTextIsShownAndNothingElse(t *testing.T, st store.Store) {
	f := add(t, st, hostile)
	s := serve(t, st, deleting)
	in := func(page string, params ...string) string {
		return s.at(page, append(params, "Assistant", f.Scope.Assistant)...)
	}
	p := browser.New(t)
	p.Expect(`status of 400 .*MinScore=`)
	for _, page := range []struct {
		address string
		shows   map[string]string // by selector
	}{
		{s.url, map[string]string{".assistants .name bdi": f.Scope.Assistant}},
		{in("feedback"), map[string]string{"h1 bdi": f.Scope.Assistant, ".note": f.Text, ".tag bdi": f.Tags[0], "li + li .tag bdi": f.Tags[1],
			".foot div:nth-child(1) bdi": f.SessionID, ".foot div:nth-child(2) bdi": f.MessageID, ".foot div:nth-child(3) bdi": f.UserID}},
		{in("feedback", "UserId", f.UserID, "Tag", f.Tags[0]), map[string]string{".note": f.Text, ".chip bdi": f.Tags[0], "li + li .chip bdi": f.UserID}},
		{in("feedback", "MinScore", f.Tags[0]), map[string]string{"#MinScore-error": "This must be between 0% and 100%, or between 0 and 1"}},
		{in("record", "Id", f.ID), map[string]string{".note": f.Text, ".remark": f.Review.Note, ".review bdi": f.Review.Actor, ".review textarea": f.Review.Note}},
		{in("summary"), map[string]string{".bars bdi": f.Tags[0]}},
		{in("compare", "Compare", f.Tags[0][:2], "A", f.Tags[0], "B", f.Tags[0][:3]), map[string]string{"h3 bdi": f.Tags[0][:2], ".compared bdi": f.Tags[0], "#difference + p bdi": f.Tags[0], "#difference + p bdi + bdi": f.Tags[0][:3]}},
		{in("compare", "Compare", f.Tags[1][:4]), map[string]string{".compared bdi": f.Tags[1]}},
		{in("delete", "Id", f.ID), map[string]string{".note": f.Text}},
		{in("erase", "UserId", f.UserID), map[string]string{"main > p strong + strong bdi": f.UserID}},
		{in("person", "UserId", f.UserID, "Older", store.NewID(now.Add(time.Hour))), map[string]string{"h1 bdi": f.UserID, "h2 bdi": f.Scope.Assistant, ".note": f.Text}},
		{in("erase-person", "UserId", f.UserID), map[string]string{"main > p strong + strong bdi": f.UserID}},
	} {
		p.Open(page.address)
		for selector, want := range page.shows {
			if got := browser.Eval[string](p, browser.In(selector)+`?.textContent ?? ""`); got != want {
				t.Errorf("%s: %s is %q, want %q", page.address, selector, got, want)
			}
		}
		if browser.Eval[bool](p, `"ran" in window || [...document.scripts].some((s) => s.text || !["timezone.js?v=", "keys.js?v=", "review.js?v="].some((name) => s.src.startsWith(new URL(name, location)))) || document.querySelector("main img, main style, main [onload]") != null`) {
			t.Errorf("%s has become part of the page", page.address)
		}
		if got := browser.Eval[[]string](p, turned); len(got) > 0 {
			t.Errorf("%s turns round %q", page.address, got)
		}
	}
	// A link with an odd name leads to the record again, and the form keeps it.
	p.Open(in("feedback"))
	follow(p, ".foot div:nth-child(3) a")
	if got := filled(p)["UserId"]; !slices.Equal(shown(p), []string{f.ID}) || got != f.UserID {
		t.Errorf("the user %q has %q", got, shown(p))
	}
	for _, asked := range p.Requests() {
		if !strings.HasPrefix(asked, s.url) && !strings.HasPrefix(asked, "data:image/svg+xml;") { // of the browser's date fields
			t.Errorf("the page asked for %.200s", asked)
		}
	}
}

// TestCorrectionAndMetadataAreShown has them as people and hosts wrote them, each
// value with a link to its like.
func TestCorrectionAndMetadataAreShown(t *testing.T) {
	st := memory.New()
	f := add(t, st, hostile)
	other := hostile
	other.Correction, other.Metadata = "", map[string]string{"model": "other"}
	other = add(t, st, other)
	p := browser.New(t)
	p.Open(serve(t, st).at("feedback", "Assistant", f.Scope.Assistant, "HasCorrection", "true"))
	for range 2 { // the second time by the metadata alone
		if got := shown(p); !slices.Equal(got, []string{f.ID}) {
			t.Fatalf("%q are shown", got)
		}
		if got := browser.Eval[string](p, browser.In(".correction blockquote")+".textContent"); got != f.Correction {
			t.Errorf("the correction is %q, want %q", got, f.Correction)
		}
		want := []string{"model " + f.Metadata["model"], "trace_id " + f.Metadata["trace_id"]}
		if got := browser.Eval[[]string](p, `[...document.querySelectorAll(".metadata div")].map((e) => e.innerText)`); !slices.Equal(got, want) {
			t.Errorf("the metadata are %q, want %q", got, want)
		}
		if got := browser.Eval[[]string](p, turned); len(got) > 0 {
			t.Errorf("the page turns round %q", got)
		}
		if browser.Eval[bool](p, `"ran" in window || document.querySelector("main img, main [onload]") != null`) {
			t.Error("it has become part of the page")
		}
		follow(p, ".metadata a")
	}
	if got := filled(p); len(got) != 1 || got["Metadata"] != "model:"+f.Metadata["model"] {
		t.Errorf("the form keeps %q", got)
	}
	// Which way each runs.
	got := browser.Eval[[]string](p, `[...document.querySelectorAll(".correction blockquote, .metadata bdi")].map((e) => getComputedStyle(e).direction)`)
	if want := []string{"rtl", "ltr", "rtl"}; !slices.Equal(got, want) {
		t.Errorf("correction and metadata run %q, want %q", got, want)
	}
	// The form finds them too.
	fill(p, map[string]string{"HasCorrection": "Without a correction", "Metadata": "model:other"})
	follow(p, ".filters .primary")
	if got, chips := shown(p), texts(p, ".chip"); !slices.Equal(got, []string{other.ID}) || !slices.Equal(chips, []string{"Correction without", "Metadata model:other"}) {
		t.Errorf("%q are shown, by %q", got, chips)
	}
}

// turned finds the console's own words that do not run from left to right on their
// line, because of what stands beside them.
const turned = `(() => {
	const found = [], nodes = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
	const left = (node, i) => { const r = document.createRange(); r.setStart(node, i); r.setEnd(node, i + 1); return r.getBoundingClientRect(); };
	for (let node; (node = nodes.nextNode()); ) {
		if (node.parentElement.closest("bdi, .note, .remark, blockquote, .unseen, option, svg") || !node.data.trim()) continue;
		for (let i = 1; i < node.length; i++) {
			const a = left(node, i - 1), b = left(node, i);
			if (a.width && b.width && a.top === b.top && a.left >= b.left) { found.push(node.data); break; }
		}
	}
	return found;
})()`

func TestTextRunsInItsOwnDirection(t *testing.T) {
	st := memory.New()
	add(t, st, store.Feedback{Text: "שלום, world", UserID: "דנה"})
	add(t, st, store.Feedback{Text: "Hello, עולם", UserID: "anna"})
	p := browser.New(t)
	p.Open(serve(t, st).at("feedback", "UserId", "דנה"))
	if got := browser.Eval[string](p, browser.In("#UserId")+".matches(':dir(rtl)') ? 'rtl' : 'ltr'"); got != "rtl" {
		t.Errorf("the field is %s", got)
	}
	follow(p, ".chip a")
	got := browser.Eval[[]string](p, `[...document.querySelectorAll(".note, .foot div:nth-child(3) bdi")].map((e) =>
			getComputedStyle(e).direction + " " + getComputedStyle(e).unicodeBidi)`)
	if want := []string{"ltr isolate", "ltr isolate", "rtl isolate", "rtl isolate"}; !slices.Equal(got, want) {
		t.Errorf("the notes and names are %q, want %q", got, want)
	}
	// The helper does find what is not isolated.
	p.Exec(fmt.Sprintf(`document.querySelector("h2").innerHTML = %q`, "<span>"+override+"</span>"+override+"abc"))
	if got := browser.Eval[[]string](p, turned); len(got) != 1 {
		t.Errorf("what is turned round is found as %q", got)
	}
}
