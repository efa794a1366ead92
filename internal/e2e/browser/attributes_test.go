package browser

import (
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
)

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
