package console

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// fromPercent returns a percentage, with its sign, as the API has scores; anything
// else unchanged.
func fromPercent(text string) string {
	digits, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	if !ok {
		return text
	}
	return strings.TrimSpace(digits) + "e-2"
}

// exactPercent returns a score as the percentage that fromPercent reads back.
func exactPercent(score float64) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(score, 'f', -1, 64), ".")
	for len(fraction) < 2 {
		fraction += "0"
	}
	s := strings.TrimLeft(whole+fraction[:2], "0")
	if s == "" {
		s = "0"
	}
	if rest := fraction[2:]; rest != "" {
		s += "." + rest
	}
	return s + "%"
}

// percent returns a share as a percentage with at most one decimal, which is
// never rounded to all or nothing.
func percent(share float64) string {
	tenths := int64(share*1000 + 0.5)
	if share > 0 {
		tenths = max(tenths, 1)
	}
	if share < 1 {
		tenths = min(tenths, 999)
	}
	s := strconv.FormatInt(tenths/10, 10)
	if tenths%10 != 0 {
		s += "." + strconv.FormatInt(tenths%10, 10)
	}
	return s + "%"
}

// share returns how many of count n are, as a percentage.
func share(n, count int64) string {
	if count == 0 {
		return "–"
	}
	return percent(float64(n) / float64(count))
}

// mean returns a mean score as a percentage.
func mean(m *float64) string {
	if m == nil {
		return "–"
	}
	return percent(*m)
}

// number returns n with its digits in groups.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// brief returns n in few characters.
func brief(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= 1e4 && n >= unit.size-unit.size/2000 { // which is rounded up to it
			return strconv.FormatFloat(math.Round(float64(n)/float64(unit.size)*10)/10, 'f', -1, 64) + unit.name
		}
	}
	return number(n)
}

// count returns n of the noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// sentiment is what a score says, as a Summary counts it: "positive", "negative"
// or "neutral".
func sentiment(score float64) string {
	switch m := store.Micros(score); {
	case m > store.ScoreUnit/2:
		return "positive"
	case m < store.ScoreUnit/2:
		return "negative"
	}
	return "neutral"
}

// verdict returns a verdict as the button for it says it.
func verdict(v store.Verdict) string { return strings.ToUpper(string(v[:1])) + string(v[1:]) }

func fullTime(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05") + " UTC" }

func machineTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z") }

// briefTime leaves out what is midnight.
func briefTime(t time.Time) string {
	t = t.UTC()
	switch {
	case t.Equal(store.Day.Start(t)):
		return t.Format("2 Jan 2006")
	case t.Second() == 0 && t.Nanosecond() == 0:
		return t.Format("2 Jan 2006, 15:04") + " UTC"
	}
	return fullTime(t)
}

// pointTime returns the name of an interval's start: short on a chart, whole in a
// table.
func pointTime(by store.Interval, t time.Time, short bool) string {
	layout := map[store.Interval][2]string{
		store.Hour:  {"2 Jan 2006, 15:04", "15:04"},
		store.Day:   {"2 Jan 2006", "2 Jan"},
		store.Week:  {"2 Jan 2006", "2 Jan"},
		store.Month: {"January 2006", "Jan 2006"},
	}[by]
	if short {
		return t.Format(layout[1])
	}
	return t.Format(layout[0])
}
