package handler

import (
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answers"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// appendComparison appends the tags that a summary compares.
func (c *call) appendComparison(b []byte, tags []store.TagSummary, answered map[string]int64) []byte {
	b = append(b, `,"comparison":[`...)
	for i, t := range tags {
		b = append(b, separator(i, "")...)
		b = append(b, `{"tag":`...)
		b = wire.AppendString(b, t.Tag)
		b = appendInt(b, `,"count":`, t.Count)
		b = appendMean(b, t.MeanScore)
		b = appendInt(b, `,"positive":`, t.Positive)
		b = appendInt(b, `,"negative":`, t.Negative)
		b = appendShare(b, `,"positive_share":`, store.PositiveShare(t.Positive, t.Negative))
		b = c.appendRate(b, answered, t.Tag, t.Count)
		b = append(b, `,"first_day":"`...)
		b = t.FirstDay.UTC().AppendFormat(b, time.DateOnly)
		b = append(b, `","last_day":"`...)
		b = t.LastDay.UTC().AppendFormat(b, time.DateOnly)
		b = append(b, `","complete":`...)
		b = strconv.AppendBool(b, t.Complete)
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendShare appends a share, after its name, and its interval, in millionths as
// scores are counted.
func appendShare(b []byte, name string, s *store.Share) []byte {
	b = append(b, name...)
	if s == nil {
		return append(b, `null,"low":null,"high":null`...)
	}
	b = appendMillionths(b, s.Value)
	b = appendMillionths(append(b, `,"low":`...), s.Low)
	return appendMillionths(append(b, `,"high":`...), s.High)
}

func appendMillionths(b []byte, share float64) []byte {
	return wire.AppendNumber(b, float64(store.Micros(share))/store.ScoreUnit)
}

// appendRate appends, where the host counts answers, how many there are and what
// share of them n ratings are.
func (c *call) appendRate(b []byte, answered map[string]int64, tag string, n int64) []byte {
	if c.opts.Answers == nil {
		return b
	}
	b = append(b, `,"answers":`...)
	if of, known := answered[tag]; known {
		b = strconv.AppendInt(b, of, 10)
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"response_rate":`...)
	if rate := answers.Rate(answered, tag, n); rate != nil {
		return wire.AppendNumber(b, *rate)
	}
	return append(b, "null"...)
}

// appendChange appends the difference of the positive shares of a summary and of
// that of the span before.
func appendChange(b []byte, now, before *store.Summary) []byte {
	b = append(b, `,"change":`...)
	change := store.PositiveShare(now.Positive, now.Negative).Minus(store.PositiveShare(before.Positive, before.Negative))
	if change == nil {
		return append(b, "null"...)
	}
	return append(appendShare(b, `{"difference":`, change), '}')
}
