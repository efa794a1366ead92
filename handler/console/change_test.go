package console_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestTheChangeSinceTheSpanBefore(t *testing.T) {
	st := memory.New()
	rate(t, st, 0, "p:a", 56, 70)
	rate(t, st, 7, "p:b", 48, 80)
	rate(t, st, 14, "p:c", 29, 29)
	b := open(t, st)
	const change = "Change This span has a positive share 20 points higher than the span before ; allowing for chance, it is anything from 5.2 to 33.4 points higher (95%)."
	p := b.is(200, at("summary", "DateCreatedAfter", "2026-11-16", "DateCreatedBefore", "2026-11-23", "Interval", "day"), change, "Several votes of one person are not independent")
	before := at("summary", "DateCreatedAfter", "2026-11-09", "DateCreatedBefore", "2026-11-16", "Interval", "day")
	if got := p.link("Summary of the span before"); got != before {
		t.Errorf("the span before is at %s, want %s", got, before)
	}
	b.is(200, before, "Change This span has 80 ratings and the span before 29: it takes 30")
	b.is(200, b.get(at("summary")).link("7 days"), change) // today ends the span
	b.is(200, at("summary", "DateCreatedAfter", "2026-11-16", "UserId", "user 1"), "This span cannot be told apart from the span before : allowing for chance, its positive share is anything from 1 point lower to 38.3 points higher (95%).")
	b.is(200, at("summary", "DateCreatedAfter", "2026-11-16", "Tag", "p:a"), "This span has 70 ratings and the span before 0:")
	for _, params := range [][]string{{}, {"DateCreatedBefore", "2026-11-23"}, {"DateCreatedAfter", "2026-11-23", "DateCreatedBefore", "2026-11-16"}, {"DateCreatedAfter", "2026-12-24"}, {"DateCreatedAfter", "2026-11-16", "Tag", "none"}} {
		if text := b.is(200, at("summary", params...)).text(); strings.Contains(text, "Change") {
			t.Errorf("%q: %s", params, text)
		}
	}
}

// A tiring store is slow the second time.
type tiring struct {
	store.Store
	summaries atomic.Int64
}

func (s *tiring) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	if s.summaries.Add(1) > 1 {
		return slow{s.Store}.Summarize(ctx, scope, q)
	}
	return s.Store.Summarize(ctx, scope, q)
}

func TestAChangeThatWouldTakeTooLong(t *testing.T) {
	st := memory.New()
	rate(t, st, 0, "p:a", 56, 70)
	synctest.Test(t, func(t *testing.T) {
		status, text, took := show(&tiring{Store: st}, at("summary", "DateCreatedAfter", "2026-11-16", "UserId", "user 0"))
		if status != 200 || !strings.Contains(text, "Feedback 35") || strings.Contains(text, "Change") || took > 5*time.Second {
			t.Errorf("%d after %v: %s", status, took, text)
		}
	})
}
