package promptfoo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/internal/e2e/example"
)

func TestMain(m *testing.M) { browser.Main(m) }

// From the thumb to the answer, and to a test of the next one: somebody corrects an
// answer, a colleague agrees, and what was said goes into datasets, until the person's
// erasure empties all of it.
func TestFromTheThumbToTheDataset(t *testing.T) {
	s := example.Start(t, "-allow-delete")
	p := browser.New(t)
	p.Expect(`status of 404 .*/Feedback\?UserId=.*\)$`) // no vote yet
	p.Open(s.URL + "/")
	p.Until(`document.querySelector("#facts dd")`)
	p.Exec(`document.querySelector("#message").focus()`)
	p.Type("How heavy is the moon?\r")
	const answer = "#messages > li:nth-child(2) feedback-buttons"
	p.Until(browser.In(answer))
	p.Click(answer + " >>> [part~=down]")
	p.Click(answer + " >>> [part~=correction]")
	p.Type("7.3e22 kg")
	p.Click(answer + " >>> [part~=save]")
	p.Until(`document.querySelector(".hint").textContent.startsWith("Saved: score 0, with a correction.")`)

	c := browser.New(t)
	c.Open(strings.Replace(s.URL, "://", "://"+s.Account+":"+s.Token+"@", 1) + "/console/")
	c.Click(".assistants [href*='Waiting=true']")
	c.Until(`document.querySelectorAll(".card").length === 1`)
	c.Click(".card .when a")
	c.Until(`document.querySelector(".conversation [aria-current=true]")`)
	said := func(selector string) string {
		return strings.Join(strings.Fields(browser.Eval[string](c, browser.In(selector)+"?.textContent ?? ''")), " ")
	}
	if got := said(".turn:first-child .said"); got != "How heavy is the moon?" || !strings.HasPrefix(said("[aria-current=true]"), "assistant Rated 0%") || said(".correction blockquote") != "7.3e22 kg" {
		t.Errorf("the conversation is %q, and marked in it %q", said(".turns"), said("[aria-current=true]"))
	}
	c.Axe()
	file := func(format string) string {
		t.Helper()
		return browser.Eval[string](c, `fetch(location.origin + "/console/export?Assistant=aia_asst_demo&Format=`+format+`").then(async (r) => r.status + await r.text())`)
	}
	if got := file("dpo"); got != "200" {
		t.Errorf("before a review the dataset is %s", got)
	}
	c.Type("a")
	c.Until(`document.querySelector(".review p").textContent.includes("Agree")`)
	c.Open(s.URL + "/console/")
	if got := said(".assistants"); strings.Contains(got, "waiting") {
		t.Errorf("the start page says %s", got)
	}
	if got := file("dpo"); !strings.HasPrefix(got, `200{"input":{"messages":[{"role":"user","content":"How heavy is the moon?"}]},"preferred_output":[{"role":"assistant","content":"7.3e22 kg"}],"non_preferred_output":[{"role":"assistant","content":`) {
		t.Errorf("the dataset is %s", got)
	}
	tests := strings.TrimPrefix(file("promptfoo"), "200")
	var test struct {
		Metadata struct{ ID string }
	}
	if err := json.Unmarshal([]byte(tests), &test); err != nil {
		t.Fatalf("%v in %s", err, tests)
	}
	if os.Getenv("FEEDBACKS_LONG") != "" { // make test-long installs promptfoo
		path := filepath.Join(t.TempDir(), "feedback.promptfoo.jsonl")
		if err := os.WriteFile(path, []byte(tests), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := run(t, path); len(got.Cases) != 1 || !got.Cases[0].Passed || got.Cases[0].ID != test.Metadata.ID || !strings.Contains(got.Graded[0], "7.3e22 kg") {
			t.Errorf("promptfoo: %+v", got)
		}
	}

	// The person's erasure.
	c.Open(s.URL + "/console/feedback?Assistant=aia_asst_demo&Handled=true")
	c.Click(".foot div:nth-child(3) a")
	c.Until(`location.search.includes("UserId")`)
	c.Click("a[href^=person]")
	c.Until(`document.querySelector(".head .delete a")`)
	c.Click(".head .delete a")
	c.Until(`document.querySelector(".danger")`)
	c.Click(".danger")
	c.Until(`document.querySelector("[role=status]")?.textContent.includes("1 record was deleted")`)
	for _, format := range []string{"ndjson", "kto", "dpo", "promptfoo"} {
		if got := file(format); got != "200" {
			t.Errorf("after the erasure %s is %s", format, got)
		}
	}
	c.Open(s.URL + "/console/")
	if got := said(".assistants"); strings.Contains(got, "waiting") {
		t.Errorf("the start page says %s", got)
	}
}
