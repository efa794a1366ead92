package handler

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/answers"
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// summary answers GET …/Feedbacks/Summary: statistics of the records that the
// filters select; with an Interval their course over time, with Compare those of
// tags side by side, and with Previous those of the span before.
func (c *call) summary() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	v, _, err := c.params(params.Filters, params.Interval, params.Compare)
	if err != nil {
		return err
	}
	q := store.SummaryQuery{Filter: v.Filter, Interval: v.Interval, Location: v.Location, Compare: v.Compare}
	before, ok := q.Previous()
	if v.Previous && !ok {
		return badParam("Previous", "needs DateCreatedAfter and, later than that, DateCreatedBefore")
	}
	buf := buffers.Get().(*[]byte)
	defer release(buf)
	*buf = append((*buf)[:0], '{')
	var now, previous store.Summary
	if now, err = c.appendSummary(buf, q); err != nil {
		return err
	}
	if v.Previous {
		*buf = append(*buf, `,"previous":{`...)
		if previous, err = c.appendSummary(buf, before); err != nil {
			return err
		}
		*buf = appendChange(append(*buf, '}'), &now, &previous)
	}
	*buf = append(*buf, '}')
	answer.Extend(c.w)
	c.write(http.StatusOK, jsonType, *buf)
	return nil
}

// appendSummary makes a summary, and appends it without its braces.
func (c *call) appendSummary(buf *[]byte, q store.SummaryQuery) (store.Summary, error) {
	s, err := c.store.Summarize(c.r.Context(), c.scope, q)
	if err != nil {
		return s, err
	}
	if !s.TagsComplete {
		c.warnOfTags()
	}
	answered := c.answered(q)
	b := appendInt(*buf, `"count":`, s.Count)
	b = appendMean(b, s.MeanScore)
	b = appendInt(b, `,"positive":`, s.Positive)
	b = appendInt(b, `,"negative":`, s.Negative)
	b = c.appendRate(b, answered, "", s.Count)
	b = appendInt(b, `,"with_text":`, s.WithText)
	b = append(b, `,"histogram":`...)
	for i, n := range s.Histogram {
		b = appendInt(b, separator(i, "["), n)
	}
	b = append(b, `],"tags":{`...)
	for i, tag := range commonestFirst(s.Tags) {
		b = append(b, separator(i, "")...)
		b = wire.AppendString(b, tag)
		b = appendInt(b, ":", s.Tags[tag])
	}
	b = append(b, `},"tags_complete":`...)
	b = strconv.AppendBool(b, s.TagsComplete)
	if q.Interval != store.NoInterval {
		b = appendSeries(b, s.Series)
	}
	if q.Compare != "" {
		b = c.appendComparison(b, s.Comparison, answered)
	}
	*buf = b
	return s, nil
}

// answered returns how many answers there are to what q selects, nil where that is
// not known: the statistics are good without.
func (c *call) answered(q store.SummaryQuery) map[string]int64 {
	defer answer.Forgive(c, "Answers")
	counts, err := answers.Count(c.r.Context(), c.opts.Answers, c.scope, q)
	if err != nil {
		c.Log("Answers", "error", err)
	}
	return counts
}

func appendSeries(b []byte, series []store.Point) []byte {
	b = append(b, `,"series":[`...)
	for i, p := range series {
		b = append(b, separator(i, "")...)
		b = append(b, `{"start":"`...)
		b = p.Start.AppendFormat(b, time.RFC3339)
		b = appendInt(b, `","count":`, p.Count)
		b = appendMean(b, p.MeanScore)
		b = appendInt(b, `,"positive":`, p.Positive)
		b = appendInt(b, `,"negative":`, p.Negative)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendInt(b []byte, before string, n int64) []byte {
	return strconv.AppendInt(append(b, before...), n, 10)
}

func appendMean(b []byte, mean *float64) []byte {
	b = append(b, `,"mean_score":`...)
	if mean == nil {
		return append(b, "null"...)
	}
	return wire.AppendNumber(b, *mean)
}

// separator is what comes before the element i of a list that starts with start.
func separator(i int, start string) string {
	if i == 0 {
		return start
	}
	return ","
}

// commonestFirst orders tags as a reader wants them.
func commonestFirst(tags map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(tags), func(a, b string) int {
		return cmp.Or(cmp.Compare(tags[b], tags[a]), cmp.Compare(a, b))
	})
}
