package console

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// scanPatience is how long a summary may take that has to scan.
const scanPatience = 4 * time.Second

// A summaryView is statistics of what a selection selects.
type summaryView struct {
	view
	Summary  *store.Summary // nil where there is an error
	TooMany  bool           // records to summarise in time
	By       store.Interval // of the series
	Trend    *trend         // nil where there is no series
	Bins     []bin
	Tags     []tagCount
	Ranges   []choice
	MoreTags bool // than are counted
}

// summary shows statistics of an assistant's feedback.
func (v *visit) summary() error {
	s, err := v.selection()
	if err != nil {
		return err
	}
	data := summaryView{view: v.view("Summary of "+s.Assistant, s), Ranges: v.ranges(s)}
	data.Section = "summary"
	if s.Valid() {
		err = v.summarize(s, &data)
	}
	rule, bad := errors.AsType[*store.FieldError](err)
	switch {
	case data.TooMany:
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
func (v *visit) summarize(s *selection, data *summaryView) (err error) {
	scans := !(store.SummaryQuery{Filter: s.Filter, Interval: s.Interval}).FromRollups()
	limit := patience
	if scans {
		limit = scanPatience
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), limit)
	defer cancel()
	if data.By = s.Interval; data.By == store.NoInterval {
		if data.By, err = v.fitting(ctx, s); err != nil {
			return err
		}
	}
	sum, err := v.store.Summarize(ctx, s.scope(v), store.SummaryQuery{Filter: s.Filter, Interval: data.By})
	if err != nil {
		data.TooMany = scans && errors.Is(ctx.Err(), context.DeadlineExceeded) && v.r.Context().Err() == nil
		return err
	}
	data.Summary = &sum
	data.Trend = newTrend(s, data.By, sum.Series)
	data.Bins = newBins(sum.Histogram)
	data.Tags = newTagCounts(sum)
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
	return map[store.Interval]string{store.Hour: "Hour (UTC)", store.Day: "Day", store.Week: "Week from", store.Month: "Month"}[v.By]
}

// ranges returns choices of a span of time, up to now.
func (v *visit) ranges(s *selection) (spans []choice) {
	today := store.Day.Start(v.opts.Now())
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
			Link:    s.Link("summary", "DateCreatedAfter", from, "DateCreatedBefore", "", "Interval", ""),
			Current: s.Given["DateCreatedAfter"] == from && s.Given["DateCreatedBefore"] == "",
		})
	}
	return spans
}

// A tagCount is how many records bear a tag, and how long its bar is.
type tagCount struct {
	Tag   string
	Count int64
	Width length
}

// newTagCounts returns the tags, the commonest first.
func newTagCounts(sum store.Summary) (tags []tagCount) {
	names := slices.SortedFunc(maps.Keys(sum.Tags), func(a, b string) int {
		return cmp.Or(cmp.Compare(sum.Tags[b], sum.Tags[a]), cmp.Compare(a, b))
	})
	for _, name := range names {
		n := sum.Tags[name]
		tags = append(tags, tagCount{name, n, part(n, sum.Tags[names[0]])})
	}
	return tags
}
