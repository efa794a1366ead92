package console

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
)

// rows returns the rows of the table below a heading, with the cells parted by |.
func rows(p *browser.Page, heading string) []string {
	return browser.Eval[[]string](p, `[...document.querySelectorAll("[aria-labelledby=`+heading+`] tbody tr")].map((r) =>
		[...r.cells].filter((c) => !c.matches(".bar-cell")).map((c) => c.textContent.trim().replace(/\s+/g, " ")).join("|"))`)
}

func percent(n, of int) string {
	tenths := (2000*n + of) / (2 * of)
	if tenths%10 == 0 {
		return fmt.Sprintf("%d%%", tenths/10)
	}
	return fmt.Sprintf("%d.%d%%", tenths/10, tenths%10)
}

func TestSummary(t *testing.T) { onEveryStore(t, testSummary) }

func testSummary(t *testing.T, st store.Store) {
	fs := addMany(t, st, 60)
	p := browser.New(t)
	p.Open(serve(t, st).at("feedback"))
	follow(p, ".tabs a:nth-child(2)")
	expect(t, p, fs)

	// By month is one point, and the form keeps it.
	fill(p, map[string]string{"Interval": "month", "Tag": "late"})
	follow(p, ".filters .primary")
	late := slices.DeleteFunc(slices.Clone(fs), func(f store.Feedback) bool { return !slices.Contains(f.Tags, "late") })
	for i := range late {
		late[i].Tags = []string{"late"} // a summary of one tag counts no other
	}
	if got := rows(p, "trend"); len(got) != 1 || filled(p)["Interval"] != "month" || filled(p)["Tag"] != "late" {
		t.Errorf("by month: %q; the form keeps %v", got, filled(p))
	}
	fill(p, map[string]string{"Tag": "late"})
	follow(p, ".filters .primary")
	expect(t, p, late)

	// A day leads to its records, and a span of time to its days.
	follow(p, "[aria-labelledby=trend] tbody tr:nth-child(2) a")
	second := ids(late, func(f store.Feedback) bool { return f.CreatedAt().Day() == 16 })
	if got := shown(p); !slices.Equal(got, second) {
		t.Errorf("the second day has %d records, want %d", len(got), len(second))
	}
	follow(p, ".tabs a:nth-child(2)")
	follow(p, ".views a:first-child")
	if got := rows(p, "trend"); len(got) != 7 || !slices.Equal(texts(p, ".views [aria-current]"), []string{"7 days"}) {
		t.Errorf("seven days: %q", got)
	}
}

// expect compares the summary in the page with the one of some records.
func expect(t *testing.T, p *browser.Page, fs []store.Feedback) {
	t.Helper()
	var sum float64
	var positive, negative, notes int
	var bins [10]int
	days, tags := map[string][3]int{}, map[string]int{}
	for _, f := range fs {
		day := days[f.CreatedAt().Format("2 Jan 2006")]
		day[0]++
		if sum += f.Score; f.Score > .5 {
			positive++
			day[1]++
		} else if f.Score < .5 {
			negative++
			day[2]++
		}
		if f.HasText() {
			notes++
		}
		bins[min(int(f.Score*10), 9)]++
		days[f.CreatedAt().Format("2 Jan 2006")] = day
		for _, tag := range f.Tags {
			tags[tag]++
		}
	}
	n, neutral := len(fs), len(fs)-positive-negative
	same := func(name string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	same("tiles", texts(p, ".tiles dd"), []string{fmt.Sprint(n), percent(positive, n), percent(int(sum*1e6/float64(n)+.5), 1e6), percent(notes, n)})
	same("balance", rows(p, "balance"), []string{
		fmt.Sprintf("Positive above 50%%|%d|%s", positive, percent(positive, n)),
		fmt.Sprintf("Neutral 50%%|%d|%s", neutral, percent(neutral, n)),
		fmt.Sprintf("Negative below 50%%|%d|%s", negative, percent(negative, n)),
	})
	var want []string
	for i, count := range bins {
		to := "to below"
		if i == 9 {
			to = "to"
		}
		want = append(want, fmt.Sprintf("%d%% %s %d%%|%d|%s", i*10, to, i*10+10, count, percent(count, n)))
	}
	same("histogram", rows(p, "histogram"), want)
	want = nil
	for i := 0; i < len(tags); i++ {
		name := []string{"late", "tag 0", "tag 1", "tag 2", "tag 3"}[i]
		want = append(want, fmt.Sprintf("%s|%d|%s", name, tags[name], percent(tags[name], n)))
	}
	same("tags", rows(p, "tags"), want)
	want = nil
	for day := store.Day.Start(fs[n-1].CreatedAt()); !day.After(fs[0].CreatedAt()); day = day.Add(24 * time.Hour) {
		name := day.Format("2 Jan 2006")
		want = append(want, fmt.Sprintf("%s|%d|%d|%d", name, days[name][0], days[name][1], days[name][2]))
	}
	trend := rows(p, "trend")
	for i, row := range trend {
		if i < len(want) && len(row) > len(want[i]) && row[:len(want[i])+1] == want[i]+"|" { // then the mean
			trend[i] = want[i]
		}
	}
	same("trend", trend, want)
}
