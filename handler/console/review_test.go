package console_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// staffed returns a console whose visitors are colleagues by the names that they sign
// in with, of account A.
func staffed(t testing.TB, st store.Store, change ...func(*console.Options)) *browser {
	opts := options()
	opts.Authenticate = func(r *http.Request) (handler.Principal, error) {
		name, _, _ := r.BasicAuth()
		return handler.Principal{Account: accountA, Actor: name}, nil
	}
	for _, c := range change {
		c(opts)
	}
	b := browse(t, console.New(st, opts))
	b.account = "bob"
	return b
}

var inputs = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// review returns where the first form of a page goes, and what it says with a verdict.
func (p page) review(verdict, note string) (path string, form url.Values) {
	action := regexp.MustCompile(`<form action="(review[^"]*)" method="post"`).FindStringSubmatch(p.body)
	if action == nil {
		return "", nil
	}
	form = url.Values{"Verdict": {verdict}, "Note": {note}}
	for _, m := range inputs.FindAllStringSubmatch(between(p.body, action[0], "</form>"), -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return html.UnescapeString(action[1]), form
}

// send sends the first form of a page.
func (b *browser) send(p page, verdict, note string, headers ...string) page {
	b.t.Helper()
	path, form := p.review(verdict, note)
	return b.do("POST", path, form, headers...)
}

func reviewIn(t *testing.T, st store.Store, f store.Feedback) *store.Review {
	t.Helper()
	f, err := st.Get(t.Context(), f.Scope, store.Ref{ID: f.ID})
	if err != nil {
		t.Fatal(err)
	}
	return f.Review
}

var toScript = []string{"Sec-Fetch-Dest", "empty"}

func TestMarkingARecordAsHandled(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{UserID: "ann", Tags: []string{"late"}})
	var changes []string
	b := staffed(t, st, func(o *console.Options) {
		o.OnChange = func(_ context.Context, before, after *store.Feedback) {
			changes = append(changes, fmt.Sprint(before.Handled(), " ", after.Handled()))
			if after.Handled() {
				after.Review.Note = "the host's"
			}
			panic("of the host")
		}
	})
	list := b.is(200, at("feedback", "Tag", "late"), "Waiting", "Agree", "Disagree", "Unclear")
	if strings.Contains(list.text(), "Not handled") {
		t.Error("what is not handled can be handled no longer")
	}
	const note = "<script>alert(1)</script> {{.}}\n\nso be it"
	p := b.send(list, "agree", strings.ReplaceAll(note, "\n", "\r\n"))
	if want := at("record", "Id", f.ID, "Tag", "late"); p.status != 303 || p.header.Get("Location") != want {
		t.Fatalf("%d to %s, want %s: %s", p.status, p.header.Get("Location"), want, p.text())
	}
	if r := reviewIn(t, st, f); r == nil || *r != (store.Review{Verdict: store.Agree, Note: note, Actor: "bob", At: now}) {
		t.Errorf("the review is %+v", r)
	}
	handled := b.is(200, p.header.Get("Location"), "Handled Agree by bob , 22 Nov 2026, 10:20:30 UTC <script>alert(1)</script> {{.}} so be it", "Not handled")
	if strings.Contains(handled.text(), "Waiting") || !strings.Contains(handled.body, `<p class="remark" dir="auto">&lt;script&gt;`) {
		t.Errorf("it is shown as %s", handled.text())
	}
	if got := html.UnescapeString(between(handled.body, `aria-label="Note for colleagues">`, "</textarea>")); got != "\n"+note {
		t.Errorf("the note to go on from is %q", got)
	}
	// The same again, by a second press, does nothing; another verdict keeps its note.
	if p := b.send(list, "agree", note); p.status != 303 || len(changes) != 1 {
		t.Errorf("again: %d, %v", p.status, changes)
	}
	b.account = "eve"
	b.send(handled, "disagree", note)
	b.is(200, at("feedback", "Handled", "true"), "Handled Disagree by eve")
	b.send(b.get(at("record", "Id", f.ID)), "none", "")
	if p := b.is(200, at("feedback"), "Waiting"); strings.Contains(p.text(), "Handled Dis") || reviewIn(t, st, f) != nil {
		t.Errorf("what was taken back is there: %s", p.text())
	}
	if got := strings.Join(changes, ", "); got != "false true, true true, true false" {
		t.Errorf("OnChange was told %s", got)
	}
	liked := add(t, st, store.Feedback{Score: 1})
	if p := b.is(200, at("record", "Id", liked.ID), "Agree"); strings.Contains(p.text(), "Waiting") {
		t.Error("what nobody has to look at waits")
	}
}

// A script puts the card in the place of the one that it has.
func TestAScriptGetsTheCard(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{Tags: []string{"late"}})
	b := staffed(t, st, func(o *console.Options) {
		o.Conversation = func(context.Context, store.Scope, string) ([]handler.Turn, error) {
			t.Error("asked for a conversation that nobody looks at")
			return nil, nil
		}
	})
	list := b.get(at("feedback", "Tag", "late"))
	p := b.send(list, "unclear", "", toScript...)
	if p.status != 200 || !strings.HasPrefix(p.body, `<article class="card`) || !strings.Contains(p.text(), "Handled Unclear by bob") || strings.Contains(p.body, "<html") {
		t.Errorf("%d %s", p.status, p.body)
	}
	if got := p.records(); len(got) != 1 || got[0] != f.ID || !strings.Contains(p.link("2026"), "Tag=late") {
		t.Errorf("the card is of %v, and leads to %s", got, p.link("2026"))
	}
	if path, form := p.review("none", ""); !strings.Contains(path, "Tag=late") || b.do("POST", path, form, toScript...).status != 200 || reviewIn(t, st, f) != nil {
		t.Errorf("the card's own form goes to %s", path)
	}
	if p := b.send(list, "agree", "my note", toScript...); p.status != 200 { // it is as it was
		t.Errorf("%d %s", p.status, p.text())
	}
	p = b.send(list, "disagree", "my <note>", toScript...)
	if p.status != 409 || !strings.HasPrefix(p.body, `<article class="card`) || !strings.Contains(p.text(), "somebody else was faster") || !strings.Contains(p.text(), "Note my <note>") {
		t.Errorf("%d %s", p.status, p.text())
	}
}

// A form comes with the note that is there, which the API takes longer than the form's own.
func TestALongNoteKeepsNobodyFromReviewing(t *testing.T) {
	st := memory.New()
	note := strings.Repeat("\U0001f44d", 10_000)
	f := add(t, st, store.Feedback{Review: &store.Review{Verdict: store.Agree, Note: note, At: now}})
	b := staffed(t, st)
	if p := b.send(b.get(at("feedback")), "disagree", note); p.status != 303 {
		t.Errorf("%d: %s", p.status, p.text())
	}
	if r := reviewIn(t, st, f); r.Verdict != store.Disagree || r.Note != note {
		t.Errorf("it is %s, with a note of %d bytes", r.Verdict, len(r.Note))
	}
}

// Whoever is slower is told so, sees what is there now, and keeps what they wrote.
func TestWhoIsSlowerIsToldSo(t *testing.T) {
	vote := store.Feedback{Scope: store.Scope{Account: accountA, Assistant: assistant}, ID: store.NewID(now), SessionID: "demo", MessageID: "m", Text: "before", Key: store.VoteKey("demo", "m", "")}
	for name, test := range map[string]struct {
		meanwhile func(b *browser, st store.Store, seen page)
		says      []string
		kept      *store.Review
	}{
		"a colleague": {func(b *browser, _ store.Store, seen page) {
			b.account = "eve"
			b.send(seen, "disagree", "no")
			b.account = "bob"
		}, []string{"Not saved: somebody else was faster", "Handled Disagree by eve", "my note"}, &store.Review{Verdict: store.Disagree, Note: "no", Actor: "eve", At: now}},
		"the giver": {func(_ *browser, st store.Store, _ page) {
			changed := vote
			changed.ID, changed.Text, changed.UpdatedAt = store.NewID(now), "after", now.Add(time.Minute)
			if _, _, err := st.Put(t.Context(), changed); err != nil {
				t.Fatal(err)
			}
		}, []string{"Not saved: this has changed since you saw it", "after", "my note", "Waiting"}, nil},
	} {
		st := memory.New()
		f, _, err := st.Put(t.Context(), vote)
		if err != nil {
			t.Fatal(err)
		}
		b := staffed(t, st)
		seen := b.get(at("record", "Id", f.ID, "MaxScore", "0.4"))
		test.meanwhile(b, st, seen)
		p := b.send(seen, "agree", "my note")
		for _, says := range test.says {
			if !strings.Contains(p.text(), says) {
				t.Errorf("%s: no %q in %s", name, says, p.text())
			}
		}
		got := reviewIn(t, st, f)
		if p.status != 409 || (got == nil) != (test.kept == nil) || got != nil && *got != *test.kept || strings.Count(p.body, "<details open>") != 1 {
			t.Errorf("%s: %d, and the review is %+v", name, p.status, got)
		}
		if p := b.send(p, "agree", "my note"); p.status != 303 || reviewIn(t, st, f).Actor != "bob" { // now that they have seen it
			t.Errorf("%s: afterwards %d", name, p.status)
		}
	}
}

func TestWhatIsNoReview(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{})
	b := staffed(t, st)
	path, form := b.get(at("feedback")).review("agree", "")
	changed := func(name, value string) url.Values {
		next := url.Values{}
		for n, v := range form {
			next[n] = v
		}
		next.Set(name, value)
		return next
	}
	for name, c := range map[string]struct {
		path    string
		form    url.Values
		headers []string
		status  int
	}{
		"no verdict":           {path, changed("Verdict", ""), nil, 400},
		"another verdict":      {path, changed("Verdict", "Agree"), nil, 400},
		"a note with U+0000":   {path, changed("Note", "\x00"), nil, 400},
		"a long note":          {path, changed("Note", strings.Repeat("é", 10_001)), nil, 400},
		"too much":             {path, changed("Note", strings.Repeat("x", 300<<10)), nil, 400},
		"no record":            {path, changed("Id", store.NewID(now)), nil, 404},
		"no id":                {path, changed("Id", "x"), nil, 404},
		"another assistant":    {strings.Replace(path, assistant, "other", 1), form, nil, 404},
		"no assistant":         {"review", form, nil, 404},
		"not what was seen":    {path, changed("Seen", ""), nil, 409},
		"another site":         {path, form, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another site, script": {path, form, []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Dest", "empty"}, 403},
		"another origin":       {path, form, []string{"Origin", "https://evil.example"}, 403},
		"in the address":       {path + "&" + form.Encode(), url.Values{}, nil, 404},
	} {
		if p := b.do("POST", c.path, c.form, c.headers...); p.status != c.status {
			t.Errorf("%s: %d, want %d: %s", name, p.status, c.status, p.text())
		}
	}
	for _, method := range []string{"GET", "HEAD", "PUT"} {
		if p := b.do(method, path+"&"+form.Encode(), nil); p.status != 405 || p.header.Get("Allow") != "POST" {
			t.Errorf("%s: %d, Allow %q", method, p.status, p.header.Get("Allow"))
		}
	}
	visitor := staffed(t, st, func(o *console.Options) {
		o.Authenticate = func(*http.Request) (handler.Principal, error) {
			return handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: assistant, Session: "demo"}}, nil
		}
	})
	if p := visitor.do("POST", path, form); p.status != 403 {
		t.Errorf("a visitor: %d", p.status)
	}
	stranger := open(t, st)
	stranger.account = accountB
	if p := stranger.do("POST", path, form); p.status != 404 {
		t.Errorf("another account: %d", p.status)
	}
	stranger.account = ""
	if p := stranger.do("POST", path, form); p.status != 401 {
		t.Errorf("nobody: %d", p.status)
	}
	b.account = strings.Repeat("x", 256) // which the host should not have said
	if p := b.do("POST", path, form); p.status != 500 {
		t.Errorf("an actor that is none: %d", p.status)
	}
	down := staffed(t, broken{st, store.ErrUnavailable})
	if p := down.do("POST", path, form); p.status != 503 || !strings.Contains(p.text(), "some or all of it may be done") {
		t.Errorf("an outage: %d %s", p.status, p.text())
	}
	if r := reviewIn(t, st, f); r != nil {
		t.Errorf("it is handled: %+v", r)
	}
	if p := deleting(t, st).is(200, at("delete", "Id", f.ID), "Delete this feedback?"); strings.Contains(p.text(), "Agree") {
		t.Error("what is about to be deleted can be reviewed")
	}
	b.account = "bob"
	if p := b.do("POST", path, changed("Note", strings.Repeat("😀", 10_000))); p.status != 303 || reviewIn(t, st, f) == nil {
		t.Errorf("a note of 10,000 characters: %d", p.status)
	}
}

func TestTheStartPageSaysHowMuchWaits(t *testing.T) {
	st := memory.New()
	for name, n := range map[string]int{"none": 0, "one": 1, "some": 999, "full": 1000, "more": 1001} {
		scope := store.Scope{Account: accountA, Assistant: name}
		add(t, st, store.Feedback{Scope: scope, Score: 1})
		for range n {
			add(t, st, store.Feedback{Scope: scope})
		}
	}
	p := open(t, st).is(200, "./", "one 1 waiting at one Summary", "some 999 waiting", "full 1,000 waiting", "more 1,000+ waiting", "none Summary")
	if got := p.link("at some"); got != "feedback?Assistant=some&Waiting=true" {
		t.Errorf("what waits is at %s", got)
	}
	// What takes long is not counted, for any of them, and what fails is said.
	open(t, &endlessly{Store: st}).is(200, "./", "some Waiting at some Summary", "none Waiting at none Summary")
	open(t, brokenLists{st}).is(503, "./", "out of reach")
}

// An endless store does not come to the end of what waits.
type endlessly struct{ store.Store }

func (s *endlessly) List(ctx context.Context, _ store.Scope, _ store.Query) (store.Page, error) {
	<-ctx.Done()
	return store.Page{}, ctx.Err()
}

type brokenLists struct{ store.Store }

func (brokenLists) List(context.Context, store.Scope, store.Query) (store.Page, error) {
	return store.Page{}, store.ErrUnavailable
}

func TestWhatWaitsAndWhatIsHandledAreViews(t *testing.T) {
	st := memory.New()
	waits := add(t, st, store.Feedback{})
	add(t, st, store.Feedback{Score: 1})
	handled := add(t, st, store.Feedback{Review: &store.Review{Verdict: store.Agree, At: now}})
	b := open(t, st)
	for view, want := range map[string]struct{ id, chip string }{"Waiting": {waits.ID, "Waiting yes"}, "Handled": {handled.ID, "Review with"}} {
		p := b.get(b.is(200, at("feedback", "MaxScore", "0.4", "HasText", "true")).link(view))
		if got := p.records(); p.status != 200 || len(got) != 1 || got[0] != want.id || !strings.Contains(p.text(), want.chip) {
			t.Errorf("%s: %d, %v, %s", view, p.status, got, p.text())
		}
		if current := between(p.body, `aria-label="Often wanted"`, "</nav>"); strings.Count(current, "aria-current") != 1 || !strings.Contains(current, `aria-current="true">`+view+"<") {
			t.Errorf("the view %s is %s", view, current)
		}
	}
	if p := b.is(200, at("feedback", "Waiting", "false"), "Waiting no"); len(p.records()) != 2 {
		t.Errorf("%v do not wait", p.records())
	}
}
