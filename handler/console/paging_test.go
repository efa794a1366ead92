package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestPagesToTheEndAndBack(t *testing.T) {
	st, fs := memoryWith(t, 60)
	slices.Reverse(fs) // as they are shown
	b := open(t, st)
	var pages []page
	for path := at("feedback"); path != ""; path = pages[len(pages)-1].link("Older") {
		pages = append(pages, b.is(200, path))
	}
	var ids []string
	for _, p := range pages {
		ids = append(ids, p.records()...)
	}
	if want := idsOf(fs); len(pages) != 3 || !slices.Equal(ids, want) {
		t.Fatalf("%d pages with %d records, want 3 with 60", len(pages), len(ids))
	}
	if pages[0].link("Newer") != "" || pages[0].link("Newest") != "" || pages[1].link("Newest") != at("feedback") {
		t.Error("the first page has links to newer ones, or the second none to the newest")
	}
	back := pages[2]
	for i := 1; i >= 0; i-- {
		back = b.is(200, back.link("Newer"))
		if !slices.Equal(back.records(), pages[i].records()) {
			t.Errorf("back on page %d: %v", i, back.records())
		}
	}
	if p := b.get(back.link("Older")); !slices.Equal(p.records(), pages[1].records()) {
		t.Error("forth again leads elsewhere")
	}
}

func TestPagesWhileRecordsComeAndGo(t *testing.T) {
	st, fs := memoryWith(t, 60)
	b := open(t, st)
	first := b.get(at("feedback")).records()
	second := b.get(b.get(at("feedback")).link("Older"))
	scope := store.Scope{Account: accountA, Assistant: assistant}
	for _, id := range []string{first[24], second.records()[0], second.records()[24]} { // what the links stand on
		if _, err := st.Delete(t.Context(), scope, store.Ref{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	fresh := add(t, st, store.Feedback{ID: store.NewID(now.Add(time.Second))})
	third := b.get(second.link("Older")).records()
	if want := idsOf(fs[:10]); !slices.Equal(reversed(third), want) {
		t.Errorf("older: %v, want %v", third, want)
	}
	p := b.get(second.link("Newer"))
	if want := slices.Insert(slices.Clone(first[:24]), 0, fresh.ID); !slices.Equal(p.records(), want) {
		t.Errorf("newer: %d records, want the %d of the first page that are left and the new one", len(p.records()), len(want))
	}
	if p.link("Newer") != "" {
		t.Error("there is something newer than the newest")
	}
	p = b.is(200, at("feedback", "Newer", fresh.ID), "nothing more")
	if len(p.records()) != 0 || !slices.Equal(b.get(p.link("Older")).records()[:1], []string{fresh.ID}) {
		t.Error("from beyond the newest there is no way back")
	}
	b.is(200, at("feedback", "Older", store.MinID(time.Unix(0, 0))), "nothing more", "Newest")
	for _, bad := range []string{at("feedback", "Older", "x"), at("feedback", "Newer", "aia_fdbk_"), at("feedback", "Older", first[0], "Newer", first[1])} {
		b.is(400, bad, "page of the list is unknown")
	}
}

func idsOf(fs []store.Feedback) (ids []string) {
	for _, f := range fs {
		ids = append(ids, f.ID)
	}
	return ids
}

func reversed(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Reverse(ids)
	return ids
}

func TestAssistantsArePaged(t *testing.T) {
	st := memory.New()
	var want []string
	for i := range 120 {
		name := fmt.Sprintf("assistant %03d", i)
		add(t, st, store.Feedback{Scope: store.Scope{Account: accountA, Assistant: name}})
		want = append(want, name)
	}
	add(t, st, store.Feedback{Scope: store.Scope{Account: accountB, Assistant: "another's"}})
	b := open(t, st)
	text, pages := "", 0
	p := b.is(200, "./")
	for {
		pages++
		text += p.text()
		next := p.link("More assistants")
		if next == "" {
			break
		}
		p = b.is(200, next, "First assistants")
	}
	for _, name := range want {
		if strings.Count(text, " "+name+" Summary") != 1 {
			t.Errorf("%s is not there once", name)
		}
	}
	if pages != 3 || strings.Contains(text, "another's") {
		t.Errorf("%d pages, want 3 without another's", pages)
	}
	b.is(200, "./?After=zzz", "No more assistants", "First assistants")
	b.is(400, "./?After=%00", "unknown")
	b.is(400, "./?After=%ff", "unknown")
}
