package console

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestABadFilterIsMendedInTheForm(t *testing.T) {
	st := memory.New()
	addMany(t, st, 10)
	s := serve(t, st)
	p := browser.New(t)
	p.Expect(`status of 400 .*MinScore=2`)
	for page, shows := range map[string]string{"feedback": ".records", "summary": ".tiles"} {
		p.Open(s.at(page))
		bad := map[string]string{"MinScore": "2", "Tag": "late"}
		fill(p, bad)
		follow(p, ".filters .primary")
		if got := filled(p); !maps.Equal(got, bad) {
			t.Errorf("%s: the form keeps %v", page, got)
		}
		if got := browser.Eval[string](p, `document.getElementById(document.querySelector("#MinScore[aria-invalid=true]").getAttribute("aria-describedby")).textContent`); got != "This must be between 0% and 100%, or between 0 and 1" {
			t.Errorf("%s: the field says %q", page, got)
		}
		if !slices.Equal(texts(p, ".empty h3"), []string{"Some filters cannot be used"}) || has(p, shows) || has(p, ".downloads") {
			t.Errorf("%s: %q", page, texts(p, "main"))
		}
		fill(p, map[string]string{"MinScore": "0.2", "Tag": "late"})
		follow(p, ".filters .primary")
		if !has(p, shows) || has(p, ".alert, .error") {
			t.Errorf("%s, mended: %q", page, texts(p, "main"))
		}
	}
}

func TestEmptyPagesSayWhatToDo(t *testing.T) {
	s := serve(t, memory.New())
	p := browser.New(t)
	for address, want := range map[string]string{
		s.url: "An assistant appears here with its first feedback", s.at("feedback"): "This assistant has none", s.at("summary"): "There will be statistics with the first", s.at("compare"): "Type in the form what they start with",
		s.at("feedback", "Tag", "none"): "Take a filter away", s.at("summary", "Tag", "none"): "Take a filter away",
		s.at("compare", "Compare", "none"): "Choose or type something else",
	} {
		p.Open(address)
		if got := texts(p, ".empty"); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s says %q, want %q", address, got, want)
		}
	}
	p.Open(s.at("feedback", "Tag", "none"))
	follow(p, ".empty a")
	if has(p, ".chip") {
		t.Error("a filter is left")
	}
}

// A flaky store is out of reach while it is down.
type flaky struct {
	store.Store
	down atomic.Bool
}

func (s *flaky) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if s.down.Load() {
		return store.Page{}, store.ErrUnavailable
	}
	return s.Store.List(ctx, scope, q)
}

func (s *flaky) Get(ctx context.Context, scope store.Scope, r store.Ref) (store.Feedback, error) {
	if s.down.Load() {
		return store.Feedback{}, store.ErrUnavailable
	}
	return s.Store.Get(ctx, scope, r)
}

func TestErrorsLeadOn(t *testing.T) {
	st := &flaky{Store: memory.New()}
	fs := addMany(t, st, 3)
	s := serve(t, st)
	p := browser.New(t)
	p.Expect(`status of (400|404|503) `)
	st.down.Store(true)
	p.Open(s.at("feedback", "SessionId", "session 1"))
	if got := texts(p, "h1"); !slices.Equal(got, []string{"Feedback is out of reach"}) {
		t.Errorf("the page says %q", got)
	}
	st.down.Store(false)
	follow(p, ".actions .primary") // tries again
	if got := shown(p); !slices.Equal(got, ids(fs, func(f store.Feedback) bool { return f.SessionID == "session 1" })) {
		t.Errorf("the second try shows %q", got)
	}
	for address, want := range map[string]string{
		s.at("record", "Id", store.NewID(now)): "Nothing is here", s.url + "nowhere": "Nothing is here",
		s.at("feedback", "Older", "x"): "That page of the list is unknown", s.at("feedback") + "&%zz": "That address is damaged",
	} {
		p.Open(address)
		if got := texts(p, "h1"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s says %q, want %q", address, got, want)
		}
		follow(p, ".actions a")
		if got := texts(p, ".assistants .name"); !slices.Equal(got, []string{scope.Assistant}) {
			t.Errorf("it leads to %q", got)
		}
	}
}
