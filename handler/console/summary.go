package console

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answers"
	"github.com/humanfeedback/feedbacks/internal/zone"
	"github.com/humanfeedback/feedbacks/store"
)

// A summaryView is statistics of what a selection selects.
type summaryView struct {
	view
	tiles                   // without a Summary where there is an error
	TooMany  bool           // records to summarise in time
	By       store.Interval // of the series
	Trend    *trend         // nil where there is no series
	Bins     []bin
	Tags     []tagCount
	Ranges   []choice
	MoreTags bool    // than are counted
	Change   *change // from the span before; nil where there is none
}

// tiles are a summary at a glance.
type tiles struct {
	Summary *store.Summary
	Rate    *float64 // of answers that were rated; nil where that is not known
}

// summary shows statistics of an assistant's feedback.
func (v *visit) summary() error {
	s, err := v.selection()
	if err != nil {
		return err
	}
	data := summaryView{view: v.view("Summary of "+s.Assistant, s), Ranges: v.ranges(s, "summary")}
	data.Section = "summary"
	if s.Valid() {
		q := store.SummaryQuery{Filter: s.Filter, Interval: s.Interval, Location: s.Location}
		err = v.timely(q, func(ctx context.Context) error { return v.summarize(ctx, s, q, &data) })
	}
	rule, bad := errors.AsType[*store.FieldError](err)
	switch {
	case err == errTooMany:
		data.TooMany = true
		return v.show(http.StatusUnprocessableEntity, "summary.html", data)
	case bad && rule.Field == "Interval":
		s.Errors["Interval"] = rule.Rule
	case err != nil:
		return err
	}
	if !s.Valid() {
		return v.show(http.StatusBadRequest, "summary.html", data)
	}
	return v.show(http.StatusOK, "summary.html", data)
}

// summarize fills in the statistics.
func (v *visit) summarize(ctx context.Context, s *selection, q store.SummaryQuery, data *summaryView) (err error) {
	if q.Interval == store.NoInterval {
		if q.Interval, err = v.fitting(ctx, s); err != nil {
			return err
		}
	}
	sum, err := v.store.Summarize(ctx, s.scope(v), q)
	if err != nil {
		return err
	}
	if data.Change, err = v.change(ctx, s, &sum); err != nil {
		return err
	}
	data.tiles = tiles{&sum, answers.Rate(v.answers(ctx, s, q), "", sum.Count)}
	data.By = q.Interval
	data.Trend = newTrend(s, data.By, sum.Series)
	data.Bins = newBins(sum.Histogram)
	data.Tags = newTagCounts(s, sum)
	data.MoreTags = len(sum.Tags) == store.MaxSummaryTags
	return nil
}

// fitting returns the interval that divides the selection's time into a number of
// points that one can look at. Without bounds its time starts with the first
// record of the assistant, which is quickly found.
func (v *visit) fitting(ctx context.Context, s *selection) (store.Interval, error) {
	from, to := s.Filter.CreatedAfter, s.Filter.CreatedBefore
	if to.IsZero() {
		to = v.opts.Now()
	}
	if from.IsZero() {
		first, err := v.store.List(ctx, s.scope(v), store.Query{Ascending: true, Limit: 1})
		if err != nil {
			return "", err
		}
		if len(first.Feedbacks) == 0 {
			return store.Day, nil
		}
		from = first.Feedbacks[0].CreatedAt()
	}
	switch days := to.Sub(from).Hours() / 24; {
	case days <= 93:
		return store.Day, nil
	case days <= 2*366:
		return store.Week, nil
	}
	return store.Month, nil
}

// Column is the head of the table's first column.
func (v summaryView) Column() string {
	hour := "Hour (UTC)"
	if v.Sel.Location != nil {
		hour = "Hour"
	}
	return map[store.Interval]string{store.Hour: hour, store.Day: "Day", store.Week: "Week from", store.Month: "Month"}[v.By]
}

// ranges returns choices of a page's span of time, up to now.
func (v *visit) ranges(s *selection, page string) (spans []choice) {
	now := v.opts.Now()
	if s.Location != nil {
		now = zone.Wall(now, s.Location)
	}
	today := store.Day.Start(now)
	for _, r := range []struct {
		name string
		from time.Time
	}{
		{"7 days", today.AddDate(0, 0, -6)},
		{"30 days", today.AddDate(0, 0, -29)},
		{"90 days", today.AddDate(0, 0, -89)},
		{"12 months", today.AddDate(-1, 0, 1)},
		{"All time", time.Time{}},
	} {
		from := ""
		if !r.from.IsZero() {
			from = r.from.Format(time.DateOnly)
		}
		spans = append(spans, choice{
			Name:    r.name,
			Link:    s.Link(page, "DateCreatedAfter", from, "DateCreatedBefore", "", "Interval", ""),
			Current: s.Given["DateCreatedAfter"] == from && s.Given["DateCreatedBefore"] == "",
		})
	}
	return spans
}

// A tagCount is how many records bear a tag, and how long its bar is.
type tagCount struct {
	Tag     string
	Count   int64
	Width   length
	Compare string // the address of its comparison with others; "" without a prefix
}

// newTagCounts returns the tags, the commonest first.
func newTagCounts(s *selection, sum store.Summary) (tags []tagCount) {
	names := slices.SortedFunc(maps.Keys(sum.Tags), func(a, b string) int {
		return cmp.Or(cmp.Compare(sum.Tags[b], sum.Tags[a]), cmp.Compare(a, b))
	})
	for _, name := range names {
		n := sum.Tags[name]
		t := tagCount{Tag: name, Count: n, Width: part(n, sum.Tags[names[0]])}
		if prefix, ok := prefixOf(name); ok {
			t.Compare = s.Link("compare", "Compare", prefix, "A", "", "B", "", "Tag", "")
		}
		tags = append(tags, t)
	}
	return tags
}
