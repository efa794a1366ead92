package console_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

var pages = []string{"./", at("feedback"), at("record"), at("summary"), at("export", "Format", "csv"), at("delete"), at("erase", "UserId", "u"), "nope"}

func TestNobodyLooksWithoutCredentials(t *testing.T) {
	st, _ := memoryWith(t, 3)
	b := open(t, st)
	for _, account := range []string{"", "ACunknown"} {
		b.account = account
		for _, path := range pages {
			p := b.is(401, path, "Please sign in")
			if got := p.header.Get("WWW-Authenticate"); got != `Basic realm="Feedbacks", charset="UTF-8"` {
				t.Errorf("%s: WWW-Authenticate %q", path, got)
			}
			if strings.Contains(p.body, assistant) {
				t.Errorf("%s names the assistant", path)
			}
		}
		if p := b.do("POST", "erase", url.Values{"Assistant": {assistant}, "UserId": {"u"}}); p.status != 401 {
			t.Errorf("POST: %d, want 401", p.status)
		}
	}
}

func TestVisitorsAreForbidden(t *testing.T) {
	opts := options()
	opts.AllowDelete = true
	opts.Authenticate = func(*http.Request) (handler.Principal, error) {
		return handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: assistant, Session: "demo"}}, nil
	}
	st, _ := memoryWith(t, 3)
	b := browse(t, console.New(st, opts))
	for _, path := range pages {
		b.is(403, path, "Not for visitors")
	}
	if p := b.do("POST", "erase", url.Values{"Assistant": {assistant}, "UserId": {"user 0"}}); p.status != 403 {
		t.Errorf("POST: %d, want 403", p.status)
	}
}

func TestCredentialsThatCannotBeLookedUpAre503(t *testing.T) {
	for _, cause := range []error{store.ErrUnavailable, context.DeadlineExceeded} {
		opts := options()
		opts.Authenticate = func(*http.Request) (handler.Principal, error) { return handler.Principal{}, fmt.Errorf("x: %w", cause) }
		b := browse(t, console.New(memory.New(), opts))
		p := b.is(503, at("feedback", "UserId", "a:b c"), "out of reach")
		if p.header.Get("Retry-After") == "" || p.link("Try again") != "./"+at("feedback", "UserId", "a:b c") {
			t.Errorf("Retry-After %q, link %q", p.header.Get("Retry-After"), p.link("Try again"))
		}
	}
	opts := options()
	opts.Authenticate = func(*http.Request) (handler.Principal, error) { return handler.Principal{}, errors.New("no") }
	browse(t, console.New(memory.New(), opts)).is(401, "./")
}

func TestAnAccountSeesItsOwnAlone(t *testing.T) {
	st := memory.New()
	mine := add(t, st, store.Feedback{Text: "mine"})
	theirs := add(t, st, store.Feedback{Scope: store.Scope{Account: accountB, Assistant: assistant}, Text: "theirs", UserID: "u"})
	add(t, st, store.Feedback{Scope: store.Scope{Account: accountB, Assistant: "secret assistant"}})
	add(t, st, store.Feedback{Scope: store.Scope{Account: "AC", Assistant: "before"}})
	opts := options()
	opts.AllowDelete = true
	b := browse(t, console.New(st, opts))
	for _, path := range []string{"./", at("feedback"), at("feedback", "UserId", "u"), at("feedback", "Account", accountB), at("summary"), at("export", "Format", "csv"), at("record", "Id", theirs.ID)} {
		p := b.get(path)
		for _, text := range []string{"theirs", "secret assistant", "before", accountB, theirs.ID} {
			if strings.Contains(p.text(), text) {
				t.Errorf("%s shows %q: %s", path, text, p.text())
			}
		}
	}
	b.is(200, "./", assistant)
	b.is(200, at("feedback"), "mine")
	b.is(200, at("record", "Id", mine.ID), "mine")
	b.is(404, at("record", "Id", theirs.ID))
	b.is(404, at("delete", "Id", theirs.ID))
	b.is(200, "feedback?Assistant=secret+assistant", "No feedback yet")
	form := url.Values{"Assistant": {assistant}, "Id": {theirs.ID}, "UserId": {"u"}}
	if p := b.do("POST", "delete", form); p.status != 404 {
		t.Errorf("deleting another's: %d, want 404", p.status)
	}
	b.do("POST", "erase", form)
	b.account = accountB
	b.is(200, at("feedback"), "theirs")
	b.is(200, "./", "secret assistant")
}

func TestWithoutAuthenticateItIsOpenForOneTenant(t *testing.T) {
	st := memory.New()
	add(t, st, store.Feedback{Scope: store.Scope{Assistant: "mine"}, Text: "hello"})
	add(t, st, store.Feedback{})
	b := browse(t, console.New(st, nil))
	b.account = ""
	if p := b.is(200, "./", "mine"); strings.Contains(p.text(), assistant) || strings.Contains(p.text(), "Account") {
		t.Error("shows an account")
	}
	b.is(200, "feedback?Assistant=mine", "hello")
}
