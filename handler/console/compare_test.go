package console_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// rate stores n records with a tag, some of them positive and the rest negative,
// on three days, the last of them days ago.
func rate(t testing.TB, st store.Store, days int, tag string, positive, n int) {
	t.Helper()
	for i := range n {
		score := .25
		if i < positive {
			score = 1
		}
		add(t, st, store.Feedback{ID: store.NewID(now.AddDate(0, 0, -days-i%3)), UserID: fmt.Sprint("user ", i%2), Score: score, Tags: []string{tag}})
	}
}

// The differences and intervals are examples of Newcombe, Statistics in Medicine
// 17 (1998) 857–872 and 873–890.
func TestTagsSideBySide(t *testing.T) {
	st := memory.New()
	rate(t, st, 0, "prompt:4", 56, 70)
	rate(t, st, 5, "prompt:3", 48, 80)
	rate(t, st, 5, "other:3", 1, 2)
	add(t, st, store.Feedback{ID: store.NewID(now.AddDate(0, 0, -20)), Score: .5, Tags: []string{"prompt:3"}})
	add(t, st, store.Feedback{ID: store.NewID(now.AddDate(0, 0, -21)), Score: .5, Tags: []string{"prompt:2"}})
	b := open(t, st)
	p := b.is(200, at("compare", "Compare", "prompt:"), "Tags that start with prompt:",
		"prompt:4 80% 69.2% to 87.7% 70 70 85% 20 Nov 2026 to 22 Nov 2026",
		"prompt:3 60% 49% to 70% 80 81 69.8% 2 Nov 2026 to 17 Nov 2026",
		"prompt:2 – 0 1 50% 1 Nov 2026",
		"Several votes of one person are not independent")
	if order := tags(p); !slices.Equal(order, []string{"prompt:4", "prompt:3", "prompt:2"}) {
		t.Errorf("the rows are %q", order)
	}
	for _, part := range []string{`<rect class="pos" y="15%" width="80%"`, `<line x1="69.18`, `x2="87.69`} {
		if !strings.Contains(p.body, part) {
			t.Errorf("no %s", part)
		}
	}
	if n := strings.Count(p.body, "share-bar"); n != 2 {
		t.Errorf("%d bars, of 2 shares", n)
	}
	for _, word := range []string{"Response rate", "not complete", "Difference", "The hundred", "Not complete"} {
		if strings.Contains(p.text(), word) {
			t.Errorf("the page says %q", word)
		}
	}
	if got, want := p.link("prompt:4"), at("summary", "Tag", "prompt:4"); got != want {
		t.Errorf("a tag leads to %s, want %s", got, want)
	}
	b.is(200, at("compare", "Compare", "prompt:", "DateCreatedBefore", "2026-11-18", "UserId", "user 1"), "prompt:3 60% 44.6% to 73.7% 40 40 70% 15 Nov 2026 to 17 Nov 2026")
}

// tags returns those of the rows.
func tags(p page) (tags []string) {
	for part := range strings.SplitSeq(p.body, `name="A" value="`) {
		if tag, rest, _ := strings.Cut(part, `"`); strings.HasPrefix(rest, ` aria-label="`+tag+` as A"`) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func TestTwoTagsAndTheirDifference(t *testing.T) {
	st := memory.New()
	rate(t, st, 0, "p:a", 56, 70)
	rate(t, st, 0, "p:b", 48, 80)
	rate(t, st, 0, "p:c", 29, 29)
	rate(t, st, 0, "p:d", 1, 30)
	rate(t, st, 0, "p:e", 1, 30)
	rate(t, st, 9, "p:f", 30, 30)
	b := open(t, st)
	for pick, want := range map[string]string{
		"p:a p:b": "p:a has a positive share 20 points higher than p:b ; allowing for chance, it is anything from 5.2 to 33.4 points higher (95%).",
		"p:b p:a": "p:b has a positive share 20 points lower than p:a ; allowing for chance, it is anything from 5.2 to 33.4 points lower (95%).",
		"p:d p:e": "p:d cannot be told apart from p:e : allowing for chance, its positive share is anything from 13.6 points lower to 13.6 points higher (95%).",
		"p:a p:c": "p:a has 70 ratings and p:c 29: it takes 30 on each side to tell a difference from chance.",
		"p:c p:a": "p:c has 29 ratings and p:a 70: it takes 30",
		"p:a p:x": "p:a has 70 ratings and p:x 0: it takes 30",
		"p:a p:a": "A and B are the same tag",
	} {
		first, second, _ := strings.Cut(pick, " ")
		p := b.is(200, at("compare", "Compare", "p:", "A", first, "B", second), "Difference "+want)
		for name, tag := range map[string]string{"A": first, "B": second} {
			if checked := `name="` + name + `" value="` + tag + `" aria-label="` + tag + ` as ` + name + `" required checked>`; tag != "p:x" && !strings.Contains(p.body, checked) {
				t.Errorf("%s: no %s", pick, checked)
			}
		}
	}
	// What is out of the span has no ratings in it.
	b.is(200, at("compare", "Compare", "p:", "A", "p:a", "B", "p:f"), "p:a has a positive share 20 points lower than p:f ;")
	b.is(200, at("compare", "Compare", "p:", "A", "p:a", "B", "p:f", "DateCreatedAfter", "2026-11-15"), "p:a has 70 ratings and p:f 0:")
	for _, params := range [][]string{{}, {"A", "p:a"}, {"A", "p:a", "B", "q:b"}, {"A", "p:a", "B", "p:\n"}} {
		if p := b.is(200, at("compare", append(params, "Compare", "p:")...)); strings.Contains(p.text(), "Difference") || strings.Contains(p.body, "q:b") {
			t.Errorf("%q: %s", params, p.text())
		}
	}
}

func TestTheComparisonKeepsWhatIsSet(t *testing.T) {
	st := memory.New()
	rate(t, st, 0, "p:a", 4, 8)
	rate(t, st, 0, "q:a", 4, 8)
	b := open(t, st)
	set := []string{"Compare", "p:", "A", "p:a", "B", "p:a", "UserId", "user 1", "DateCreatedAfter", "2026-11-16"}
	p := b.is(200, at("compare", set...), "2 set", "User user 1", "From 16 Nov 2026")
	forms := strings.Split(p.body, "<form ")
	for _, part := range []string{`name="Compare" type="text" value="p:"`, `type="hidden" name="A" value="p:a"`, `type="hidden" name="B" value="p:a"`, `action="compare"`} {
		if !strings.Contains(forms[1], part) {
			t.Errorf("the form of filters has no %s", part)
		}
	}
	for _, part := range []string{`name="Assistant" value="aia_asst_1"`, `name="Compare" value="p:"`, `name="UserId" value="user 1"`, `name="DateCreatedAfter" value="2026-11-16"`, `action="compare"`} {
		if !strings.Contains(forms[2], part) {
			t.Errorf("the form to pick has no %s", part)
		}
	}
	if strings.Contains(forms[2], `type="hidden" name="A"`) || strings.Contains(forms[2], `type="hidden" name="B"`) {
		t.Error("the form to pick keeps an old pick beside the new one")
	}
	for text, want := range map[string]string{
		"30 days": at("compare", append(set, "DateCreatedAfter", "2026-10-24")...), "All time": at("compare", set[:8]...),
		"q:":        at("compare", "Compare", "q:", "UserId", "user 1", "DateCreatedAfter", "2026-11-16"),
		"Clear all": at("compare", set[:6]...), "Summary": at("summary", set[6:]...),
	} {
		if got := p.link(text); got != want {
			t.Errorf("%s leads to %s, want %s", text, got, want)
		}
	}
	if !strings.Contains(p.body, `aria-current="true"><bdi>p:</bdi>`) || !strings.Contains(p.body, `aria-current="true">7 days<`) || strings.Contains(p.body, `aria-current="true"><bdi>q:`) {
		t.Error("the prefix or the span is not marked")
	}
	if got := b.get(at("summary", "Tag", "q:a", "UserId", "user 1")).link("compare those like it"); got != at("compare", "Compare", "q:", "UserId", "user 1") {
		t.Errorf("a tag of the summary leads to %s", got)
	}
}

func TestAComparisonOfNothing(t *testing.T) {
	st := memory.New()
	b := open(t, st)
	b.is(200, at("compare"), "Which tags?", "Name them by kind, such as prompt:3")
	add(t, st, store.Feedback{Tags: []string{"late", ":x", "prompt:1", "prompt:2", "model:a:1"}})
	p := b.is(200, at("compare"), "Which tags? Choose above", "model: prompt: Which")
	if got := p.link("model:"); got != at("compare", "Compare", "model:") {
		t.Errorf("model: leads to %s", got)
	}
	if strings.Contains(b.get(at("summary", "Tag", "late")).text(), "those like it") {
		t.Error("a tag without a prefix has others like it")
	}
	b.is(200, at("compare", "Compare", "none"), "No tag starts with none", "Choose or type something else")
	b.is(200, at("compare", "Compare", "prompt:", "UserId", "none"), "No tag starts with prompt:", "Take a filter away")
	b.is(200, at("compare", "Compare", "prompt:1"), "prompt:1 0% 0% to 79.3% 1 1 0% 22 Nov 2026 Compare A with B")
}

// A changed store says other things of what it keeps.
type changed struct {
	store.Store
	summary func(*store.Summary)
}

func (s changed) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	sum, err := s.Store.Summarize(ctx, scope, q)
	s.summary(&sum)
	return sum, err
}

func TestWhatIsNotCountedIsSaid(t *testing.T) {
	st := memory.New()
	rate(t, st, 0, "p:a", 4, 8)
	rate(t, st, 0, "p:b", 4, 8)
	b := open(t, changed{st, func(s *store.Summary) {
		for i := range s.Comparison {
			s.Comparison[i].Complete = s.Comparison[i].Tag != "p:b"
		}
	}})
	b.is(200, at("compare", "Compare", "p:"), "p:a 50%", "p:b not complete 50%", "Not complete: on some day there were more different tags than are counted")
	if strings.Contains(b.get(at("summary")).text(), "Not all tags are counted") {
		t.Error("all tags are counted")
	}
	for i := range store.MaxDayTags + 1 {
		add(t, st, store.Feedback{Tags: []string{fmt.Sprint("p:", i)}})
	}
	b = open(t, st)
	b.is(200, at("summary"), "Not all tags are counted here")
	p := b.is(200, at("compare", "Compare", "p:", "A", "p:0", "B", "p:99"), "The hundred that were seen last")
	if n := len(tags(p)); n != store.MaxComparison || strings.Contains(p.text(), "Difference") {
		t.Errorf("%d rows, and what is said of one that is left out: %s", n, p.text())
	}
	b.is(200, at("compare", "Compare", "p:", "A", "p:0", "B", "p:1"), "Difference p:0 has 1 rating and p:1 1:")
}
