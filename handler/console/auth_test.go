package console_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

var pages = []string{"./", at("feedback"), at("record"), at("summary"), at("export", "Format", "csv"), at("delete"), at("erase", "UserId", "u"), "person?UserId=u", "erase-person?UserId=u", "nope"}

func TestNobodyLooksWithoutCredentials(t *testing.T) {
	st, _ := memoryWith(t, 3)
	b := open(t, st)
	for _, account := range []string{"", "ACunknown"} {
		b.account = account
		for _, path := range pages {
			p := b.is(401, path, "Please sign in")
			if strings.Contains(p.text(), "SID") { // who has a login of the host's has none
				t.Errorf("%s: %s", path, p.text())
			}
			if got := p.header.Get("WWW-Authenticate"); got != `Basic realm="Feedbacks", charset="UTF-8"` {
				t.Errorf("%s: WWW-Authenticate %q", path, got)
			}
			if strings.Contains(p.body, assistant) {
				t.Errorf("%s names the assistant", path)
			}
		}
		for _, page := range []string{"erase", "erase-person"} {
			if p := b.do("POST", page, url.Values{"Assistant": {assistant}, "UserId": {"u"}}); p.status != 401 {
				t.Errorf("POST %s: %d, want 401", page, p.status)
			}
		}
	}
}

func TestVisitorsAreForbidden(t *testing.T) {
	opts := options()
	opts.MayDelete = anyone
	opts.Authenticate = func(*http.Request) (handler.Principal, error) {
		return handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: assistant, Session: "demo"}}, nil
	}
	st, _ := memoryWith(t, 3)
	b := browse(t, console.New(st, opts))
	for _, path := range pages {
		b.is(403, path, "Not for visitors")
	}
	for _, page := range []string{"erase", "erase-person"} {
		if p := b.do("POST", page, url.Values{"Assistant": {assistant}, "UserId": {"user 0"}}); p.status != 403 {
			t.Errorf("POST %s: %d, want 403", page, p.status)
		}
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
}

func TestErrorsOfAuthenticate(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		text   string
	}{
		{handler.ErrUnauthenticated, 401, "You are not signed in"}, {http.ErrNoCookie, 401, "You are not signed in"},
		{handler.ErrForbidden, 403, "may not look at feedback"}, {errors.New("x"), 503, "who you are"}, {store.ErrNotFound, 503, "who you are"},
	} {
		var log bytes.Buffer
		opts := options()
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		opts.MayDelete = anyone
		opts.Authenticate = func(*http.Request) (handler.Principal, error) {
			return handler.Principal{}, fmt.Errorf("sessions table: %w", c.err)
		}
		b := browse(t, console.New(memory.New(), opts))
		for _, page := range []page{b.is(c.status, at("feedback", "UserId", "ann"), c.text), b.do("POST", "erase", url.Values{"Assistant": {assistant}, "UserId": {"ann"}})} {
			if page.status != c.status || page.header.Get("WWW-Authenticate") != "" || strings.Contains(page.text(), "may be done") {
				t.Errorf("%v: %d, WWW-Authenticate %q: %s", c.err, page.status, page.header.Get("WWW-Authenticate"), page.text())
			}
		}
		if got := strings.Contains(log.String(), "sessions table"); got != (c.status == 503) || strings.Contains(log.String(), "ann") {
			t.Errorf("%v: the log is %q, want the cause there with 503 alone, and never the query", c.err, &log)
		}
	}
}

// A password prompt is for those who have a password, and for a page that they
// went to.
func TestScriptsAreNotChallenged(t *testing.T) {
	b := open(t, memory.New())
	b.account = ""
	for dest, want := range map[string]bool{"document": true, "iframe": true, "empty": false} {
		p := b.do("GET", "./", nil, "Sec-Fetch-Dest", dest)
		if got := p.header.Get("WWW-Authenticate"); p.status != 401 || (got != "") != want {
			t.Errorf("Sec-Fetch-Dest %s: %d, WWW-Authenticate %q", dest, p.status, got)
		}
	}
}

func TestALoginOfTheHosts(t *testing.T) {
	for name, err := range map[string]error{"no cookie": http.ErrNoCookie, "a challenge": &handler.ChallengeError{Challenge: `Basic realm="x"`}} {
		opts := options()
		opts.LoginURL = "../login?from=console"
		opts.Authenticate = func(r *http.Request) (handler.Principal, error) {
			if _, e := r.Cookie("login"); e != nil {
				return handler.Principal{}, err
			}
			return handler.Principal{Account: accountA}, nil
		}
		b := browse(t, console.New(memory.New(), opts))
		for _, method := range []string{"GET", "HEAD", "POST"} {
			p := b.do(method, at("feedback", "UserId", "ann"), nil)
			if p.status != 303 || p.header.Get("Location") != opts.LoginURL || p.header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s, %s: %d to %q, WWW-Authenticate %q", name, method, p.status, p.header.Get("Location"), p.header.Get("WWW-Authenticate"))
			}
		}
		if p := b.do("GET", "./", nil, "Sec-Fetch-Dest", "empty"); p.status != 401 || p.header.Get("Location") != "" {
			t.Errorf("%s: a script is sent to %q, with %d", name, p.header.Get("Location"), p.status)
		}
		if p := b.do("GET", "./", nil, "Cookie", "login=1"); p.status != 200 {
			t.Errorf("%s: with the cookie: %d", name, p.status)
		}
	}
}

func TestAnAccountSeesItsOwnAlone(t *testing.T) {
	st := memory.New()
	mine := add(t, st, store.Feedback{Text: "mine"})
	theirs := add(t, st, store.Feedback{Scope: store.Scope{Account: accountB, Assistant: assistant}, Text: "theirs", UserID: "u"})
	add(t, st, store.Feedback{Scope: store.Scope{Account: accountB, Assistant: "secret assistant"}})
	add(t, st, store.Feedback{Scope: store.Scope{Account: "AC", Assistant: "before"}})
	opts := options()
	opts.MayDelete = anyone
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
