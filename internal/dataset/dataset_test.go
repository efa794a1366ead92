package dataset_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/conversation"
	"github.com/humanfeedback/feedbacks/internal/dataset"
	"github.com/humanfeedback/feedbacks/store"
)

const hostile = "{{ range.constructor('return 1')() }} {% raw %} {# c #} file:///etc/passwd package:x \u2028 <b>\"\\\n"

var (
	scope = store.Scope{Account: "a", Assistant: "b"}
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	first = store.MinID(noon)
)

func said(_ context.Context, s store.Scope, session string) ([]conversation.Turn, error) {
	switch session {
	case "failed":
		return nil, errors.New("the host's")
	case "unknown":
		return nil, nil
	case "greeting":
		return []conversation.Turn{{MessageID: "m", Role: "assistant", Text: "Hello!"}}, nil
	case "bot":
		return []conversation.Turn{{Role: "user", Text: "hi"}, {MessageID: "m", Role: "bot", Text: "Hello!"}}, nil
	case "hostile":
		return []conversation.Turn{{Role: hostile, Text: hostile}, {MessageID: "m", Role: "assistant", Text: hostile}, {Role: "user", Text: "after"}}, nil
	}
	return []conversation.Turn{
		{Role: "system", Text: "Be brief.", Metadata: map[string]string{"hidden": "x"}},
		{MessageID: "q", Role: "user", Text: "When does it close?", Time: noon},
		{MessageID: "m", Role: "assistant", Text: "At nine."},
		{Role: "user", Text: "after"},
	}, nil
}

func record(session string, score float64, mend ...func(*store.Feedback)) store.Feedback {
	f := store.Feedback{Scope: scope, ID: first, SessionID: session, MessageID: "m", UserID: "ann", Score: score}
	for _, m := range mend {
		m(&f)
	}
	return f
}

func records(fs ...store.Feedback) iter.Seq2[store.Feedback, error] {
	return func(yield func(store.Feedback, error) bool) {
		for _, f := range fs {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func write(t *testing.T, format string, fs ...store.Feedback) (lines []string, skipped dataset.Skipped) {
	t.Helper()
	return writeAs(t, dataset.Named(format), fs...)
}

func writeAs(t *testing.T, format *dataset.Format, fs ...store.Feedback) (lines []string, skipped dataset.Skipped) {
	t.Helper()
	var b strings.Builder
	skipped, err := format.Write(t.Context(), &b, said, records(fs...))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if !strings.HasSuffix(line, "\n") || !json.Valid([]byte(line)) {
			t.Errorf("%s has the line %s", format.Name, line)
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines, skipped
}

func TestKTO(t *testing.T) {
	const start = `{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"When does it close?"}],"completion":[{"role":"assistant","content":"At nine."}],"label":`
	lines, skipped := write(t, "kto", record("s", 1), record("s", 0), record("s", .5), record("s", .5+4e-7), record("s", .500001), record("s", .499999))
	want := []string{start + "true}", start + "false}", start + "true}", start + "false}"}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") || skipped.Count != 0 {
		t.Errorf("%s, without %d; want %s", strings.Join(lines, "\n"), skipped.Count, strings.Join(want, "\n"))
	}
}

func corrected(f *store.Feedback) { f.Correction = "At ten." }

func reviewed(v store.Verdict) func(*store.Feedback) {
	return func(f *store.Feedback) {
		f.Review = &store.Review{Verdict: v, Note: "a colleague's", Actor: "a colleague", At: noon}
	}
}

// Whoever may vote could write what a model is trained on: a correction is taken if
// staff agrees with it, or if that is not asked for.
func TestDPO(t *testing.T) {
	const want = `{"input":{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"When does it close?"}]},` +
		`"preferred_output":[{"role":"assistant","content":"At ten."}],"non_preferred_output":[{"role":"assistant","content":"At nine."}]}`
	all := []store.Feedback{
		record("s", 0, corrected, reviewed(store.Agree)), record("s", .5, corrected, reviewed(store.Agree)),
		record("s", 0, corrected), record("s", 0, corrected, reviewed(store.Disagree)), record("s", 0, corrected, reviewed(store.Unclear)),
		record("s", 0, reviewed(store.Agree)), record("s", 1), record("failed", 0, reviewed(store.Agree)),
	}
	lines, skipped := write(t, "dpo", all...)
	if strings.Join(lines, "\n") != want+"\n"+want || skipped.Count != 0 {
		t.Errorf("%s, without %d; want %s twice", strings.Join(lines, "\n"), skipped.Count, want)
	}
	lines, _ = writeAs(t, dataset.Named("dpo").Unreviewed(), all...)
	if strings.Join(lines, "\n") != strings.TrimSpace(strings.Repeat(want+"\n", 5)) {
		t.Errorf("without reviews %s; want %s five times", strings.Join(lines, "\n"), want)
	}
	if lines, _ = write(t, "dpo", all[2]); len(lines) != 0 || !dataset.Named("dpo").Reviewed {
		t.Errorf("then %s are taken, whatever their reviews say", lines)
	}
}

func TestPromptfoo(t *testing.T) {
	lines, _ := write(t, "promptfoo", record("s", .25, func(f *store.Feedback) {
		f.Text, f.Correction, f.Tags, f.Metadata = "not so", "At ten.", []string{"wrong", "late"}, map[string]string{"trace_id": "4bf9"}
	}))
	want := `{"vars":{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"When does it close?"}],` +
		`"feedback":{"answer":"At nine.","note":"not so","correction":"At ten.","tags":["wrong","late"]}},` +
		`"assert":[{"type":"llm-rubric","value":"The answer says the same as this one, which is a person's correction of an earlier answer:\n\n{{ feedback.correction }}"}],` +
		`"metadata":{"id":"` + first + `","session_id":"s","message_id":"m","score":0.25,"tags":["wrong","late"],"metadata":{"trace_id":"4bf9"}}}`
	if len(lines) != 1 || lines[0] != want {
		t.Errorf("%s\nwant %s", lines, want)
	}
	for _, test := range []struct {
		f    store.Feedback
		want string
	}{
		{record("s", 1), "which a person liked:\\n\\n{{ feedback.answer }}"},
		{record("s", 1, func(f *store.Feedback) { f.Text = "good" }), "which a person liked"},
		{record("s", .5, func(f *store.Feedback) { f.Correction = "At ten." }), "{{ feedback.correction }}"},
		{record("s", 0), "which a person did not like"},
		{record("s", 0, func(f *store.Feedback) { f.Text = "not so" }), "{{ feedback.note }}"},
		{record("s", .5), ""},
		{record("s", .5, func(f *store.Feedback) { f.Text = "so so" }), ""},
	} {
		lines, _ := write(t, "promptfoo", test.f)
		if got := strings.Join(lines, "\n"); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("of %v it says %s, want %q", test.f.Score, got, test.want)
		}
	}
}

// promptfoo runs what is in a string of vars, or of an assertion: nobody's words are.
func TestNobodysWordsAreATemplate(t *testing.T) {
	lines, _ := write(t, "promptfoo", record("hostile", 0, func(f *store.Feedback) { f.Text = hostile }),
		record("hostile", 0, func(f *store.Feedback) {
			f.Correction, f.Tags, f.Metadata = hostile, []string{"{{1}}"}, map[string]string{"n": hostile}
		}))
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		var test struct {
			Vars   map[string]any
			Assert []struct{ Type, Value string }
		}
		if err := json.Unmarshal([]byte(line), &test); err != nil {
			t.Fatal(err)
		}
		for name, value := range test.Vars {
			if _, is := value.(string); is {
				t.Errorf("%s is a string: %v", name, value)
			}
			if list, is := value.([]any); is {
				if _, is := list[0].(string); is {
					t.Errorf("%s is of strings: %v", name, value)
				}
			}
		}
		if v := test.Assert[0].Value; strings.Contains(v, "constructor") || strings.Contains(v, "file:") || test.Vars["messages"].([]any)[0].(map[string]any)["content"] != hostile {
			t.Errorf("the assertion is %s of %v", v, test.Vars)
		}
	}
}

func TestWhatIsNotKnownIsCounted(t *testing.T) {
	for name, test := range map[string]struct {
		f     store.Feedback
		first string
	}{
		"failed":         {record("failed", 1), "the host's"},
		"unknown":        {record("unknown", 1), conversation.ErrNothing.Error()},
		"no message":     {record("s", 1, func(f *store.Feedback) { f.MessageID = "other" }), conversation.ErrUnstated.Error()},
		"the user's own": {record("s", 1, func(f *store.Feedback) { f.MessageID = "q" }), `the role "user"`},
		"another role":   {record("bot", 1), `the role "bot"`},
		"no prompt":      {record("greeting", 1), "before"},
	} {
		test.f.Correction, test.f.Review = "At ten.", &store.Review{Verdict: store.Agree}
		for _, format := range []string{"kto", "dpo", "promptfoo"} {
			lines, skipped := write(t, format, test.f, record("s", 1, corrected, reviewed(store.Agree)), record("failed", 0, corrected, reviewed(store.Agree)))
			if len(lines) != 1 || skipped.Count != 2 || skipped.First == nil || !strings.Contains(skipped.First.Error(), test.first) {
				t.Errorf("%s: %d lines, without %+v; want %s", name, len(lines), skipped, test.first)
			}
		}
	}
	session := func(f *store.Feedback) { f.MessageID = "" }
	for format, fs := range map[string][]store.Feedback{
		"kto": {record("failed", .5), record("failed", 1, session)},
		"dpo": {record("failed", 0, corrected), record("failed", 0, corrected, reviewed(store.Disagree)), record("failed", 0, corrected, reviewed(store.Agree), session)},
	} {
		if lines, skipped := write(t, format, fs...); len(lines) != 0 || skipped.Count != 0 {
			t.Errorf("%s: what belongs into no dataset: %v, %+v", format, lines, skipped)
		}
	}
}

// An error of the records, or of the file, ends it.
func TestWhatFailsIsNotWhole(t *testing.T) {
	broken := errors.New("broken")
	failing := func(yield func(store.Feedback, error) bool) {
		_ = yield(record("s", 1), nil) && yield(store.Feedback{}, broken)
	}
	if _, err := dataset.Named("kto").Write(t.Context(), io.Discard, said, failing); err != broken {
		t.Errorf("the records' error is %v", err)
	}
	r, w := io.Pipe()
	r.CloseWithError(broken)
	if _, err := dataset.Named("kto").Write(t.Context(), w, said, records(record("s", 1))); err != broken {
		t.Errorf("the file's error is %v", err)
	}
	if dataset.Named("csv") != nil || dataset.Named("") != nil {
		t.Error("there is a dataset of no name")
	}
}
