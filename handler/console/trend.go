package console

import (
	"time"

	"github.com/humanfeedback/feedbacks/internal/zone"
	"github.com/humanfeedback/feedbacks/store"
)

// A trend is the course over time: how many scores were positive, above the base
// line, and negative, below it; and their mean.
type trend struct {
	Points []point
	Ticks  []tick
	Base   length // of the line that bars start from
	Width  length // of a bar
	Up     int64  // what the top stands for
	Down   int64  // what the bottom stands for
	Lines  []line
}

// A point is one interval: its bars, and its mean.
type point struct {
	store.Point
	Link      string // to its records
	X, Center length // of its bars
	SlotX     length // of what belongs to it: Slot wide
	Slot      length
	UpY, UpH  length
	DownH     length
	MeanY     length
	Name      string
	Short     string
}

// A tick is a mark on the axis of time.
type tick struct {
	X      length
	Name   string
	Anchor string // of its text
}

// A line joins the means of two points next to each other.
type line struct{ X1, Y1, X2, Y2 length }

func newTrend(s *selection, by store.Interval, series []store.Point) *trend {
	if len(series) == 0 {
		return nil
	}
	t := &trend{}
	for _, p := range series {
		t.Up, t.Down = max(t.Up, p.Positive), max(t.Down, p.Negative)
	}
	whole := max(t.Up+t.Down, 1)
	t.Base = part(t.Up, whole)
	slot := length(100 / float64(len(series)))
	t.Width = min(slot*0.72, 5)
	for i, p := range series {
		center := slot * (length(i) + 0.5)
		pt := point{
			Point: p, Link: s.during(p.Start, endOf(by, series[i:])),
			X: center - t.Width/2, Center: center, SlotX: slot * length(i), Slot: slot,
			UpH: part(p.Positive, whole), DownH: part(p.Negative, whole),
			Name: pointTime(by, p.Start, false), Short: pointTime(by, p.Start, true),
		}
		pt.UpY = t.Base - pt.UpH
		if p.MeanScore != nil {
			pt.MeanY = length(100 * (1 - *p.MeanScore))
			if i > 0 && series[i-1].MeanScore != nil {
				before := t.Points[i-1]
				t.Lines = append(t.Lines, line{before.Center, before.MeanY, center, pt.MeanY})
			}
		}
		t.Points = append(t.Points, pt)
	}
	t.ticks()
	return t
}

// LabelUp and LabelDown tell whether the ends of the scale are far enough from
// its 0 to be named.
func (t *trend) LabelUp() bool   { return t.Base > 8 }
func (t *trend) LabelDown() bool { return t.Base < 92 }

// Dot is the radius of a mean's dot: none where the dots would touch.
func (t *trend) Dot() float64 {
	switch n := len(t.Points); {
	case n <= 35:
		return 3.5
	case n <= 100:
		return 2
	}
	return 0.5
}

// ticks names up to four points, evenly apart.
func (t *trend) ticks() {
	n := len(t.Points)
	count := min(n, 4)
	for i := range count {
		at := 0
		if count > 1 {
			at = i * (n - 1) / (count - 1)
		}
		p := t.Points[at]
		anchor := "middle"
		if p.Center < 4 {
			anchor = "start"
		} else if p.Center > 96 {
			anchor = "end"
		}
		t.Ticks = append(t.Ticks, tick{p.Center, p.Short, anchor})
	}
}

// endOf returns when the first point of a series ends.
func endOf(by store.Interval, series []store.Point) time.Time {
	if len(series) > 1 {
		return series[1].Start
	}
	at := series[0].Start
	if by == store.Hour {
		return by.Next(at)
	}
	return zone.Start(by.Next(zone.Wall(at, at.Location())), at.Location())
}

// during returns the address of the list of what the selection selects of a span.
func (s *selection) during(from, to time.Time) string {
	if s.Filter.CreatedAfter.After(from) {
		from = s.Filter.CreatedAfter
	}
	if end := s.Filter.CreatedBefore; !end.IsZero() && end.Before(to) {
		to = end
	}
	return s.Link("feedback", "DateCreatedAfter", parameter(from), "DateCreatedBefore", parameter(to))
}

// parameter returns a time as a parameter, as a date where it is midnight.
func parameter(t time.Time) string {
	t = t.UTC()
	if t.Equal(store.Day.Start(t)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}
