package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
)

// TestToken has tokens expire: a new one is asked for once, for all elements.
func TestToken(t *testing.T) {
	s := newSite(t, `<feedback-buttons id="one" assistant="aia_asst_1" session="s1" message="m1"></feedback-buttons>
		<feedback-buttons id="two" assistant="aia_asst_1" session="s1" message="m2"></feedback-buttons>`)
	s.script = `
		window.asked = [];
		FeedbackButtons.token = async (who) => { asked.push(who); await null; return "token" + asked.length; };`
	s.tokens = map[string]handler.Visitor{"token1": anna}
	p := s.open(t)
	p.Expect(`status of 401`)
	asked := func(want int) {
		t.Helper()
		if got := Eval[int](p, "asked.length"); got != want {
			t.Errorf("%d tokens were asked for, want %d", got, want)
		}
	}
	p.Click(up("#one"))
	has(p, "up", "#one")
	asked(1)
	if got := Eval[string](p, `JSON.stringify(asked[0])`); got != `{"assistant":"aia_asst_1","session":"s1","user":null}` {
		t.Errorf("the token was asked for %s", got)
	}

	expire := func(tokens ...string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tokens = map[string]handler.Visitor{"anna": anna}
		for _, token := range tokens {
			s.tokens[token] = anna
		}
	}
	expire("token2")
	p.Click(down("#two"))
	p.Until(In("#two >>> [part=dialog]"))
	has(p, "down", "#two")
	p.Click("#two >>> [part=skip]")
	p.Click(up("#one"))
	has(p, "", "#one")
	asked(2)
	s.want(t, nil)

	expire() // for good
	p.Click(up("#one"))
	p.Until(In("#one >>> [part=group] + [role=status]") + ".textContent === " + quote(denied))
	has(p, "", "#one")
	asked(3)
}

// TestTokenFails has the host's function fail, for the look-up, its repetition and the vote, and work
// the next time.
func TestTokenFails(t *testing.T) {
	s := newSite(t, strings.Replace(element, `token="anna"`, "", 1))
	s.script = `let calls = 0; FeedbackButtons.token = async () => { if (calls++ < 3) throw new Error("no token today"); return "anna"; };
		document.addEventListener("feedback-error", ({ detail }) => { window.error = detail.action + ": " + detail.error.message; });`
	p := s.open(t)
	p.Until(`window.error === "load: no token today"`)
	p.Click(up())
	p.Until(`window.error === "save: no token today"`)
	says(p, failed)
	p.Click(up())
	has(p, "up")
	s.want(t, &vote{Score: 1})
}

// tokenless is an element whose token a function has to say.
var tokenless = strings.Replace(element, ` token="anna"`, "", 1)

// TestNoTokenNoRequest has a function return what is no token: nothing is sent, and it is asked again.
func TestNoTokenNoRequest(t *testing.T) {
	s := newSite(t, tokenless)
	s.script = `
		const answers = ["<html>\n<h1>502 Bad Gateway</h1>", undefined, null, "", "please log in", {token: "anna"}, 7, '{"token":"anna"}'];
		window.errors = [];
		document.addEventListener("feedback-error", ({ detail }) => errors.push(detail.error.message));
		FeedbackButtons.token = () => answers.length ? answers.shift() : Promise.resolve(" anna\n");`
	p := s.open(t)
	for n := 1; n < 8; n += 2 { // a look-up, and with each press another and the vote
		p.Until(fmt.Sprintf(`errors.length === %d`, n))
		if n < 7 {
			p.Click(up())
		}
	}
	if got := Eval[string](p, `[...new Set(errors)].join()`); got != "there is no token: it must be a string as RFC 6750 has it" {
		t.Errorf("the errors are %s", got)
	}
	if calls := s.called(""); len(calls) != 0 {
		t.Errorf("there were %q", calls)
	}
	p.Click(up())
	p.Until(`errors.length === 8`)
	has(p, "up")
	s.want(t, &vote{Score: 1})
}

// TestTokenIsToCome has the page say that it will have a token: until then nothing is sent.
func TestTokenIsToCome(t *testing.T) {
	s := newSite(t, strings.Replace(element, `"anna"`, `""`, 1))
	p := s.open(t)
	p.Until(In(up()) + "?.disabled")
	p.Exec("requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn = true; }))")
	p.Until("window.drawn")
	if calls := s.called(""); len(calls) != 0 {
		t.Errorf("there were %q", calls)
	}
	p.Exec(`document.querySelector("feedback-buttons").token = async () => "anna"`)
	has(p, "")
	p.Click(up())
	has(p, "up")
}

// TestTokenIsDropped has a request fail without an answer: the next one comes with a new token.
func TestTokenIsDropped(t *testing.T) {
	s := newSite(t, tokenless)
	s.script = `
		window.asked = 0; window.errors = 0;
		document.addEventListener("feedback-error", () => errors++);
		FeedbackButtons.token = async () => { asked++; return "anna"; };`
	s.intercept(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	p := s.open(t)
	p.Expect(`net::ERR_`)
	p.Until("errors === 1")
	s.intercept(nil)
	p.Click(up())
	has(p, "up")
	if n := Eval[int](p, "asked"); n != 2 {
		t.Errorf("%d tokens were asked for, want 2: one failed", n)
	}
}

// TestSlowToken has a function that never answers, and then one that does.
func TestSlowToken(t *testing.T) {
	s := newSite(t, tokenless)
	s.script = `
		const timeout = setTimeout;
		window.setTimeout = (f, ms, ...args) => timeout(f, ms / 100, ...args);
		document.addEventListener("feedback-error", ({ detail }) => { window.error = detail.error.message; });
		let calls = 0;
		FeedbackButtons.token = () => calls++ ? "anna" : new Promise(() => {});`
	p := s.open(t)
	p.Until(`window.error === "the token function takes too long"`)
	p.Click(up())
	has(p, "up")
}

// TestRenders has a page that draws itself anew give a new function each time, as React does, while the
// token and the look-up are slow.
func TestRenders(t *testing.T) {
	s := newSite(t, tokenless+strings.Replace(tokenless, "m1", "m2", 1))
	s.script = `
		window.asked = 0;
		const slow = new Promise((resolve) => { window.answer = () => resolve("anna"); });
		const draw = () => {
			for (const element of document.querySelectorAll("feedback-buttons")) element.token = async () => { asked++; return slow; };
		};
		window.render = async () => {
			for (let i = 0; i < 50; i++) {
				draw();
				await new Promise(requestAnimationFrame);
			}
		};
		draw();`
	release := s.hold(t, "GET")
	p := s.open(t)
	Eval[any](p, "render()")
	p.Exec("answer()")
	Eval[any](p, "render()")
	release()
	has(p, "")
	p.Click(up())
	has(p, "up")
	Eval[any](p, "render()")
	if n, gets := Eval[int](p, "asked"), s.called("GET"); n != 1 || len(gets) != 1 {
		t.Errorf("151 renders asked for %d tokens and %q, want one each", n, gets)
	}
}

// TestLogin has another person log in: setting the page's function again forgets the first one's token.
func TestLogin(t *testing.T) {
	s := newSite(t, tokenless)
	s.tokens["ben"] = handler.Visitor{Assistant: "aia_asst_1", Session: "s1", User: "ben"}
	s.call(t, "PUT", "ben", "m1", `{"score":0}`)
	s.script = `window.login = (who) => { FeedbackButtons.token = async () => who; }; login("anna");`
	p := s.open(t)
	p.Click(up())
	has(p, "up")
	p.Exec(`login("ben")`)
	has(p, "down")
	p.Click(down())
	has(p, "")
	s.want(t, &vote{Score: 1})
	if v := s.vote(t, "ben", "m1"); v != nil {
		t.Errorf("ben's vote is %+v", v)
	}
}
