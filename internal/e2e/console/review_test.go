package console

import (
	"net/http"
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

func staffed(o *console.Options) {
	o.Authenticate = func(*http.Request) (handler.Principal, error) {
		return handler.Principal{Account: scope.Account, Actor: "bob"}, nil
	}
}

func reviewIn(t *testing.T, st store.Store, id string) store.Review {
	t.Helper()
	f, err := st.Get(t.Context(), scope, store.Ref{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	if f.Review == nil {
		return store.Review{}
	}
	return *f.Review
}

// From what waits to what is handled, without a mouse and without leaving the list.
func TestKeysMarkAsHandled(t *testing.T) { onEveryStore(t, testKeysMarkAsHandled) }

func testKeysMarkAsHandled(t *testing.T, st store.Store) {
	fs := addMany(t, st, 12)
	waits := ids(fs, store.Feedback.Waiting)
	p := browser.New(t)
	s := serve(t, st, staffed)
	p.Open(s.url)
	follow(p, ".assistants [href*='Waiting=true']")
	if got := shown(p); len(waits) < 4 || !slices.Equal(got, waits) {
		t.Fatalf("%v wait, want %v", got, waits)
	}
	p.Exec("window.same = true")
	focus := func(i int) {
		t.Helper()
		p.Until("document.activeElement.closest('.card')?.querySelector('.when a') === document.activeElement && document.activeElement.href.includes(" + quote(waits[i]) + ")")
	}
	says := func(i int, want string) {
		t.Helper()
		p.Until("document.querySelectorAll('.card')[" + string(rune('0'+i)) + "].querySelector('.review p').textContent.replace(/\\s+/g, ' ').includes(" + quote(want) + ")")
	}
	p.Type("a") // nothing has the focus
	p.Type("ja")
	says(0, "Handled Agree by bob")
	focus(0)
	p.Type("jd")
	says(1, "Handled Disagree by bob")
	focus(1)
	p.Type("jn")
	const note = "jade <b>&</b>\nnu"
	p.Until("document.activeElement.name === 'Note'")
	p.Exec("document.activeElement.value = ''") // the protocol's n, which a keyboard would not have left there
	p.Type("jade <b>&</b>" + kb.Enter + "nu")
	p.Exec("document.activeElement.closest('form').querySelector('[value=unclear]').focus()")
	p.Type(kb.Enter)
	says(2, "Handled Unclear by bob")
	focus(2)
	if got := browser.Eval[string](p, "document.querySelectorAll('.card')[2].querySelector('.remark').textContent"); got != note {
		t.Errorf("the note is %q", got)
	}
	p.Type("ka") // another verdict, on second thoughts
	says(1, "Handled Agree by bob")
	p.Until("document.querySelector('main > [role=status]').textContent.includes('Agree')")
	if !browser.Eval[bool](p, "window.same === true") {
		t.Error("it has left the list")
	}
	for i, want := range []store.Review{{Verdict: store.Agree}, {Verdict: store.Agree}, {Verdict: store.Unclear, Note: note}, {}} {
		if want.Verdict != "" {
			want.Actor, want.At = "bob", now
		}
		if got := reviewIn(t, st, waits[i]); got != want {
			t.Errorf("record %d is reviewed as %+v, want %+v", i, got, want)
		}
	}
	visit(p, func() { p.Exec("location.reload()") })
	if got := shown(p); !slices.Equal(got, waits[3:]) {
		t.Errorf("then %v wait, want %v", got, waits[3:])
	}
	follow(p, ".views a:nth-child(3)")
	if got := shown(p); !slices.Equal(got, waits[:3]) {
		t.Errorf("handled are %v, want %v", got, waits[:3])
	}

	// On a record's page, and then on to the next.
	p.Open(s.at("record", "Id", waits[3], "Waiting", "true"))
	p.Type("u")
	says(0, "Handled Unclear")
	visit(p, func() { p.Type("j") })
	if got := shown(p); !slices.Equal(got, waits[4:5]) {
		t.Errorf("the next is %v, want %v", got, waits[4:5])
	}
	p.Type("a")
	says(0, "Handled Agree")
	p.Click(".review [value=none]")
	says(0, "Waiting")
	if got := reviewIn(t, st, waits[4]); got != (store.Review{}) {
		t.Errorf("what was taken back is %+v", got)
	}
	p.Click(".keys")
	p.Type("a")
	p.Click("h1")
	says(0, "Waiting")
}

// What was not saved is said where it was tried, and what was written stays.
func TestWhatIsNotSavedIsSaid(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{Text: "before"})
	broken := &flaky{Store: st}
	p := browser.New(t)
	p.Expect(`status of (409|503) `)
	p.Open(serve(t, broken, staffed).at("feedback"))
	p.Click(".review summary")
	p.Click(".review textarea")
	p.Type("<i>my note</i>")
	alert := func(want string) {
		t.Helper()
		p.Until("document.querySelector('.card [role=alert]')?.textContent.includes(" + quote(want) + ")")
		if got := browser.Eval[string](p, browser.In(".review textarea")+".value"); strings.TrimSpace(got) != "<i>my note</i>" || has(p, ".card i") {
			t.Errorf("%s: the note is %q", want, got)
		}
	}
	broken.down.Store(true)
	p.Click(".review [value=agree]")
	alert("Not saved: Feedback is out of reach")
	broken.down.Store(false)

	next := f
	next.Review = &store.Review{Verdict: store.Disagree, Note: "no", Actor: "eve", At: now}
	if _, err := st.Replace(t.Context(), f, next); err != nil {
		t.Fatal(err)
	}
	p.Click(".review [value=agree]")
	alert("Not saved: somebody else was faster")
	if got := texts(p, ".review p:first-child"); len(got) != 1 || !strings.HasPrefix(got[0], "Handled Disagree by eve") {
		t.Errorf("it shows %q", got)
	}
	p.Axe()
	if got := reviewIn(t, st, f.ID); got != *next.Review {
		t.Errorf("the review is %+v", got)
	}
	p.Click(".review [value=agree]") // now that it was seen
	p.Until("document.querySelector('.review p').textContent.includes('bob')")
	if got := reviewIn(t, st, f.ID); got.Verdict != store.Agree || got.Note != "<i>my note</i>" || has(p, ".card [role=alert], .card i") {
		t.Errorf("the review is %+v", got)
	}
}
