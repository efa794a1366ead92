// Package browser drives Chromium for tests of what a person sees: the
// <feedback-buttons> element here, other pages from packages of their own.
//
//	func TestMain(m *testing.M) { browser.Main(m) }
//
//	func TestPage(t *testing.T) {
//		p := browser.New(t)
//		p.Open(server.URL)
//		p.Click("#save")
//		p.Until(`document.querySelector("#saved")`)
//		p.Axe()
//	}
//
// A test fails if its page wrote errors or warnings to the console, a violation
// of its Content-Security-Policy among them, or asked another host than those
// that it opened.
package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// deadline is how long anything may take on a busy machine.
const deadline = time.Minute

// Main runs a package's tests and then stops the browser that they share.
func Main(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

var stop = func() {}

// start starts the browser that all tests of a process share.
var start = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "feedbacks-chromium-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dir),
		chromedp.WSURLReadTimeout(deadline),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), // nothing leaves this machine
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx)
	stop = func() {
		chromedp.Cancel(ctx)
		cancel()
		os.RemoveAll(dir)
	}
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, err
	}
	return ctx, nil
})

// need ends the test because of what is missing: it skips, but fails in CI.
func need(t testing.TB, what string, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s, `make test` installs it: %v", what, err)
	}
	t.Skipf("no %s, `make test` installs it: %v", what, err)
}

// A Page is one tab of the browser.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	opened   []string // hosts
	asked    []string // URLs
	messages []string // the console's errors and warnings
	expected []*regexp.Regexp
}

// New returns an empty page of a person without cookies or storage, in light
// colours, 1024 by 768.
func New(t testing.TB) *Page {
	t.Helper()
	browser, err := start()
	if errors.Is(err, exec.ErrNotFound) {
		need(t, "chromium", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return newPage(t, browser, chromedp.WithNewBrowserContext())
}

// Tab returns another tab of the same person, in front of this one.
func (p *Page) Tab() *Page {
	p.t.Helper()
	return newPage(p.t, p.ctx, chromedp.WithNewWindow(false))
}

func newPage(t testing.TB, parent context.Context, option chromedp.ContextOption) *Page {
	t.Helper()
	p := &Page{t: t}
	var cancel context.CancelFunc
	p.ctx, cancel = chromedp.NewContext(parent, option, chromedp.WithListener(p.listen))
	t.Cleanup(func() {
		t.Helper()
		p.check()
		cancel()
	})
	if err := chromedp.Do(p.ctx); err != nil { // not with a deadline, which would end the tab
		t.Fatal(err)
	}
	p.Size(1024, 768)
	p.Media(map[string]string{"prefers-color-scheme": "light"})
	return p
}

func (p *Page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.asked = append(p.asked, e.Request.URL)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.messages = append(p.messages, fmt.Sprintf("%s: %s (%s)", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *cdpruntime.EventExceptionThrown:
		p.messages = append(p.messages, (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			var text []string
			for _, arg := range e.Args {
				text = append(text, strings.Trim(string(arg.Value), `"`)+arg.Description)
			}
			p.messages = append(p.messages, fmt.Sprintf("console.%s: %s", e.Type, strings.Join(text, " ")))
		}
	}
}

// Expect allows errors in the console that match a regular expression. Chromium
// writes one for every answer of 400 and above:
//
//	p.Expect(`status of 404 .*/Feedback\)$`)
func (p *Page) Expect(pattern string) { p.expected = append(p.expected, regexp.MustCompile(pattern)) }

// Problems returns what the page has done so far that fails its test.
func (p *Page) Problems() (problems []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.messages {
		if !slices.ContainsFunc(p.expected, func(e *regexp.Regexp) bool { return e.MatchString(m) }) {
			problems = append(problems, m)
		}
	}
	for _, asked := range p.asked {
		u, err := url.Parse(asked)
		if err != nil || u.Scheme != "data" && u.Scheme != "about" && u.Scheme != "blob" && !slices.Contains(p.opened, u.Host) {
			problems = append(problems, "a request to another host: "+asked)
		}
	}
	return problems
}

func (p *Page) check() {
	p.t.Helper()
	for _, problem := range p.Problems() {
		p.t.Errorf("the page: %s", problem)
	}
}

// Requests returns the URLs that the page has asked for since it was made.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// Run runs an action of chromedp's that has a value, Do some that have none.
func Run[T any](p *Page, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, deadline)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

// Do runs actions of chromedp's.
func (p *Page) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	Run(p, chromedp.Steps(steps...))
}

// Open opens a URL and waits until the page is loaded.
func (p *Page) Open(address string) {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.opened = append(p.opened, u.Host)
	p.mu.Unlock()
	p.Do(chromedp.Navigate(address))
}

// Front makes this tab the visible one.
func (p *Page) Front() {
	p.t.Helper()
	Run(p, func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, t, page.BringToFront, cdp.Empty{})
	})
}

// Eval returns the value of a JavaScript expression, or of the promise that it is.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return Run(p, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Exec runs JavaScript statements.
func (p *Page) Exec(statements string) {
	p.t.Helper()
	p.Do(chromedp.Evaluate[chromedp.Void](statements))
}

// Until waits until a JavaScript expression is true.
func (p *Page) Until(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, deadline)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	var err error
	for {
		var ok bool
		if ok, err = chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); ok {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			p.t.Fatalf("after %v this is not true: %s (last error: %v)", deadline, expression, err)
		}
	}
}

// In returns the JavaScript expression for an element, for Eval and Until:
// selectors for CSS, with >>> before each that applies in the shadow root of what
// was found before.
func In(selector string) string {
	expression := "document"
	for i, s := range strings.Split(selector, ">>>") {
		if i > 0 {
			expression += "?.shadowRoot"
		}
		quoted, _ := json.Marshal(strings.TrimSpace(s))
		expression += "?.querySelector(" + string(quoted) + ")"
	}
	return expression
}

// Click clicks in the middle of an element, once it is visible, with the mouse.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Do(chromedp.Click(chromedp.JSPath(In(selector)), chromedp.NodeVisible))
}

// DoubleClick clicks there twice, and does something between.
func (p *Page) DoubleClick(selector string, between ...func()) {
	p.t.Helper()
	at := Eval[struct{ X, Y float64 }](p, "(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))("+In(selector)+".getBoundingClientRect())")
	p.Do(chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(1)))
	for _, f := range between {
		f()
	}
	p.Do(chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(2)))
}

// Type types text, or keys such as kb.Tab, into what has the focus.
func (p *Page) Type(keys string) {
	p.t.Helper()
	p.Do(chromedp.KeyEvent(keys))
}

// Hold holds a key for so long that it repeats, and does something before it does.
func (p *Page) Hold(key rune, before ...func()) {
	p.t.Helper()
	events := kb.Encode(key)
	down, up := *events[0], *events[len(events)-1]
	down.Text = string(key) // with its character, so that a page which cancels the one cancels the other
	dispatch := func(e input.DispatchKeyEventParams) {
		Run(p, func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
			return cdp.Call(ctx, t, input.DispatchKeyEvent, e)
		})
	}
	dispatch(down)
	for _, f := range before {
		f()
	}
	down.AutoRepeat = new(true)
	dispatch(down)
	dispatch(down)
	dispatch(up)
}

// Size sets the size of the viewport.
func (p *Page) Size(width, height int) {
	p.t.Helper()
	p.Do(chromedp.EmulateViewport(int64(width), int64(height)))
}

// Media sets media features, such as prefers-color-scheme to dark, and resets
// all others, but for prefers-reduced-motion: that is "reduce" unless it is set, so
// that nothing moves while it is looked at.
func (p *Page) Media(features map[string]string) {
	p.t.Helper()
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}
	for name, value := range features {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: name, Value: value})
	}
	Run(p, func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, t, emulation.SetEmulatedMedia, params)
	})
}

// Zone sets the time zone of the browser, by its name in the IANA database.
func (p *Page) Zone(name string) {
	p.t.Helper()
	Run(p, func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name})
	})
}

// axe returns axe-core's source.
var axe = sync.OnceValues(func() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	source, err := os.ReadFile(filepath.Join(filepath.Dir(here), "node_modules/axe-core/axe.min.js"))
	return string(source), err
})

// Axe fails the test for every violation of accessibility that axe-core finds in
// the page as it is now.
func (p *Page) Axe() {
	p.t.Helper()
	for _, violation := range p.Violations() {
		p.t.Errorf("axe: %s", violation)
	}
}

// Violations returns what axe-core finds.
func (p *Page) Violations() []string {
	p.t.Helper()
	source, err := axe()
	if err != nil {
		need(p.t, "axe-core", err)
	}
	p.Exec(source)
	return Eval[[]string](p, `axe.run().then(({ violations }) => violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary)))`)
}

// Screenshot keeps a picture of the viewport in the directory that the
// environment names with FEEDBACKS_SCREENSHOTS, if it does.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv("FEEDBACKS_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), Run(p, chromedp.CaptureScreenshot()), 0o644); err != nil {
		p.t.Fatal(err)
	}
}
