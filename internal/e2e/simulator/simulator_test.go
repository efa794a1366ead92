// Package simulator tests the example's Simulator and console as a new user sees
// them, and makes the pictures in the README.
package simulator

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/internal/e2e/example"
	"github.com/humanfeedback/feedbacks/store"
)

func TestMain(m *testing.M) { browser.Main(m) }

// nth returns the selector of something in the nth message.
func nth(n int, selector string) string {
	return fmt.Sprintf("#messages > li:nth-child(%d) %s", n, selector)
}

// open opens the Simulator.
func open(t *testing.T, s example.Server) *browser.Page {
	t.Helper()
	p := browser.New(t)
	p.Expect(`status of 404 .*/Feedback\?UserId=.*\)$`) // no vote yet
	p.Open(s.URL + "/")
	p.Until(`document.querySelector("#facts dd")`)
	return p
}

// ask asks a question with the keyboard, and waits for the thumbs below the answer,
// which is the nth message.
func ask(p *browser.Page, n int, question string) {
	p.Exec(`document.querySelector("#message").focus()`)
	p.Type(question + "\r")
	p.Until(browser.In(nth(n, "feedback-buttons")))
}

// is waits until the thumbs of the nth message show a vote.
func is(p *browser.Page, n int, up, down bool) {
	for name, pressed := range map[string]bool{"up": up, "down": down} {
		p.Until(fmt.Sprintf(`%s?.ariaPressed === "%t"`, browser.In(nth(n, "feedback-buttons >>> [part~="+name+"]")), pressed))
	}
}

// console opens the page that the Simulator's link leads to, signed in.
func console(t *testing.T, s example.Server, p *browser.Page) *browser.Page {
	t.Helper()
	c := browser.New(t)
	link := browser.Eval[string](p, `document.querySelector("#console").href`)
	c.Open(strings.Replace(link, "://", "://"+s.Account+":"+s.Token+"@", 1))
	return c
}

// With -simulator a browser asks once for the account and its token, and then the
// page works as it does without.
func TestASimulatorToSignInTo(t *testing.T) {
	s := example.Start(t, "-simulator")
	p := browser.New(t)
	p.Expect(`status of 404 .*/Feedback\?UserId=.*\)$`) // no vote yet
	if resp, err := http.Get(s.URL); err != nil || resp.StatusCode != 401 {
		t.Fatalf("%v, %v: the page is there for everyone", resp, err)
	}
	p.Open(strings.Replace(s.URL, "://", "://"+s.Account+":"+s.Token+"@", 1) + "/simulator/simulator.css")
	p.Open(s.URL + "/")
	p.Until(`document.querySelector("#facts dd")`)
	ask(p, 2, "Where is the feedback kept?")
	p.Click(nth(2, "feedback-buttons >>> [part~=up]"))
	is(p, 2, true, false)
}

func TestGiveChangeAndFindFeedback(t *testing.T) {
	example.OnEveryStore(t, testGiveChangeAndFindFeedback)
}

func testGiveChangeAndFindFeedback(t *testing.T, s example.Server) {
	p := open(t, s)
	p.Click("#suggestions li:nth-child(2) button")
	p.Until(`document.querySelector("#messages feedback-buttons") && document.querySelector("#messages").textContent.includes("Four stores")`)
	p.Click(nth(2, "feedback-buttons >>> [part~=up]"))
	p.Until(`document.querySelector(".hint").textContent.startsWith("Saved: score 1.")`)
	p.Click(nth(2, "feedback-buttons >>> [part~=down]"))
	p.Click(nth(2, "feedback-buttons >>> textarea"))
	p.Type("Which is fastest?")
	p.Click(nth(2, "feedback-buttons >>> [part~=save]"))
	p.Until(`document.querySelector(".hint").textContent.startsWith("Saved: score 0, with a note.")`)
	if scenes := browser.Eval[string](p, `document.querySelector("#events").textContent`); !strings.Contains(scenes, "Bearer [token]") ||
		!strings.Contains(scenes, "Which is fastest?") || !strings.Contains(scenes, "matched: stores") || strings.Contains(scenes, "eyJ") {
		t.Errorf("behind the scenes is %s", scenes)
	}
	p.Axe()
	c := console(t, s, p)
	c.Until(`document.body.textContent.includes("Which is fastest?")`)

	p.Open(s.URL + "/") // remembered
	is(p, 2, false, true)
	p.Click(nth(2, "feedback-buttons >>> [part~=down]"))
	p.Until(`document.querySelector(".hint").textContent.startsWith("Taken back")`)
	c = console(t, s, p)
	c.Until(`!document.body.textContent.includes("Which is fastest?")`)
}

func TestACorrectionReachesTheConsole(t *testing.T) {
	s := example.Start(t)
	p := open(t, s)
	ask(p, 2, "How heavy is the moon?")
	p.Click(nth(2, "feedback-buttons >>> [part~=down]"))
	p.Click(nth(2, "feedback-buttons >>> [part~=correction]"))
	p.Type("7.3e22 kg")
	p.Click(nth(2, "feedback-buttons >>> [part~=save]"))
	p.Until(`document.querySelector(".hint").textContent.startsWith("Saved: score 0, with a correction.")`)
	c := console(t, s, p)
	c.Until(`document.querySelector(".correction")?.textContent.replace(/\s+/g, " ").trim() === "Should have been 7.3e22 kg"`)
}

func TestEverybodyHasVotesOfTheirOwn(t *testing.T) {
	p := open(t, example.Start(t))
	be := func(user string) {
		p.Exec(`document.querySelector("#user").select()`)
		p.Type(user + "\t")
		p.Until(`document.querySelector("#facts").textContent.includes(` + fmt.Sprintf("%q", user) + `)`)
	}
	ask(p, 2, "undo")
	p.Click(nth(2, "feedback-buttons >>> [part~=up]"))
	is(p, 2, true, false)
	p.Until(`document.querySelector(".hint").textContent.startsWith("Saved")`)
	be("user:bob")
	is(p, 2, false, false)
	be("user:ann")
	is(p, 2, true, false)
	p.Click("#who button")
	p.Until(`!document.querySelector("#messages li") && !document.querySelector("#welcome").hidden`)
	if focus := browser.Eval[string](p, "document.activeElement.id"); focus != "message" {
		t.Errorf("a new session focuses %q", focus)
	}
}

func TestItStopsAndSaysWhatFails(t *testing.T) {
	s := example.Start(t)
	p := open(t, s)
	p.Exec(`document.querySelector("#message").focus()`)
	p.Type("console\r")
	p.Until(`document.querySelector(".busy .text")?.textContent.length > 20`)
	p.Click("#send")
	p.Until(`document.querySelector("#messages .alert")?.textContent === "Stopped." && document.querySelector("#send").textContent === "Send"`)
	p.Exec(`globalThis.f = fetch; fetch = (url, init) => String(url).endsWith("chat") ? Promise.reject(new TypeError("no")) : f(url, init)`)
	p.Click("#message")
	p.Type("tokens\r")
	p.Until(`document.querySelectorAll("#messages .alert")[1]?.textContent === "The server does not answer."`)
	// A vote that fails is not said to be saved.
	p.Exec(`globalThis.g = fetch; fetch = (url, init) => String(url).includes("/v1/") ? Promise.reject(new TypeError("no")) : g(url, init)`)
	p.Click(nth(2, "feedback-buttons >>> [part~=up]"))
	p.Until(browser.In(nth(2, "feedback-buttons >>> [role=group] + [role=status]")) + `.textContent.startsWith("That was not saved")`)
	is(p, 2, false, false)
	if text := browser.Eval[string](p, `document.querySelector("#messages").textContent`); strings.Contains(text, "Saved:") {
		t.Errorf("the page says %q", text)
	}
	p.Axe()
}

func TestItLooksRightAtEverySize(t *testing.T) {
	s := example.Start(t)
	for _, size := range [][2]int{{1440, 900}, {768, 1024}, {360, 740}} {
		for _, scheme := range []string{"light", "dark"} {
			p := open(t, s)
			p.Size(size[0], size[1])
			p.Media(map[string]string{"prefers-color-scheme": scheme})
			p.Axe()
			name := fmt.Sprintf("-%d-%s", size[0], scheme)
			look(t, p, "welcome"+name)
			ask(p, 2, "How do I mount it?")
			p.Click(nth(2, "feedback-buttons >>> [part~=up]"))
			p.Until(`document.querySelector(".hint a")`)
			p.Axe()
			look(t, p, "voted"+name)
			p.Exec(`document.querySelector("#scenes").open = true; document.querySelector("#scenes").scrollIntoView()`)
			p.Axe()
			look(t, p, "scenes"+name)
		}
	}
}

// look fails if a page is wider than its window, or scrolls where only its parts do.
func look(t *testing.T, p *browser.Page, name string) {
	t.Helper()
	if more := browser.Eval[int](p, "innerWidth < 960 ? 0 : document.documentElement.scrollHeight - innerHeight"); more > 0 {
		t.Errorf("%s is %d px too high", name, more)
	}
	if more := browser.Eval[int](p, "document.documentElement.scrollWidth - innerWidth"); more > 0 {
		t.Errorf("%s is %d px too wide", name, more)
	}
	p.Screenshot("simulator-" + name)
}

// TestScreenshots makes the README's pictures, where FEEDBACKS_SCREENSHOTS says.
func TestScreenshots(t *testing.T) {
	s := example.Start(t)
	for _, body := range []string{
		`{"session_id":"s2","message_id":"m1","user_id":"user:bob","score":1,"text":"Exactly what I needed, thank you!"}`,
		`{"session_id":"s3","message_id":"m4","user_id":"user:eve","score":1,"tags":["v2"]}`,
		`{"session_id":"s4","message_id":"m2","user_id":"user:joe","score":0,"text":"The link in step 3 is dead.","tags":["incorrect","v2"]}`,
	} {
		send(t, s, "application/json", body, 201)
	}
	p := open(t, s)
	p.Size(1100, 720)
	ask(p, 2, "Where is feedback kept?")
	p.Click(nth(2, "feedback-buttons >>> [part~=up]"))
	ask(p, 4, "What does the moon weigh?")
	p.Click(nth(4, "feedback-buttons >>> [part~=down]"))
	p.Click(nth(4, "feedback-buttons >>> .reason:nth-of-type(2)"))
	p.Click(nth(4, "feedback-buttons >>> textarea"))
	p.Type("It knows its library, but not the moon.")
	p.Click(nth(4, "feedback-buttons >>> [part~=save]"))
	p.Until(`document.querySelector("#messages > li:nth-child(4) .hint").textContent.includes("note")`)
	p.Exec(`for (const d of document.querySelectorAll("#events details")) d.open = false`)
	p.Screenshot("simulator")
	c := browser.New(t)
	c.Size(1100, 720)
	c.Open(strings.Replace(s.URL, "://", "://"+s.Account+":"+s.Token+"@", 1) + "/console/feedback?Assistant=aia_asst_demo")
	c.Until(`document.body.textContent.includes("not the moon")`)
	c.Screenshot("console")
	c.Click(".card .when a")
	c.Until(`document.querySelector(".conversation [aria-current=true]")`)
	c.Size(1100, 860)
	c.Screenshot("record")
	for i, assistant := range []string{"aia_asst_orders", "aia_asst_travel"} {
		sendTo(t, s, assistant, "application/json", fmt.Sprintf(`{"session_id":"s1","score":%d}`, 1-i), 201)
	}
	c.Open(s.URL + "/console/")
	c.Until(`document.querySelectorAll(".assistants li").length === 3`)
	c.Size(1100, 440)
	c.Screenshot("assistants")
	c.Size(1100, 720)
	var versions strings.Builder
	for i, positive := range []int{52, 55, 68, 90} {
		for n := range []int{310, 265, 240, 12}[i] {
			score := 0
			if n*37%100 < positive {
				score = 1
			}
			at := time.Date(2026, 10, 20+8*i+n%9, 12, 0, n, 0, time.UTC)
			fmt.Fprintf(&versions, `{"id":%q,"session_id":"s%d","score":%d,"tags":["prompt:%d","model:small-2"],"created_at":%[5]q,"updated_at":%[5]q}`+"\n",
				store.NewID(at), n, score, i+1, at.Format(time.RFC3339))
		}
	}
	send(t, s, "application/x-ndjson", versions.String(), 200)
	c.Open(s.URL + "/console/compare?Assistant=aia_asst_demo&Compare=prompt:&A=prompt:3&B=prompt:2")
	c.Until(`document.querySelectorAll(".compared tbody tr").length === 4`)
	c.Size(1240, 880)
	c.Screenshot("compare")
	if dir := os.Getenv("FEEDBACKS_SCREENSHOTS"); dir != "" {
		for _, name := range []string{"simulator", "console", "record", "assistants", "compare"} {
			shrink(t, filepath.Join(dir, name+".png"))
		}
	}
}

// send posts feedback to the demo's assistant.
func send(t *testing.T, s example.Server, contentType, body string, status int) {
	t.Helper()
	sendTo(t, s, "aia_asst_demo", contentType, body, status)
}

func sendTo(t *testing.T, s example.Server, assistant, contentType, body string, status int) {
	t.Helper()
	req, _ := http.NewRequest("POST", s.URL+"/v1/Assistants/"+assistant+"/Feedbacks", strings.NewReader(body))
	req.SetBasicAuth(s.Account, s.Token)
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, _ := io.ReadAll(resp.Body); resp.StatusCode != status || strings.Contains(string(answer), `"errors":[{`) {
		t.Fatalf("%d %s, want %d", resp.StatusCode, answer, status)
	}
}
