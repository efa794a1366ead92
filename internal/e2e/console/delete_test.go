package console

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestDeleteAfterAConfirmation(t *testing.T) { onEveryStore(t, testDeleteAfterAConfirmation) }

func testDeleteAfterAConfirmation(t *testing.T, st store.Store) {
	const deletes, erases = ".delete a:nth-child(1)", ".delete a:nth-child(2)"
	fs := addMany(t, st, 9)
	s := serve(t, st, deleting)
	p := browser.New(t)
	p.Open(s.at("feedback"))
	follow(p, deletes)
	if got := texts(p, "h1"); !slices.Equal(got, []string{"Delete this feedback?"}) || !slices.Equal(shown(p), ids(fs[:1], nil)) || has(p, ".delete") {
		t.Errorf("%q of %q", got, shown(p))
	}
	follow(p, ".actions a") // keeps it
	if got := shown(p); !slices.Equal(got, ids(fs, nil)) {
		t.Fatalf("after keeping it there are %d records", len(got))
	}
	follow(p, deletes)
	follow(p, ".actions .danger")
	if got := texts(p, ".notice[role=status]"); !slices.Equal(got, []string{"1 record was deleted."}) || !slices.Equal(shown(p), ids(fs[1:], nil)) {
		t.Errorf("%q, and %d records are left", got, len(shown(p)))
	}
	if _, err := st.Get(t.Context(), scope, store.Ref{ID: fs[0].ID}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the store still has it: %v", err)
	}

	// Then all that one person gave.
	follow(p, erases)
	user := texts(p, "main > p strong:nth-child(2)")[0]
	theirs := func(f store.Feedback) bool { return f.UserID == user }
	if got := texts(p, "main > p strong"); got[0] != "1 record" && got[0] != "2 records" || len(ids(fs[1:], theirs)) == 0 {
		t.Errorf("it would delete %q", got)
	}
	follow(p, ".actions .danger")
	if got := texts(p, ".empty h3"); len(got)+len(shown(p)) == 0 {
		t.Error("the page says nothing")
	}
	p.Open(s.at("feedback"))
	if got := shown(p); !slices.Equal(got, ids(fs[1:], func(f store.Feedback) bool { return !theirs(f) })) {
		t.Errorf("%d records are left", len(got))
	}
}

func TestOnePersonIsFoundAndErased(t *testing.T) { onEveryStore(t, testOnePersonIsFoundAndErased) }

func testOnePersonIsFoundAndErased(t *testing.T, st store.Store) {
	fs := addMany(t, st, 9)
	other := add(t, st, store.Feedback{Scope: store.Scope{Account: scope.Account, Assistant: "another"}, UserID: "user 1"})
	theirs := append(ids(fs, func(f store.Feedback) bool { return f.UserID == "user 1" }), other.ID) // "aia…" comes before "another"
	s := serve(t, st, deleting)
	p := browser.New(t)
	p.Open(s.url)
	p.Click(".find .button") // without a user the browser asks for one
	if has(p, "h1.id") {
		t.Error("a search without a user leads on")
	}
	p.Exec(`document.querySelector(".find input").focus()`)
	p.Type("user 1")
	visit(p, func() { p.Type("\r") })
	if got := texts(p, "h2"); !slices.Equal(shown(p), theirs) || !slices.Equal(got, []string{scope.Assistant, "another"}) {
		t.Errorf("%q with %q, want %q", got, shown(p), theirs)
	}
	follow(p, ".head .delete a")
	if got := texts(p, "main > p strong"); !slices.Equal(got, []string{fmt.Sprintf("%d records", len(theirs)), "user 1"}) {
		t.Errorf("it would delete %q", got)
	}
	follow(p, ".actions a") // keeps them
	if !slices.Equal(shown(p), theirs) {
		t.Error("they are not kept")
	}
	follow(p, ".head .delete a")
	follow(p, ".actions .danger")
	if got := texts(p, ".notice[role=status]"); !slices.Equal(got, []string{fmt.Sprintf("%d records were deleted.", len(theirs))}) || len(shown(p)) > 0 {
		t.Errorf("%q, and %d records are left", got, len(shown(p)))
	}
	p.Open(s.at("feedback"))
	if got := shown(p); !slices.Equal(got, ids(fs, func(f store.Feedback) bool { return f.UserID != "user 1" })) {
		t.Errorf("%d records of others are left", len(got))
	}
}

func TestNothingOffersToDeleteUnlessAllowed(t *testing.T) {
	st := memory.New()
	f := addMany(t, st, 1)[0]
	s := serve(t, st)
	p := browser.New(t)
	p.Expect(`status of 404 .*/(delete|erase|erase-person)\?`)
	for _, page := range []string{s.at("feedback"), s.at("record", "Id", f.ID), s.at("delete", "Id", f.ID), s.at("erase", "UserId", f.UserID), s.url + "person?UserId=" + url.QueryEscape(f.UserID), s.at("erase-person", "UserId", f.UserID)} {
		p.Open(page)
		if has(p, ".delete") || has(p, "[method=post]:not(.review form)") {
			t.Errorf("%s offers to delete", page)
		}
	}
}
