package console

import (
	"slices"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
)

func TestPagingToTheEndAndBack(t *testing.T) { onEveryStore(t, testPagingToTheEndAndBack) }

func testPagingToTheEndAndBack(t *testing.T, st store.Store) {
	const older, newer, newest = ".pages [rel=next]", ".pages [rel=prev]", ".pages a:first-child"
	fs := addMany(t, st, 71) // the filter selects the first and the last, since a page beyond those that match may be empty
	match := ids(fs, func(f store.Feedback) bool { return f.Score <= .75 })
	p := browser.New(t)
	p.Open(serve(t, st).at("feedback", "MaxScore", "75%"))
	var pages [][]string
	for {
		pages = append(pages, shown(p))
		if has(p, newer) != (len(pages) > 1) {
			t.Errorf("page %d: a link to newer ones is %t", len(pages), has(p, newer))
		}
		if !has(p, older) || len(pages) > len(fs) {
			break
		}
		follow(p, older)
	}
	if want := slices.Collect(slices.Chunk(match, pageSize)); !slices.EqualFunc(pages, want, slices.Equal) {
		t.Errorf("the pages are\n%q, want\n%q", pages, want)
	}
	for i := len(pages) - 2; i >= 0; i-- {
		follow(p, newer)
		if got := shown(p); !slices.Equal(got, pages[i]) {
			t.Errorf("back on page %d are %d records", i, len(got))
		}
	}
	if has(p, newer) {
		t.Error("there is something newer than the newest")
	}
	// What comes meanwhile is newer than the page, and moves nothing.
	follow(p, older)
	late := add(t, st, store.Feedback{ID: store.NewID(now.Add(1)), Text: "new"})
	follow(p, newer)
	follow(p, newer)
	if got := shown(p); !slices.Equal(got, []string{late.ID}) {
		t.Errorf("the newer page is %q", got)
	}
	follow(p, newest)
	if got := shown(p); got[0] != late.ID || !slices.Equal(got[1:], match[:pageSize-1]) {
		t.Errorf("the newest page is %q", got)
	}
}
