package console_test

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// scattered stores n of a person's records with each of three assistants, beside
// others', and returns the person's ids as they are shown.
func scattered(t testing.TB, st store.Store, user string, n int) (ids []string) {
	for i, name := range []string{"Zeta", "a/b", assistant} { // in byte order
		scope := store.Scope{Account: accountA, Assistant: name}
		var here []string
		for j := range n {
			id := store.NewID(now.Add(time.Duration(j-10*i) * time.Minute))
			add(t, st, store.Feedback{Scope: scope, ID: id, UserID: user, Text: "theirs"})
			here = append(here, id)
		}
		slices.Reverse(here)
		ids = append(ids, here...)
		add(t, st, store.Feedback{Scope: scope, UserID: user + "2", Text: "not theirs"})
		add(t, st, store.Feedback{Scope: scope, Text: "not theirs"})
		add(t, st, store.Feedback{Scope: store.Scope{Account: accountB, Assistant: name}, UserID: user, Text: "not theirs"})
	}
	return ids
}

func TestOnePersonsRecords(t *testing.T) {
	st := memory.New()
	want := scattered(t, st, "ann & bob", 2)
	b := open(t, st)
	if home := b.is(200, "./", "One user’s feedback"); !strings.Contains(home.body, `<form class="find" action="person" method="get"`) || !strings.Contains(home.body, `name="UserId" required`) {
		t.Error("the first page does not ask for a user")
	}
	path := b.get(at("feedback", "UserId", "ann & bob")).link("All of this user, with all assistants")
	p := b.is(200, path, "ann & bob", "Zeta", "a/b", assistant)
	if got := p.records(); path != "person?UserId=ann+%26+bob" || !slices.Equal(got, want) || strings.Contains(p.text(), "not theirs") {
		t.Errorf("%s shows %q, want %q: %s", path, got, want, p.text())
	}
	if p.link("More") != "" || p.link("First") != "" || strings.Contains(strings.ToLower(p.text()), "delete") {
		t.Errorf("it offers what there is not: %s", p.text())
	}
	if got := p.link("a/b"); got != "feedback?Assistant=a%2Fb&UserId=ann+%26+bob" || len(b.is(200, got).records()) != 2 {
		t.Errorf("the assistant's own are at %s", got)
	}
	for _, id := range want { // each card leads to its own assistant
		b.is(200, recordLink(p, id), "One feedback", id)
	}
	for format, lines := range map[string]int{"CSV": 7, "NDJSON": 6} {
		file := b.get(p.link(format))
		if got := strings.Count(file.body, "\n"); file.status != 200 || got != lines || !strings.Contains(file.body, "a/b") || strings.Contains(file.body, "not theirs") ||
			file.header.Get("Content-Disposition") != "attachment; filename=feedback-user-ann---bob-2026-11-22."+strings.ToLower(format) {
			t.Errorf("%s: %d %v with %d lines, want %d: %s", format, file.status, file.header, got, lines, file.body)
		}
	}
	if head := b.do("HEAD", p.link("CSV"), nil); head.status != 200 || head.body != "" || !strings.HasPrefix(head.header.Get("Content-Type"), "text/csv") {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	b.is(200, "person?UserId=nobody", "No feedback of this user")
	for _, path := range []string{"person", "person?UserId=", "person?UserId=%00", "person?Assistant=a", "person?UserId=ann&Format=xls", "person?UserId=ann&Format="} {
		b.is(404, path)
	}
	for _, position := range []string{"Older=" + want[0], "Assistant=a&Older=x", "Assistant=%00", "Assistant=a&Older=aia_fdbk_"} {
		b.is(400, "person?UserId=ann&"+position, "page of the list is unknown")
	}
}

// recordLink returns the address of a record's own page, as it is in a page.
func recordLink(p page, id string) string {
	link := regexp.MustCompile(`href="([^"]*[?;]Id=` + id + `[^"]*)"><time`).FindStringSubmatch(p.body)
	if link == nil {
		return ""
	}
	return html.UnescapeString(link[1])
}

func TestOnePersonsRecordsArePaged(t *testing.T) {
	for each, pages := range map[int]int{8: 1, 20: 3, 25: 3, 50: 6} {
		st := memory.New()
		want := scattered(t, st, "ann", each)
		b := open(t, st)
		var got []string
		n := 0
		for path := "person?UserId=ann"; path != ""; n++ {
			p := b.is(200, path)
			if ids := p.records(); len(ids) > 25 || (p.link("First") == "person?UserId=ann") != (n > 0) {
				t.Errorf("page %d has %d records, and First leads to %q", n, len(ids), p.link("First"))
			} else {
				got = append(got, ids...)
			}
			path = p.link("More")
		}
		if n != pages || !slices.Equal(got, want) {
			t.Errorf("%d pages with %d records, want %d with %d", n, len(got), pages, len(want))
		}
	}
	st := memory.New()
	ids := scattered(t, st, "ann", 20)
	b := open(t, st)
	second := b.get("person?UserId=ann").link("More")
	scope := store.Scope{Account: accountA, Assistant: "a/b"}
	if _, err := st.Delete(t.Context(), scope, store.Ref{ID: ids[24]}); err != nil { // where the page begins
		t.Fatal(err)
	}
	if got := b.get(second).records(); !slices.Equal(got, ids[25:50]) {
		t.Errorf("%d records, want those from where the page began", len(got))
	}
	b.is(200, "person?UserId=ann&Assistant="+assistant, "There is nothing more", "First")
}

// A tired store takes long for each list.
type tired struct{ store.Store }

func (s tired) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	time.Sleep(130 * time.Millisecond)
	return s.Store.List(ctx, scope, q)
}

func TestASearchForAPersonGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory.New()
		for i := range 50 {
			add(t, st, store.Feedback{Scope: store.Scope{Account: accountA, Assistant: fmt.Sprintf("assistant %02d", i)}, UserID: "bob"})
		}
		first := add(t, st, store.Feedback{Scope: store.Scope{Account: accountA, Assistant: "assistant 12"}, UserID: "ann"})
		last := add(t, st, store.Feedback{Scope: store.Scope{Account: accountA, Assistant: "z"}, UserID: "ann"})
		var found []string
		var said string
		for path, n := "person?UserId=ann", 0; path != "" && n < 10; n++ {
			p := inBubble(tired{st}, options(), path)
			found, said = append(found, p.records()...), said+p.text()
			path = p.link("More →")
		}
		if !slices.Equal(found, []string{first.ID, last.ID}) || !strings.Contains(said, "Nothing found yet The search has come to the assistant assistant 07") ||
			!strings.Contains(said, "Searched up to the assistant assistant 15 ; there may be more.") {
			t.Errorf("it found %q, and said %s", found, said)
		}
	})
}

func TestDeletingAPersonsRecordsEverywhere(t *testing.T) {
	st := memory.New()
	scattered(t, st, "ann & bob", 2)
	var told []string
	tell := func(o *console.Options) {
		o.OnErase = func(_ context.Context, p handler.Principal, s store.Scope, f store.Filter, n int64, err error) {
			told = append(told, fmt.Sprintf("%s %q %q %d %v", p.Account, s, f.UserID, n, err != nil))
			panic("of the host")
		}
	}
	b := deleting(t, st, tell)
	p := b.is(200, "person?UserId=ann+%26+bob", "Delete all of this user")
	p = b.is(200, p.link("Delete all of this user"), "6 records of user ann & bob with all assistants", "Keep them")
	if len(told) != 0 || len(b.get(p.link("Keep them")).records()) != 6 {
		t.Fatal("asking deletes")
	}
	for _, form := range []url.Values{{}, {"UserId": {""}}, {"UserId": {"\x00"}}, {"Assistant": {assistant}}} { // no user would be everybody
		if p := b.do("POST", "erase-person?UserId=ann", form); p.status != 404 {
			t.Errorf("POST %v: %d, want 404", form, p.status)
		}
		b.is(404, "erase-person?"+form.Encode())
	}
	p = b.do("POST", "erase-person", url.Values{"UserId": {"ann & bob"}})
	b.is(200, p.header.Get("Location"), "6 records were deleted.", "No feedback of this user")
	b.is(200, "person?UserId=ann+%26+bob2", "not theirs")
	b.account = accountB
	if n := len(b.is(200, "person?UserId=ann+%26+bob").records()); n != 3 {
		t.Errorf("the other account has %d of its 3 records", n)
	}

	failing := halfHearted{memory.New()}
	add(t, failing, store.Feedback{UserID: "ann"})
	b = deleting(t, failing, tell)
	if p := b.do("POST", "erase-person", url.Values{"UserId": {"ann"}}); p.status != 503 || !strings.Contains(p.text(), "some or all of it may be done") {
		t.Errorf("%d: %s", p.status, p.text())
	}
	b.is(500, "erase-person?UserId=ann")
	scope := store.Scope{Account: accountA}
	if want := []string{fmt.Sprintf("%s %q %q 6 false", accountA, scope, "ann & bob"), fmt.Sprintf("%s %q %q 5 true", accountA, scope, "ann")}; !slices.Equal(told, want) {
		t.Errorf("OnErase was told %q, want %q", told, want)
	}
}
