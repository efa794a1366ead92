package console

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// rate adds n records with some tags, of which so many are positive, on one day.
func rate(t *testing.T, st store.Store, day string, positive, n int, tags ...string) {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		f := store.Feedback{ID: store.NewID(at), Tags: tags}
		if i < positive {
			f.Score = 1
		}
		add(t, st, f)
	}
}

// TestCompareTwoVersions goes from a tag of the summary to the difference of two.
func TestCompareTwoVersions(t *testing.T) { onEveryStore(t, testCompareTwoVersions) }

func testCompareTwoVersions(t *testing.T, st store.Store) {
	rate(t, st, "2026-11-10", 48, 80, "prompt:3", "model:small")
	rate(t, st, "2026-11-20", 56, 70, "prompt:4")
	rate(t, st, "2026-11-21", 2, 3, "prompt:5")
	s := serve(t, st, func(o *console.Options) {
		o.Answers = func(context.Context, store.Scope, time.Time, time.Time, string) (map[string]int64, error) {
			return map[string]int64{"": 400, "prompt:3": 200}, nil
		}
	})
	p := browser.New(t)
	p.Open(s.at("summary"))
	if got := texts(p, ".tiles dt"); !slices.Equal(got, []string{"Feedback", "Positive", "Response rate", "Mean score", "With a note"}) {
		t.Errorf("the tiles are %q", got)
	}
	follow(p, "[href*='Compare=prompt']")
	want := []string{
		"||prompt:5|66.7%20.8% to 93.9%|3|–|3|66.7%|21 Nov 2026",
		"||prompt:4|80%69.2% to 87.7%|70|–|70|80%|20 Nov 2026",
		"||prompt:3|60%49% to 70%|80|40%|80|60%|10 Nov 2026",
	}
	if got := rows(p, "tags"); !slices.Equal(got, want) {
		t.Errorf("the rows are %q, want %q", got, want)
	}

	// Without a pick of both the browser does not go on.
	p.Click("[name=A][value='prompt:4']")
	p.Click(".picks button")
	if browser.Eval[bool](p, "location.search.includes('A=')") {
		t.Error("one pick was sent")
	}
	p.Click("[name=B][value='prompt:5']")
	p.Type(kb.ArrowDown + kb.ArrowDown) // to prompt:3
	follow(p, ".picks button")
	sentence := func(want string) {
		t.Helper()
		if got := texts(p, "#difference + p"); !slices.Equal(got, []string{want}) {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
	sentence("prompt:4 has a positive share 20 points higher than prompt:3; allowing for chance, it is anything from 5.2 to 33.4 points higher (95%).")
	if got := browser.Eval[[]string](p, `[...document.querySelectorAll(":checked[type=radio]")].map((r) => r.name + " " + r.value)`); !slices.Equal(got, []string{"A prompt:4", "B prompt:3"}) {
		t.Errorf("%q are picked", got)
	}

	// The span and the form keep the pick; another prefix does not.
	follow(p, ".views a:first-child")
	sentence("prompt:4 has 70 ratings and prompt:3 0: it takes 30 on each side to tell a difference from chance.")
	fill(p, map[string]string{"Compare": "prompt:"})
	follow(p, ".filters .primary")
	sentence("prompt:4 has a positive share 20 points higher than prompt:3; allowing for chance, it is anything from 5.2 to 33.4 points higher (95%).")
	follow(p, "[aria-label='Tags that start with'] a:first-child")
	if got := rows(p, "tags"); len(got) != 1 || has(p, "#difference") || filled(p)["Compare"] != "model:" {
		t.Errorf("other tags: %q, %q", got, filled(p))
	}
}

// TestBarsAreAsLongAsTheirShares measures what is drawn, in parts of the track.
func TestBarsAreAsLongAsTheirShares(t *testing.T) {
	st := memory.New()
	rate(t, st, "2026-11-10", 3, 4, "p:1")
	rate(t, st, "2026-11-10", 0, 20, "p:2")
	rate(t, st, "2026-11-10", 30, 30, "p:3")
	p := browser.New(t)
	p.Open(serve(t, st).at("compare", "Compare", "p:"))
	for _, width := range []int{360, 1440} {
		p.Size(width, 900)
		got := browser.Eval[[][]float64](p, `[...document.querySelectorAll(".share-bar")].map((svg) => {
			const box = (s) => svg.querySelector(s).getBoundingClientRect(), track = box(".track");
			const part = (x) => (x - track.left) / track.width;
			return [part(box(".pos").right), part(box(".interval line").left), part(box(".interval line").right)];
		})`)
		for i, n := range [][2]int64{{3, 1}, {0, 20}, {30, 0}} {
			s := store.PositiveShare(n[0], n[1])
			for j, want := range []float64{s.Value, s.Low, s.High} {
				if i >= len(got) || math.Abs(got[i][j]-want) > .01 {
					t.Errorf("%d wide, p:%d: %v, want about %v", width, i+1, got, fmt.Sprint(s.Value, s.Low, s.High))
					break
				}
			}
		}
	}
}
