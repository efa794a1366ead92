package console_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// talk returns n turns, the person's and the assistant's in turn.
func talk(n int) (turns []handler.Turn) {
	for i := range n {
		turns = append(turns, handler.Turn{MessageID: fmt.Sprint("m", i), Role: []string{"user", "assistant"}[i%2], Text: fmt.Sprintf("turn %d.", i)})
	}
	return turns
}

// openWith opens a console with a conversation that has these turns, or fails.
func openWith(t *testing.T, st store.Store, turns []handler.Turn, err error, change ...func(*console.Options)) *browser {
	opts := options()
	opts.Conversation = func(_ context.Context, s store.Scope, session string) ([]handler.Turn, error) {
		if s.Account != accountA || s.Assistant != assistant || session != "demo" {
			t.Errorf("asked for %q of %v", session, s)
		}
		return turns, err
	}
	for _, f := range change {
		f(opts)
	}
	return browse(t, console.New(st, opts))
}

func TestARecordShowsItsConversation(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{MessageID: "m45", UserID: "ann", Text: "not so"})
	turns := talk(90)
	turns[44].Text, turns[44].Time, turns[44].Metadata = "<b>why?</b>\n{{.}}", now, map[string]string{"tool<": "a&b"}
	p := openWith(t, st, turns, nil).is(200, at("record", "Id", f.ID), "Conversation", "5 earlier turns are left out", "user 22 Nov 2026, 10:20:30 UTC <b>why?</b> {{.}}", "tool< a&b",
		"assistant Rated 0% turn 45.", "24 later turns are left out", "not so")
	if n := strings.Count(p.body, `<li class="turn`); n != turnsShown || strings.Contains(p.body, "turn 4.") || !strings.Contains(p.body, "turn 5.") || !strings.Contains(p.body, "turn 65.") || strings.Contains(p.body, "turn 66.") {
		t.Errorf("%d turns are shown", n)
	}
	rated := between(p.body, `class="turn rated negative" id="rated" aria-current="true"`, "</li>")
	if strings.Count(p.body, "aria-current") != 1 || !strings.Contains(rated, "turn 45.") {
		t.Errorf("what is marked is %s", rated)
	}
	session := add(t, st, store.Feedback{Score: 1})
	p = openWith(t, st, talk(100), nil).is(200, at("record", "Id", session.ID), "rated as a whole", "40 earlier turns are left out", "turn 99.")
	if strings.Contains(p.body, `id="rated"`) || strings.Contains(p.body, "later turn") {
		t.Error("a turn is marked, or left out after the last")
	}
	p = openWith(t, st, talk(3), nil).is(200, at("record", "Id", f.ID), "The message m45 , which is rated, is not in it.", "turn 0.", "turn 2.", "not so")
	if strings.Contains(p.body, `id="rated"`) || strings.Contains(p.body, "left out") {
		t.Error("what is not there is marked, or left out")
	}
}

const turnsShown = 40 + 1 + 20

// What the host cannot say is said to be that, beside the whole record.
func TestAConversationThatCannotBeHad(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{MessageID: "m1", Text: "not so"})
	for name, test := range map[string]struct {
		turns  []handler.Turn
		err    error
		says   string
		logged bool
	}{
		"nothing":  {nil, nil, "knows nothing of this session", false},
		"too long": {talk(2001), nil, "too long to be shown", false},
		"failed":   {talk(3), errors.New("secret cause"), "The feedback is all here. Try again", true},
	} {
		var log strings.Builder
		p := openWith(t, st, test.turns, test.err, func(o *console.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) }).is(200, at("record", "Id", f.ID), test.says, "not so")
		if strings.Contains(p.body, "turn 1.") || strings.Contains(p.body, "secret") || strings.Contains(log.String(), "secret cause") != test.logged || strings.Contains(log.String(), "not so") {
			t.Errorf("%s: turns, or a cause, are shown, or the log is wrong: %s", name, log.String())
		}
	}
	b := openWith(t, st, nil, nil, func(o *console.Options) {
		o.Conversation = func(context.Context, store.Scope, string) ([]handler.Turn, error) { panic("the host's") }
	})
	b.is(200, at("record", "Id", f.ID), "It could not be had", "not so")
	b = openWith(t, st, nil, nil, func(o *console.Options) {
		o.Conversation = func(context.Context, store.Scope, string) ([]handler.Turn, error) {
			t.Error("asked for what nobody may see, or for nothing")
			return nil, nil
		}
	})
	b.is(404, at("record", "Id", store.NewID(now)), "Nothing is here")
	b.account = accountB
	b.is(404, at("record", "Id", f.ID), "Nothing is here")
	if p := open(t, st).is(200, at("record", "Id", f.ID), "not so"); strings.Contains(p.body, "Conversation") {
		t.Error("there is a conversation where the host has none")
	}
}

func TestARecordShowsOthersOnTheAnswer(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{MessageID: "m1", UserID: "ann", Text: "mine"})
	add(t, st, store.Feedback{MessageID: "m2", Text: "of another answer"})
	add(t, st, store.Feedback{SessionID: "other", MessageID: "m1", Text: "of another session"})
	if p := open(t, st).is(200, at("record", "Id", f.ID), "mine"); strings.Contains(p.body, "Others on this answer") {
		t.Error("there are others where there are none")
	}
	other := add(t, st, store.Feedback{MessageID: "m1", UserID: "bob", Score: 1, Text: "<i>theirs</i>", Correction: "better"})
	p := open(t, st).is(200, at("record", "Id", f.ID), "Others on this answer", "100% , positive of bob <i>theirs</i> better")
	if strings.Contains(p.body, "of another") || strings.Count(p.body, "mine") != 1 || p.link("of bob") != at("record", "Id", other.ID) || strings.Contains(p.body, "All on this answer") {
		t.Error("the others are not those on this answer")
	}
	for i := range 10 {
		add(t, st, store.Feedback{ID: store.NewID(now.Add(time.Duration(i+1) * time.Second)), MessageID: "m1", Text: fmt.Sprint("one more, ", i)})
	}
	p = open(t, st).is(200, at("record", "Id", f.ID), "one more, 9", "one more, 0", "anonymous")
	if strings.Contains(p.body, "theirs") || p.link("All on this answer") != at("feedback", "SessionId", "demo", "MessageId", "m1") {
		t.Error("not the ten newest are shown, or no link to all")
	}
}

func TestALinkIntoTheHostsTools(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{Metadata: map[string]string{"trace_id": "4bf9"}, Tags: []string{"kept"}})
	opts := options()
	for link, want := range map[string]string{
		"https://traces.example/4bf9?a=b&c": "https://traces.example/4bf9?a=b&c", "../traces/4bf9": "../traces/4bf9", "": "",
		"javascript:alert(1)": "#ZgotmplZ", // as html/template defuses it
	} {
		opts.Link = func(r store.Feedback) string {
			if r.ID != f.ID || r.Metadata["trace_id"] != "4bf9" {
				t.Errorf("asked for a link of %+v", r)
			}
			r.Tags[0] = "changed"
			return link
		}
		if p := browse(t, console.New(st, opts)).is(200, at("record", "Id", f.ID), "kept"); p.link("own tools") != want {
			t.Errorf("the link %s leads to %s", link, p.link("own tools"))
		}
	}
}

// From a list to the next record, and so on: those that the filters select, and no other.
func TestARecordLeadsToItsNeighbours(t *testing.T) {
	st, fs := memoryWith(t, 60)
	b := open(t, st)
	for _, filter := range [][]string{nil, {"Tag", "late"}, {"MaxScore", "0.499999", "HasText", "true"}, {"Text", "NOTE 3"}} {
		p := b.get(at("feedback", filter...))
		want := p.records()
		path := recordLink(p, want[0])
		for i, id := range want {
			page := b.is(200, path, id)
			back := page.link("Newer")
			if (back == "") != (i == 0) || i > 0 && !strings.Contains(b.get(back).body, "<code>"+want[i-1]+"</code>") {
				t.Fatalf("%v: before record %d is %s", filter, i, back)
			}
			if next := page.link("Older"); next != "" {
				path = next
			} else if i != len(want)-1 || len(want) == 25 {
				t.Fatalf("%v: nothing is after record %d", filter, i)
			}
		}
		if got := b.get(path).link(assistant); len(want) < 25 && got != at("feedback", filter...) {
			t.Errorf("%v: the list is %s", filter, got)
		}
	}
	// A record that the filters do not select has neighbours that they do.
	p := b.is(200, at("record", "Id", fs[30].ID, "UserId", "user 1"))
	if older := b.get(p.link("Older")); !strings.Contains(older.body, fs[28].ID) {
		t.Errorf("beside what is not selected is %s", p.link("Older"))
	}
	if p := b.is(200, at("record", "Id", fs[30].ID, "MinScore", "high")); p.link("Older") != "" {
		t.Error("a filter that cannot be used selects")
	}
}

// endless finds nothing, however long it looks.
type endless struct{ store.Store }

func (s endless) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if q.Tag != "rare" {
		return s.Store.List(ctx, scope, q)
	}
	time.Sleep(time.Second + time.Millisecond)
	if q.Ascending {
		return store.Page{Next: store.MinID(now.Add(time.Minute))}, nil
	}
	return store.Page{Next: store.MinID(now.Add(-time.Minute))}, nil
}

func TestASearchForANeighbourGoesOnInTheList(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{})
	p := open(t, endless{st}).is(200, at("record", "Id", f.ID, "Tag", "rare"))
	if older, newer := p.link("Older"), p.link("Newer"); older != at("feedback", "Tag", "rare", "Older", store.MinID(now.Add(-time.Minute))) || newer != at("feedback", "Tag", "rare", "Newer", store.MinID(now.Add(time.Minute))) {
		t.Errorf("the search goes on at %s and %s", older, newer)
	}
}

func TestDatasetsAreDownloads(t *testing.T) {
	st := memory.New()
	agreed := &store.Review{Verdict: store.Agree, At: now}
	add(t, st, store.Feedback{MessageID: "m1", Score: 1, Correction: "better", Review: agreed})
	add(t, st, store.Feedback{MessageID: "m1", Score: 0, Tags: []string{"late"}, Correction: "better", Review: agreed})
	add(t, st, store.Feedback{MessageID: "unknown", Correction: "better", Review: agreed})
	var log strings.Builder
	b := openWith(t, st, talk(3), nil, func(o *console.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	for name, format := range map[string]string{"KTO": "kto", "DPO": "dpo", "promptfoo": "promptfoo"} {
		log.Reset()
		p := b.get(at("feedback"))
		if got := p.link(name); got != at("export", "Format", format) {
			t.Fatalf("%s is at %s", name, got)
		}
		file := b.get(p.link(name))
		if file.status != 200 || file.err != nil || strings.Count(file.body, "turn 1.") != 2 || strings.Count(file.body, "\n") != 2 || file.header.Get("Content-Disposition") != "attachment; filename=feedback-aia_asst_1-2026-11-22."+format+".jsonl" || !strings.Contains(log.String(), "records=1") {
			t.Errorf("%s: %d %v %s, %v, log %s", name, file.status, file.header, file.body, file.err, log.String())
		}
		if file := b.get(b.get(at("feedback", "Tag", "late")).link(name)); strings.Count(file.body, "\n") != 1 {
			t.Errorf("%s of one tag has %s", name, file.body)
		}
		without := open(t, st)
		if without.get(at("feedback")).link(name) != "" || without.do("GET", at("export", "Format", format), nil).status != 404 {
			t.Errorf("%s is there without conversations", name)
		}
	}
	// What a review does not agree with trains nothing, whatever the address says.
	add(t, st, store.Feedback{MessageID: "m1", Tags: []string{"not reviewed"}, Correction: "anything"})
	if file := b.do("GET", at("export", "Format", "dpo", "Review", "any"), nil); file.status != 200 || strings.Contains(file.body, "anything") {
		t.Errorf("%d %s", file.status, file.body)
	}
}
