package browser

import (
	"strings"
	"testing"
)

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
