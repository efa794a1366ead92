package console_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestARecordIsShownWhole(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{
		ID: store.NewID(now.Add(304674 * time.Microsecond)), SessionID: "s/1&x=y", MessageID: "m<1>", UserID: "ann@example.com", Score: 0.3,
		Text: "line one\nline <b>two</b>", Tags: []string{"late", "<script>alert(1)</script>"},
		Key: store.VoteKey("s/1&x=y", "m<1>", "ann@example.com"), UpdatedAt: now.Add(time.Hour),
		Correction: "It closes at <nine>,\nשעון ישראל", Metadata: map[string]string{"model": `m"><b>:1`, "trace_id": "4bf92f3577b34da6 a&b"},
	})
	b := open(t, st)
	for _, path := range []string{at("feedback"), at("record", "Id", f.ID)} {
		p := b.is(200, path, "30%", "negative", "line one line <b>two</b>", "late", "<script>alert(1)</script>", "s/1&x=y", "m<1>", "ann@example.com", "Vote",
			"Should have been It closes at <nine>, שעון ישראל", `model m"><b>:1`, "trace_id 4bf92f3577b34da6 a&b",
			"22 Nov 2026, 10:20:30 UTC", "changed 22 Nov 2026, 11:20:30 UTC")
		for _, part := range []string{`<time datetime="2026-11-22T10:20:30.304674Z">`, "line one\nline &lt;b&gt;two", `<bdi>ann@example.com</bdi>`, `<p class="note" dir="auto">`, "<blockquote dir=\"auto\">It closes at &lt;nine&gt;,\nשעון ישראל</blockquote>", `<bdi dir="auto">m&#34;&gt;&lt;b&gt;:1</bdi>`, `<data value="0.3">`} {
			if !strings.Contains(p.body, part) {
				t.Errorf("%s: no %s", path, part)
			}
		}
		for text, want := range map[string]string{"s/1&x=y": at("feedback", "SessionId", f.SessionID), "m<1>": at("feedback", "MessageId", f.MessageID), "ann@": at("feedback", "UserId", f.UserID), "late": at("feedback", "Tag", "late"),
			`m"><b>`: at("feedback", "Metadata", `model:m"><b>:1`), "4bf9": at("feedback", "Metadata", "trace_id:4bf92f3577b34da6 a&b")} {
			if got := p.link(text); got != want {
				t.Errorf("%s: the link %s leads to %s, want %s", path, text, got, want)
			}
			if ids := b.get(want).records(); len(ids) != 1 {
				t.Errorf("%s shows %v", want, ids)
			}
		}
	}
	add(t, st, store.Feedback{Score: 1})
	add(t, st, store.Feedback{Score: .5})
	p := b.is(200, at("feedback"), "100% , positive", "50% , neutral", "No note", "anonymous", "whole session", "Feedback 3", "Positive 33.3%", "Mean score 60%", "With a note 33.3%")
	if strings.Count(p.body, "Should have been") != 1 || strings.Count(p.body, `class="facts metadata"`) != 1 {
		t.Error("what has no correction or metadata shows one")
	}
	if strings.Count(p.body, ">Vote<") != 1 {
		t.Error("what is no vote is marked as one")
	}
}

func TestNothingIsTakenForMarkup(t *testing.T) {
	st := memory.New()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1) ' {{.}} &lt;`
	scope := store.Scope{Account: accountA, Assistant: evil}
	add(t, st, store.Feedback{Scope: scope, SessionID: evil, MessageID: evil, UserID: evil, Text: evil + "\u202e", Correction: evil, Metadata: map[string]string{"model": evil}, Tags: []string{evil[:60]}})
	opts := options()
	opts.MayDelete = anyone
	b := open(t, st) // which checks every page for scripts and balance
	home := b.is(200, "./", evil)
	list := b.is(200, home.link(`"><script>`), evil)
	if n := strings.Count(list.text(), evil); n < 7 {
		t.Errorf("the text is shown %d times: %s", n, list.text())
	}
	b.is(200, list.link("Summary"), evil)
	for _, name := range []string{"SessionId", "MessageId", "UserId", "MinScore", "HasText", "Metadata", "DateCreatedAfter", "Interval", "Older", "Assistant", "Deleted"} {
		for _, page := range []string{"feedback", "summary", "export", "erase", "person", "erase-person"} {
			b.get(at(page, name, evil))
		}
	}
	b.get("./?After=" + strings.ReplaceAll(evil, " ", "+"))
	b.get("nope%22%3E%3Cscript%3E?x=%22%3E%3Cscript%3E;%zz")
}

// Where a search has come to is said of pages that it did not fill, and of no other.
func TestAWholePageSaysNothingOfTheSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for few, want := range map[int]bool{1: true, 24: true, 25: false, 60: false} {
			st, _ := memoryWith(t, few)
			p := inBubble(unending{st}, options(), at("feedback"))
			if got := strings.Contains(p.text(), "Searched back to 1 Jan 1970, 00:00:01 UTC ; there may be more."); got != want || p.link("Older") == "" || len(p.records()) != min(few, 25) {
				t.Errorf("with %d records: %d are shown; the page says where the search has come to: %v, want %v", few, len(p.records()), got, want)
			}
		}
	})
}

// An unending store goes on after its last record, and takes long to find nothing.
type unending struct{ store.Store }

func (s unending) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	page, err := s.Store.List(ctx, scope, q)
	if page.Next == "" {
		time.Sleep(2 * time.Second)
		page.Next = store.MinID(time.Unix(1, 0))
	}
	return page, err
}

// A sparse store finds nothing in its first pages, and says that there is more.
type sparse struct {
	store.Store
	pages int
}

func (s *sparse) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if s.pages == 0 {
		return s.Store.List(ctx, scope, q)
	}
	s.pages--
	time.Sleep(30 * time.Millisecond)
	return store.Page{Next: store.MinID(now.Add(time.Duration(s.pages) * time.Hour))}, ctx.Err()
}

func TestASearchThatFindsLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, fs := memoryWith(t, 3)
		if ids := inBubble(&sparse{st, 5}, options(), at("feedback", "Tag", "late")).records(); len(ids) != 1 || ids[0] != fs[0].ID {
			t.Errorf("%v, want the record behind five empty pages", ids)
		}
		start := time.Now()
		p := inBubble(&sparse{st, 1000}, options(), at("feedback", "Tag", "late"))
		took, text, on := time.Since(start), p.text(), p.link("Search on")
		if took > 5*time.Second || !strings.Contains(text, "Nothing found yet") || !strings.Contains(text, "The search has come back to") ||
			!strings.Contains(on, "Older=aia_fdbk_") || !strings.Contains(on, "Tag=late") {
			t.Errorf("after %v, on to %q: %s", took, on, text)
		}
	})
}
