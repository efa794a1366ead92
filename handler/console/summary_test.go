package console_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestASummaryHasTheNumbersOfTheStore(t *testing.T) {
	st := memory.New()
	for day, scores := range [][]float64{{1, 1, 0}, {}, {.5, .25, 1, 1}} {
		for i, score := range scores {
			add(t, st, store.Feedback{ID: store.NewID(now.AddDate(0, 0, day-2)), Score: score, Text: strings.Repeat("x", i%2), Tags: []string{"late", fmt.Sprint("tag ", i)}})
		}
	}
	b := open(t, st)
	p := b.is(200, at("summary"), "Feedback 7", "Positive 57.1%", "Mean score 67.9%", "With a note 42.9%",
		"Positive above 50% 4 57.1%", "Neutral 50% 1 14.3%", "Negative below 50% 2 28.6%", "Over time, by day",
		"20 Nov 2026 3 2 1 66.7%", "21 Nov 2026 0 0 0 –", "22 Nov 2026 4 2 1 68.8%",
		"0% to below 10% 1 14.3%", "20% to below 30% 1", "50% to below 60% 1", "90% to 100% 4 57.1%",
		"late 7 100%", "tag 0 2 28.6%", "tag 3 1 14.3%")
	if charts, tables := strings.Count(p.body, `role="img"`), strings.Count(p.body, "<caption"); charts != 4 || tables != 4 {
		t.Errorf("%d charts and %d tables with captions, want 4 each", charts, tables)
	}
	if ids := b.get(p.link("20 Nov 2026")).records(); len(ids) != 3 {
		t.Errorf("%s has %d records, want 3", p.link("20 Nov 2026"), len(ids))
	}
	if got := p.link("tag 3"); got != at("summary", "Tag", "tag 3") {
		t.Errorf("a tag leads to %s", got)
	}
	b.is(200, p.link("tag 3"), "Feedback 1", "Tag tag 3", "tag 3 1 100%")
	b.is(200, at("summary", "MaxScore", "0.3", "HasText", "true"), "Feedback 1", "Mean score 25%")
	b.is(200, at("summary", "Interval", "week"), "Over time, by week", "16 Nov 2026 7")
	b.is(200, at("summary", "Interval", "month"), "November 2026 7")
	b.is(200, at("summary", "Interval", "hour", "DateCreatedAfter", "2026-11-22"), "22 Nov 2026, 10:00 4", "22 Nov 2026, 09:00 0")
	part := b.is(200, at("summary", "DateCreatedAfter", "2026-11-20T12:00:00Z", "DateCreatedBefore", "2026-11-22T10:20:30.5Z"))
	if got, want := part.link("20 Nov 2026"), at("feedback", "DateCreatedAfter", "2026-11-20T12:00:00Z", "DateCreatedBefore", "2026-11-21"); got != want {
		t.Errorf("a day that is cut leads to %s, want %s", got, want)
	}
	add(t, st, store.Feedback{ID: store.NewID(now.Add(time.Second))}) // beyond the bound
	if got, want := part.link("22 Nov 2026"), at("feedback", "DateCreatedAfter", "2026-11-22", "DateCreatedBefore", "2026-11-22T10:20:30.5Z"); got != want || len(b.get(got).records()) != 4 {
		t.Errorf("the last day, which is cut, leads to %s, want %s with 4 records", got, want)
	}
	if got, want := part.link("21 Nov 2026"), at("feedback", "DateCreatedAfter", "2026-11-21", "DateCreatedBefore", "2026-11-22"); got != want {
		t.Errorf("a whole day leads to %s, want %s", got, want)
	}
	b.is(200, p.link("7 days"), "Feedback 8", "From 16 Nov 2026")
	b.is(200, p.link("12 months"), "From 23 Nov 2025", "by week")
}

func TestTheIntervalFitsTheTime(t *testing.T) {
	for days, want := range map[int]string{1: "day", 92: "day", 100: "week", 800: "month", 20000: "month"} {
		st := memory.New()
		add(t, st, store.Feedback{ID: store.NewID(now.AddDate(0, 0, -days))})
		add(t, st, store.Feedback{})
		b := open(t, st)
		p := b.is(200, at("summary"), "Over time, by "+want)
		for _, m := range regexp.MustCompile(`(?: x| y|cx|cy|x1|x2|y1|y2|width|height)="(-?[0-9.]+)%?"`).FindAllStringSubmatch(p.body, -1) {
			var n float64
			if fmt.Sscan(m[1], &n); n < 0 || n > 100.01 {
				t.Errorf("%d days: %s is outside of the chart", days, m[0])
			}
		}
		if days > 1000 {
			b.is(400, at("summary", "Interval", "day"), "This makes a series of at most 1000 points: narrow the span of time, or take a longer interval")
			b.is(400, at("summary", "Interval", "hour"), "at most 31 days")
		}
	}
}

// A slow store takes for ever to summarise.
type slow struct{ store.Store }

func (slow) Summarize(ctx context.Context, _ store.Scope, _ store.SummaryQuery) (store.Summary, error) {
	<-ctx.Done()
	return store.Summary{}, fmt.Errorf("slow: %w", ctx.Err())
}

// show gets a page without a network, for a bubble.
func show(st store.Store, path string) (status int, text string, took time.Duration) {
	return showWith(st, options(), path)
}

func showWith(st store.Store, opts *console.Options, path string) (status int, text string, took time.Duration) {
	start := time.Now()
	p := inBubble(st, opts, path)
	return p.status, p.text(), time.Since(start)
}

// inBubble gets a page without a network.
func inBubble(st store.Store, opts *console.Options, path string) page {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/"+path, nil)
	r.SetBasicAuth(accountA, "secret")
	console.New(st, opts).ServeHTTP(w, r)
	return page{status: w.Code, header: w.Header(), body: w.Body.String()}
}

func TestASummaryThatWouldTakeTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, _ := memoryWith(t, 3)
		status, text, took := show(slow{st}, at("summary", "UserId", "u"))
		if status != 422 || !strings.Contains(text, "Too many records to summarise with this filter") || took > 5*time.Second {
			t.Errorf("%d after %v: %s", status, took, text)
		}
		status, text, took = show(slow{st}, at("compare", "Compare", "late", "UserId", "u"))
		if status != 422 || !strings.Contains(text, "Too many records to summarise with this filter") || took > 5*time.Second {
			t.Errorf("%d after %v: %s", status, took, text)
		}
		for _, page := range []string{at("summary"), at("compare", "Compare", "late")} {
			status, text, took = show(slow{st}, page)
			if status != 503 || !strings.Contains(text, "does not answer") || took > 15*time.Second { // it is no matter of records
				t.Errorf("%d after %v: %s", status, took, text)
			}
		}
		for _, path := range []string{at("erase", "UserId", "u"), "erase-person?UserId=u"} {
			opts := options()
			opts.MayDelete = anyone
			status, text, took = showWith(slow{st}, opts, path)
			if status != 200 || !strings.Contains(text, "All records , too many to count quickly, of user u") || took > 5*time.Second {
				t.Errorf("%s: %d after %v: %s", path, status, took, text)
			}
		}
		status, text, took = show(slow{st}, at("feedback"))
		if status != 200 || !strings.Contains(text, "note 0") || took > 2*time.Second {
			t.Errorf("a list: %d after %v: %s", status, took, text)
		}
	})
}
