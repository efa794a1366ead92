package browser

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/humanfeedback/feedbacks/handler"
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

// TestNames rates a conversation, with ids that a path must not take literally.
func TestNames(t *testing.T) {
	who := handler.Visitor{Assistant: "aia/asst?1#%2F", Session: "محادثة ١/٢", User: "שרה כהן"}
	s := newSite(t, `<feedback-buttons id="session" assistant="aia/asst?1#%2F" session="محادثة ١/٢" user="שרה כהן" token="t"></feedback-buttons>
		<feedback-buttons id="message" assistant="aia/asst?1#%2F" session="محادثة ١/٢" message="{رسالة}/.." user="שרה כהן" token="t" tags="صفحة: أولى"
			text-answer="قيّم هذه الإجابة" text-up="مفيد" text-down="غير مفيد" text-title="ما المشكلة؟" correction text-correction="ماذا كان ينبغي أن يقول؟" text-note="هل تريد إضافة شيء؟ (اختياري)"
			text-skip="تخطٍّ" text-save="إرسال" reasons="wrong=غير صحيح, slow=بطيء جدًا, other=شيء آخر"></feedback-buttons>`)
	s.dir = "rtl"
	s.tokens["t"] = who
	p := s.open(t)
	p.Click(up("#session"))
	has(p, "up", "#session")
	if v := s.vote(t, "t", ""); v == nil || v.SessionID != who.Session || v.MessageID != "" || v.UserID != who.User || v.Score != 1 {
		t.Errorf("the API has %+v", v)
	}
	p.Click(down("#message"))
	p.Until(In("#message >>> [part=dialog]"))
	p.Click("#message >>> [value=slow]")
	p.Click("#message >>> [part=note]")
	p.Type("بطيء 🐢")
	if label := Eval[string](p, In("#message >>> [part=correction]")+".labels[0].textContent"); label != "ماذا كان ينبغي أن يقول؟" {
		t.Errorf("the field for a correction is labelled %q", label)
	}
	p.Click("#message >>> [part=correction]")
	p.Type("اثنان")
	p.Screenshot("rtl")
	p.Axe()
	p.Click("#message >>> [part=save]")
	p.Until("!" + In("#message >>> [part=dialog]"))
	if v := s.vote(t, "t", "{رسالة}/.."); v == nil || v.MessageID != "{رسالة}/.." || v.Text != "بطيء 🐢" || v.Correction != "اثنان" || !slices.Equal(v.Tags, []string{"صفحة: أولى", "slow"}) {
		t.Errorf("the API has %+v", v)
	}
	if label := Eval[string](p, In(up("#message"))+".ariaLabel"); label != "مفيد" {
		t.Errorf("the label is %q", label)
	}
	p.Open(s.URL)
	has(p, "down", "#message")
	has(p, "up", "#session")
}

// TestIncomplete has an element wait for its ids, ask nothing before, and forget
// one message's vote when it is given another's.
func TestIncomplete(t *testing.T) {
	s := newSite(t, `<feedback-buttons id="it" assistant="aia_asst_1" session="s1" message="" token="anna"></feedback-buttons>
		<feedback-buttons id="dots" assistant="aia_asst_1" session="s1" message=".." token="anna"></feedback-buttons>
		<feedback-buttons id="none" assistant="aia_asst_1" token="anna"></feedback-buttons>
		<feedback-buttons id="last" assistant="aia_asst_1" session="s1" message="last" token="anna"></feedback-buttons>`)
	p := s.open(t)
	has(p, "", "#last")
	for _, id := range []string{"#it", "#dots", "#none"} {
		if !Eval[bool](p, In(up(id))+".disabled && "+In(down(id))+".disabled") {
			t.Errorf("%s can be pressed", id)
		}
	}
	p.Click(up("#last"))
	has(p, "up", "#last")
	p.Exec(In("#it") + ".setAttribute('message', 'm1')")
	p.Click(up("#it"))
	has(p, "up", "#it")
	if now := Eval[string](p, In("#it")+".setAttribute('message', 'm2') ?? "+In("#it")+".feedback + "+In(up("#it"))+".ariaPressed"); now != "nullfalse" {
		t.Errorf("the vote of another message stayed: %s", now)
	}
	p.Exec(In("#it") + ".setAttribute('message', 'last')")
	has(p, "up", "#it")
	s.want(t, &vote{Score: 1})
	for _, call := range slices.Concat(s.called("GET"), s.called("PUT")) {
		if call != "GET "+inSession && !strings.Contains(call, "/Messages/m") && !strings.Contains(call, "/Messages/last/") {
			t.Errorf("there was %s", call)
		}
	}
}

// TestLazy has only what can be seen looked up, and nothing that the page says.
func TestLazy(t *testing.T) {
	s := newSite(t, element+`<div id="given"></div><div class="below"><feedback-buttons id="far" assistant="aia_asst_1" session="s1" message="far" token="anna"></feedback-buttons></div>`)
	s.script = `
		const given = document.implementation.createHTMLDocument().createElement("feedback-buttons"); // not upgraded yet
		given.token = () => "anna";
		given.feedback = { score: 0, text: "known", tags: ["other", "page:1"] };
		for (const [name, value] of Object.entries({ assistant: "aia_asst_1", session: "s1", message: "given" })) given.setAttribute(name, value);
		document.querySelector("#given").append(given);`
	s.call(t, "PUT", "anna", "far", `{"score":1}`)
	p := s.open(t)
	has(p, "down", "#given feedback-buttons")
	p.Until("performance.getEntriesByType('resource').some((r) => r.name.includes('/v1/'))")
	shows(p, "", "#far")
	p.Exec(In("#far") + ".scrollIntoView()")
	has(p, "up", "#far")
	if got := s.called("GET"); !slices.Equal(got, []string{"GET " + inSession}) {
		t.Errorf("there were %q", got)
	}

	// Tags that are not offered as reasons stay with the record.
	p.Exec(In("#given feedback-buttons") + ".openDialog()")
	p.Click("#given feedback-buttons >>> [value=other]")
	p.Click("#given feedback-buttons >>> [value=incorrect]")
	p.Click("#given feedback-buttons >>> [part=save]")
	p.Until("!" + In("#given feedback-buttons >>> [part=dialog]"))
	if v := s.vote(t, "anna", "given"); v == nil || v.Text != "known" || !slices.Equal(v.Tags, []string{"page:1", "incorrect"}) {
		t.Errorf("the API has %+v", v)
	}
}

// TestMoved takes an element with an open dialog out of the page and puts it back.
func TestMoved(t *testing.T) {
	s := newSite(t, element)
	p := s.open(t)
	p.Click(down())
	p.Until(In(part("dialog")))
	p.Exec(`window.it = document.querySelector("feedback-buttons"); it.remove()`)
	s.call(t, "PUT", "anna", "m1", `{"score":1}`)
	p.Exec(`document.querySelector("h1").after(it)`)
	has(p, "up")
	if Eval[bool](p, "Boolean("+In(part("dialog"))+")") {
		t.Error("there still is the dialog")
	}
}

// TestPeople has two people in one page: neither sees the other's vote.
func TestPeople(t *testing.T) {
	s := newSite(t, `<div id="anna">`+element+`</div><div id="ben">`+strings.Replace(element, "anna", "ben", 1)+`</div>`)
	s.tokens["ben"] = handler.Visitor{Assistant: "aia_asst_1", Session: "s1", User: "ben"}
	p := s.open(t)
	const anna, ben = "#anna feedback-buttons", "#ben feedback-buttons"
	has(p, "", anna)
	p.Click(up(ben))
	has(p, "up", ben)
	s.call(t, "DELETE", "ben", "m1", "") // elsewhere
	p.Click(down(anna))
	p.Until(In(anna + " >>> [part=dialog]"))
	has(p, "down", anna)
	has(p, "", ben)
}

// TestUser has a host's own page say who votes, with full access.
func TestUser(t *testing.T) {
	s := newSite(t, `<feedback-buttons assistant="aia_asst_1" session="s1" message="m1" user="דנה & co" token="host"></feedback-buttons>`)
	s.tokens["host"] = handler.Visitor{}
	p := s.open(t)
	p.Click(up())
	has(p, "up")
	p.Open(s.URL)
	has(p, "up")
	if user := Eval[string](p, In("feedback-buttons")+".feedback.user_id"); user != "דנה & co" {
		t.Errorf("the vote is of %q", user)
	}
	// What the page's host noted of the answer stays with the record, whatever the person changes; what its server stamped it stamps anew.
	const path = "/v1/Assistants/aia_asst_1/Sessions/s1/Messages/m1/Feedback?UserId=%D7%93%D7%A0%D7%94%20%26%20co"
	for i, score := range []string{"1", "0"} {
		p.Exec(`fetch(` + quote(path) + `, {method: "PUT", headers: {Authorization: "Bearer host", "Content-Type": "application/json"},
			body: '{"score":` + score + `,"tags":["vip"],"metadata":{"model":"m-1"}}'})`)
		p.Open(s.URL)
		has(p, map[string]string{"1": "up", "0": "down"}[score])
		if score == "1" {
			p.Click(down())
		} else {
			p.Exec(In("feedback-buttons") + ".openDialog()")
		}
		p.Until(In(part("dialog")))
		p.Click(part("save"))
		p.Until("!" + In(part("dialog")))
		got := Eval[string](p, `fetch(`+quote(path)+`, {headers: {Authorization: "Bearer host"}}).then((r) => r.json()).then((r) => JSON.stringify([r.score, r.tags, r.metadata, r.stamped]))`)
		if want := []string{`[0,["vote:4"],{"model":"m-1","vote4":"x"},{"tags":["vote:4"],"metadata":["vote4"]}]`, // another thumb has no old tags
			`[0,["vip","vote:6"],{"model":"m-1","vote6":"x"},{"tags":["vote:6"],"metadata":["vote6"]}]`}[i]; got != want {
			t.Errorf("score, tags, metadata and what is stamped are %s, want %s", got, want)
		}
	}
	p.Click(down())
	has(p, "")
}

// TestOptions sets words, reasons and a prefix for the whole page, and keeps the
// page's shortcuts off what is typed.
func TestOptions(t *testing.T) {
	s := newSite(t, `<feedback-buttons id="it" assistant="aia_asst_1" session="s1" message="m1"></feedback-buttons>
		<feedback-buttons id="quiet" assistant="aia_asst_1" session="s1" message="m2" no-dialog></feedback-buttons>`)
	s.script = `
		FeedbackButtons.token = "anna";
		FeedbackButtons.endpoint = "/";
		FeedbackButtons.reasons = ["a", "b"];
		FeedbackButtons.messages = { up: "Bon", note: "Une note" };
		const it = document.querySelector("#it");
		it.messages = { up: "Gut", title: "Was war falsch?", save: "Senden" };
		document.addEventListener("keydown", ({ key }) => { window.keys = (window.keys ?? "") + key; });`
	p := s.open(t)
	p.Click(down("#quiet"))
	has(p, "down", "#quiet")
	p.Click(down("#it"))
	p.Until(In("#it >>> [part=dialog]"))
	p.Click("#it >>> [part=note]")
	p.Type("x")
	p.Until(In("#it >>> [part=note]") + `.value === "x"`)
	got := Eval[string](p, `const root = document.querySelector("#it").shadowRoot; [
		root.querySelector("[part~=up]").title, root.querySelector("[part~=down]").title, root.querySelector("[part=title]").textContent,
		root.querySelector("[part=save]").textContent, [...root.querySelectorAll("input")].map((i) => i.value),
		root.querySelector(".field").textContent, document.querySelector("#quiet").shadowRoot.querySelector("[part~=up]").ariaLabel, window.keys].join("|")`)
	if want := "Gut|Not helpful|Was war falsch?|Senden|a,b|Une note|Bon|"; got != want {
		t.Errorf("got %q, want %q", got, want)
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

// TestHelper sees that a page's faults fail its test.
func TestHelper(t *testing.T) {
	s := newSite(t, element+`<style>p { color: red }</style><img src="http://elsewhere.example/x.png"><input id="unnamed">`)
	s.script = `console.error("an error"); console.warn("a warning"); setTimeout(() => { window.thrown = true; throw new Error("thrown"); });
		console.log("no fault"); fetch("/nowhere").then((r) => r.text());`
	p := &Page{}
	t.Run("page", func(t *testing.T) {
		p = New(quiet{t})
		p.Open(s.URL)
		p.Until("window.thrown && performance.getEntriesByType('resource').some((r) => r.name.endsWith('/nowhere'))")
		if got := p.Violations(); len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), "#unnamed") {
			t.Errorf("axe found %q", got)
		}
	})
	problems := strings.Join(p.Problems(), "\n")
	for _, want := range []string{"an error", "a warning", "thrown", "Content Security Policy", "elsewhere.example", "404"} {
		if !strings.Contains(problems, want) {
			t.Errorf("%q was not seen in\n%s", want, problems)
		}
	}
	if strings.Contains(problems, "no fault") {
		t.Errorf("too much in\n%s", problems)
	}
}

// quiet is a test that problems do not fail.
type quiet struct{ *testing.T }

func (q quiet) Errorf(string, ...any) {}
