// Package promptfoo has promptfoo run an exported dataset.
package promptfoo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// words are what promptfoo would run, read or leave out where it takes them for a
// template or the name of a file.
const words = "{{ env.SECRET }} {{ range.constructor('return process.env.SECRET')() }} {% raw %} {# gone #} \"\\ \u2028 é"

func TestPromptfooRunsADataset(t *testing.T) {
	if os.Getenv("FEEDBACKS_LONG") == "" {
		t.Skip("make test-long installs promptfoo, and sets FEEDBACKS_LONG")
	}
	st, scope := memory.New(), store.Scope{Assistant: "bot"}
	asked := map[string][]handler.Turn{}
	var want []store.Feedback
	for _, f := range []store.Feedback{
		{Score: 1},
		{Score: 0, Text: words, Tags: []string{"{{ env.SECRET }}"}},
		{Score: 0, Correction: words},
		{Score: 0, Tags: []string{"late", "{% raw %}"}},
		{Score: 0, Text: "file:///etc/passwd"},
		{Score: 0, Correction: "package:secret:get"},
		{Score: 1, Metadata: map[string]string{"conversationId": "1", "tracingEnabled": "true", "n": words}},
	} {
		f.Scope, f.ID, f.MessageID = scope, store.NewID(time.Now()), "m"
		f.SessionID = f.ID
		asked[f.ID] = []handler.Turn{{Role: "system", Text: "file:///etc/passwd"}, {Role: "user", Text: words + f.ID}, {MessageID: "m", Role: "assistant", Text: "answer " + words}}
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		want = append(want, f)
	}
	s := httptest.NewServer(handler.New(st, &handler.Options{
		Conversation: func(_ context.Context, _ store.Scope, session string) ([]handler.Turn, error) {
			return asked[session], nil
		},
	}))
	defer s.Close()
	resp, err := http.Get(s.URL + "/v1/Assistants/bot/Feedbacks?Format=promptfoo&Order=asc")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || resp.Trailer.Get("Feedbacks-Skipped") != "0" {
		t.Fatalf("%d %s, %v, %v", resp.StatusCode, body, resp.Trailer, err)
	}
	file := filepath.Join(t.TempDir(), "feedback.promptfoo.jsonl")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	got := run(t, file)
	if len(got.Cases) != len(want) || len(got.Graded) != len(want) {
		t.Fatalf("it ran %d cases of %d, and graded %d", len(got.Cases), len(want), len(got.Graded))
	}
	for i, f := range want {
		c := got.Cases[i]
		var prompt []struct{ Role, Content string }
		if err := json.Unmarshal([]byte(c.Output), &prompt); err != nil || len(prompt) != 2 || prompt[0].Content != asked[f.ID][0].Text || prompt[1].Content != asked[f.ID][1].Text {
			t.Errorf("case %d: the prompt is %s, %v", i, c.Output, err)
		}
		if !c.Passed || c.Error != "" || c.ID != f.ID {
			t.Errorf("case %d of %s: %+v", i, f.ID, c)
		}
		if said := got.Graded[i]; strings.Contains(said, "the secret") || strings.Contains(said, "root:") || !strings.Contains(said, quoted(f.Text)) || !strings.Contains(said, quoted(f.Correction)) {
			t.Errorf("case %d: the rubric is %s", i, said)
		}
	}
}

// quoted returns a text as it stands within JSON.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s)
	return strings.ReplaceAll(strings.Trim(strings.TrimSpace(b.String()), `"`), `\u2028`, "\u2028") // as JavaScript writes it
}

type results struct {
	Cases []struct {
		Passed            bool
		Error, Output, ID string
	}
	Graded []string
}

func run(t *testing.T, file string) (r results) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "run.js", file)
	cmd.Env = append(os.Environ(), "SECRET=the secret", "PROMPTFOO_CONFIG_DIR="+t.TempDir(), "PROMPTFOO_DISABLE_TELEMETRY=1", "PROMPTFOO_DISABLE_UPDATE=1", "PROMPTFOO_DISABLE_REMOTE_GENERATION=1")
	out, err := cmd.CombinedOutput()
	_, line, found := strings.Cut(string(out), "RESULTS ")
	if err != nil || !found {
		t.Fatalf("promptfoo: %v\n%s", err, out)
	}
	if err := json.NewDecoder(strings.NewReader(line)).Decode(&r); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return r
}
