package console_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// deleting returns a console that may delete.
func deleting(t testing.TB, st store.Store, change ...func(*console.Options)) *browser {
	opts := options()
	opts.MayDelete = anyone
	for _, c := range change {
		c(opts)
	}
	return browse(t, console.New(st, opts))
}

func TestDeletingARecord(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{UserID: "ann", Text: "delete me"})
	add(t, st, store.Feedback{UserID: "ann", Text: "keep me"})
	var changes []string
	b := deleting(t, st, func(o *console.Options) {
		o.OnChange = func(_ context.Context, before, after *store.Feedback) {
			changes = append(changes, before.Text)
			if after != nil {
				t.Error("there is nothing after a deletion")
			}
			panic("of the host")
		}
	})
	ask := b.get(at("feedback")).link("Delete the feedback of")
	if ask == "" {
		t.Fatal("no link to delete")
	}
	b.is(200, at("delete", "Id", f.ID), "Delete this feedback?", "delete me", "Keep it")
	if n := len(b.get(at("feedback")).records()); n != 2 {
		t.Fatalf("asking deletes: %d records", n)
	}
	form := url.Values{"Assistant": {assistant}, "Id": {f.ID}}
	p := b.do("POST", "delete", form)
	if p.status != 303 || len(changes) != 1 || changes[0] != "delete me" {
		t.Fatalf("%d, changes %v", p.status, changes)
	}
	p = b.is(200, p.header.Get("Location"), "1 record was deleted.", "keep me")
	if strings.Contains(p.text(), "delete me") {
		t.Error("the record is still there")
	}
	for _, again := range []page{b.do("POST", "delete", form), b.get(at("delete", "Id", f.ID)), b.do("POST", "delete?"+form.Encode(), url.Values{}), b.get(at("record", "Id", "x"))} {
		if again.status != 404 {
			t.Errorf("again: %d, want 404", again.status)
		}
	}
}

func TestDeletingAPersonsRecords(t *testing.T) {
	st := memory.New()
	for range 3 {
		add(t, st, store.Feedback{UserID: "ann & bob"})
	}
	add(t, st, store.Feedback{UserID: "ann"})
	add(t, st, store.Feedback{})
	add(t, st, store.Feedback{Scope: store.Scope{Account: accountA, Assistant: "other"}, UserID: "ann & bob"})
	b := deleting(t, st)
	b.is(200, b.get(at("feedback", "UserId", "ann & bob")).link("Delete all of this user"), "Delete all feedback of this user?", "3 records of user ann & bob")
	// no user would be everybody
	for _, form := range []url.Values{{"Assistant": {assistant}}, {"Assistant": {assistant}, "UserId": {""}}, {"Assistant": {assistant}, "Tag": {"x"}}, {"UserId": {"ann"}}, {"Assistant": {assistant}, "UserId": {"\x00"}}} {
		if p := b.do("POST", "erase", form); p.status != 404 {
			t.Errorf("POST %v: %d, want 404", form, p.status)
		}
		b.is(404, "erase?"+form.Encode())
	}
	p := b.do("POST", "erase?UserId=ann", url.Values{"Assistant": {assistant}, "UserId": {"ann & bob"}, "MinScore": {"1"}})
	b.is(200, p.header.Get("Location"), "3 records were deleted.", "Feedback 2")
	b.is(200, "feedback?Assistant=other", "ann & bob")
	b.is(200, at("feedback", "UserId", "ann"), "ann")
}

func TestNothingIsDeletedUnlessAllowed(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{UserID: "ann"})
	b := open(t, st)
	if p := b.get(at("feedback", "Deleted", "7")); strings.Contains(strings.ToLower(p.text()), "delete") {
		t.Errorf("there is talk of deleting: %s", p.text())
	}
	for _, page := range []string{"delete", "erase", "erase-person"} {
		b.is(404, at(page, "Id", f.ID, "UserId", "ann"))
		if p := b.do("POST", page, url.Values{"Assistant": {assistant}, "Id": {f.ID}, "UserId": {"ann"}}); p.status != 404 {
			t.Errorf("POST %s: %d, want 404", page, p.status)
		}
	}
	b.is(200, at("feedback"), "Feedback 1")
}

func TestTheHostSaysWhoMayDelete(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{UserID: "ann"})
	var asked []handler.Principal
	b := deleting(t, st, func(o *console.Options) {
		o.MayDelete = func(p handler.Principal) bool {
			asked = append(asked, p)
			return p.Actor == "boss"
		}
		o.Authenticate = func(r *http.Request) (handler.Principal, error) {
			actor, _, ok := r.BasicAuth()
			if !ok {
				return handler.Principal{}, handler.ErrUnauthenticated
			}
			return handler.Principal{Account: accountA, Actor: actor}, nil
		}
	})
	form := url.Values{"Assistant": {assistant}, "Id": {f.ID}, "UserId": {"ann"}}
	b.account = "clerk"
	if p := b.is(200, at("feedback", "Deleted", "7"), "Feedback 1"); strings.Contains(strings.ToLower(p.text()), "delete") {
		t.Errorf("the clerk reads of deleting: %s", p.text())
	}
	for _, page := range []string{"delete", "erase", "erase-person"} {
		b.is(404, at(page, "Id", f.ID, "UserId", "ann"))
		if p := b.do("POST", page, form); p.status != 404 {
			t.Errorf("the clerk's POST %s: %d, want 404", page, p.status)
		}
	}
	if len(asked) != 7 || asked[0] != (handler.Principal{Account: accountA, Actor: "clerk"}) {
		t.Errorf("MayDelete was asked %+v, want the clerk once a request", asked)
	}
	b.account = ""
	b.is(401, "./")
	if len(asked) != 7 {
		t.Errorf("MayDelete was asked about nobody: %+v", asked[7:])
	}
	b.account = "boss"
	if p := b.do("POST", "delete", form); p.status != 303 {
		t.Errorf("the boss: %d, want 303", p.status)
	}
}

func TestOnErase(t *testing.T) {
	var told []string
	tell := func(o *console.Options) {
		o.OnErase = func(_ context.Context, p handler.Principal, s store.Scope, f store.Filter, n int64, err error) {
			told = append(told, fmt.Sprint(p.Account, " ", s, " ", f.UserID, " ", n, " ", err != nil))
			panic("of the host")
		}
	}
	form := url.Values{"Assistant": {assistant}, "UserId": {"ann"}}
	st := memory.New()
	add(t, st, store.Feedback{UserID: "ann"})
	b := deleting(t, st, tell)
	b.get(at("erase", "UserId", "ann"))
	b.do("POST", "erase", url.Values{"Assistant": {assistant}})
	if p := b.do("POST", "erase", form); p.status != 303 {
		t.Errorf("%d, want 303", p.status)
	}
	if p := deleting(t, halfHearted{memory.New()}, tell).do("POST", "erase", form); p.status != 503 {
		t.Errorf("%d, want 503", p.status)
	}
	scope := store.Scope{Account: accountA, Assistant: assistant}
	if want := []string{fmt.Sprint(accountA, " ", scope, " ann 1 false"), fmt.Sprint(accountA, " ", scope, " ann 5 true")}; !slices.Equal(told, want) {
		t.Errorf("OnErase was told %q, want %q", told, want)
	}
}

// Counting may take a store long.
func TestCountingWhatToEraseHasADeadline(t *testing.T) {
	st := &timed{Store: memory.New()}
	add(t, st, store.Feedback{UserID: "ann"})
	deleting(t, st).is(200, at("erase", "UserId", "ann"), "1 record of user ann")
	if st.left <= 0 || st.left > 10*time.Second {
		t.Errorf("the store has %v to count, want a few seconds", st.left)
	}
}

// A timed store remembers how long it had for a summary, 0 for ever.
type timed struct {
	store.Store
	left time.Duration
}

func (s *timed) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	s.left = 0
	if deadline, ok := ctx.Deadline(); ok {
		s.left = time.Until(deadline)
	}
	return s.Store.Summarize(ctx, scope, q)
}

func TestAnotherSiteCannotDelete(t *testing.T) {
	st := memory.New()
	f := add(t, st, store.Feedback{UserID: "ann"})
	b := deleting(t, st)
	form := url.Values{"Assistant": {assistant}, "Id": {f.ID}, "UserId": {"ann"}}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
		for _, page := range []string{"delete", "erase", "erase-person"} {
			p := b.do("POST", page, form, headers...)
			if p.status != 403 || !strings.Contains(p.text(), "Nothing was changed") {
				t.Errorf("POST %s with %v: %d", page, headers, p.status)
			}
		}
	}
	b.is(200, at("feedback"), "Feedback 1")
	if p := b.do("POST", "delete", form, "Sec-Fetch-Site", "same-origin", "Origin", strings.TrimSuffix(b.url, "/")); p.status != 303 {
		t.Errorf("from the page itself: %d, want 303", p.status)
	}
}

// A proxy may make another Host of the one that the browser knows.
func TestDeletingBehindAProxy(t *testing.T) {
	for _, c := range []struct {
		base, origin string
		status       int
	}{
		{"", "https://feedback.example.com", 403},
		{"https://Feedback.Example.com:443/below/", "https://feedback.example.com", 303},
		{"http://feedback.example.com:80", "http://feedback.example.com", 303},
		{"http://feedback.example.com:8080/x", "http://feedback.example.com:8080", 303},
		{"https://feedback.example.com", "http://feedback.example.com", 403},
		{"https://feedback.example.com", "https://feedback.example.com.evil.example", 403},
		{"https://feedback.example.com", "null", 403},
	} {
		st := memory.New()
		f := add(t, st, store.Feedback{})
		b := deleting(t, st, func(o *console.Options) { o.BaseURL = c.base })
		p := b.do("POST", "delete", url.Values{"Assistant": {assistant}, "Id": {f.ID}}, "Origin", c.origin)
		if p.status != c.status {
			t.Errorf("from %s with BaseURL %q: %d, want %d", c.origin, c.base, p.status, c.status)
		}
	}
}

// A half-hearted store breaks off an erasure.
type halfHearted struct{ store.Store }

func (halfHearted) Erase(context.Context, store.Scope, store.Filter) (int64, error) {
	return 5, store.ErrUnavailable
}
func (halfHearted) Summarize(context.Context, store.Scope, store.SummaryQuery) (store.Summary, error) {
	return store.Summary{}, errors.New("bug")
}

func TestAnErasureThatBreaksOff(t *testing.T) {
	b := deleting(t, halfHearted{memory.New()})
	p := b.do("POST", "erase", url.Values{"Assistant": {assistant}, "UserId": {"ann"}})
	if p.status != 503 || !strings.Contains(p.text(), "some or all of it may be done") || p.link("Try again") != "" {
		t.Errorf("%d: %s", p.status, p.text())
	}
	b.is(500, at("erase", "UserId", "ann"))
}

func TestBodiesThatAreNoForm(t *testing.T) {
	b := deleting(t, memory.New())
	for _, form := range []url.Values{{"UserId": {strings.Repeat("x", 300<<10)}}} {
		if p := b.do("POST", "erase", form); p.status != http.StatusBadRequest {
			t.Errorf("%d, want 400", p.status)
		}
	}
}
