package console_test

import (
	"html"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestASummaryHasTheDaysOfAZone(t *testing.T) {
	st := memory.New()
	for _, at := range []string{"2026-10-23T22:00:00Z", "2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z"} {
		created, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		add(t, st, store.Feedback{ID: store.NewID(created), Score: 1})
	}
	b := open(t, st)
	p := b.is(200, at("summary", "TimeZone", "Europe/Berlin", "Interval", "day"), "24 Oct 2026 2 2 0 100%", "25 Oct 2026 2 2 0 100%")
	for day, n := range map[string]int{"24 Oct 2026": 2, "25 Oct 2026": 2} { // the second is 25 hours long
		if got := len(b.get(p.link(day)).records()); got != n {
			t.Errorf("%s leads to %s with %d records, want %d", day, p.link(day), got, n)
		}
	}
	if !strings.Contains(p.body, `<option value="Europe/Berlin" selected>Europe/Berlin</option>`) {
		t.Error("the form does not keep the zone")
	}
	if got := b.get(p.link("12 months")).link("Summary"); !strings.Contains(got, "TimeZone=Europe%2FBerlin") {
		t.Errorf("a link to the summary forgets the zone: %s", got)
	}
	b.is(200, at("summary", "TimeZone", "Europe/Berlin", "Interval", "month"), "October 2026 4")
	b.is(200, at("summary", "Interval", "day"), "23 Oct 2026 1", "24 Oct 2026 2", "25 Oct 2026 1")

	// A date is of the zone too, and stays the same time on pages that know no zone.
	p = b.is(200, at("summary", "TimeZone", "Europe/Berlin", "Interval", "day", "DateCreatedAfter", "2026-10-24", "DateCreatedBefore", "2026-10-25"),
		"Feedback 2", "24 Oct 2026 2 2 0 100%", "Created (Europe/Berlin)")
	list := at("feedback", "DateCreatedAfter", "2026-10-23T22:00:00Z", "DateCreatedBefore", "2026-10-24T22:00:00Z")
	if !strings.Contains(html.UnescapeString(p.body), `href="`+list+`">Feedback<`) || len(b.get(list).records()) != 2 {
		t.Errorf("the list of Berlin's 24 October is not %s, of two records", list)
	}
	b.is(200, p.link("Summary"), "Feedback 2", "24 Oct 2026 2 2 0 100%")
	b.is(400, at("summary", "TimeZone", "Local"), "must be a time zone like Europe/Berlin")
}
