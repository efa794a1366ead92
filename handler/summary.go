package handler

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// summary answers GET …/Feedbacks/Summary: statistics of the records that the
// filters select, and with an Interval their course over time.
func (c *call) summary() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	v, _, err := c.params(params.Filters, params.Interval)
	if err != nil {
		return err
	}
	s, err := c.store.Summarize(c.r.Context(), c.scope, store.SummaryQuery{Filter: v.Filter, Interval: v.Interval})
	if err != nil {
		return err
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = appendSummary((*buf)[:0], &s, v.Interval)
	answer.Extend(c.w)
	c.write(http.StatusOK, jsonType, *buf)
	return nil
}

// appendSummary appends a summary in its JSON form, with a series if there was an
// interval.
func appendSummary(b []byte, s *store.Summary, by store.Interval) []byte {
	b = appendInt(b, `{"count":`, s.Count)
	b = appendMean(b, s.MeanScore)
	b = appendInt(b, `,"positive":`, s.Positive)
	b = appendInt(b, `,"negative":`, s.Negative)
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
	b = append(b, '}')
	if by != store.NoInterval {
		b = append(b, `,"series":[`...)
		for i, p := range s.Series {
			b = append(b, separator(i, "")...)
			b = append(b, `{"start":"`...)
			b = p.Start.UTC().AppendFormat(b, time.RFC3339)
			b = appendInt(b, `","count":`, p.Count)
			b = appendMean(b, p.MeanScore)
			b = appendInt(b, `,"positive":`, p.Positive)
			b = appendInt(b, `,"negative":`, p.Negative)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	return append(b, '}')
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
