package store

import (
	"math"
	"time"
)

// MaxSummaryTags is how many tags a Summary counts: the commonest.
const MaxSummaryTags = 100

// A SummaryQuery asks for a summary.
type SummaryQuery struct {
	Filter
	// Interval divides the summary's Series; NoInterval asks for none.
	Interval Interval
}

// Check returns nil, or a [FieldError] that names the parameter that breaks a
// rule.
func (q SummaryQuery) Check() error {
	if err := q.Filter.Check(); err != nil {
		return err
	}
	return q.Interval.Check()
}

// FromRollups reports whether whole days of what q selects can be summed from
// counts by day and tag.
func (q SummaryQuery) FromRollups() bool { return q.ByTimeAndTagOnly() && q.Interval != Hour }

// A Summary is statistics of a set of records.
type Summary struct {
	// Count is how many records there are.
	Count int64
	// MeanScore is the mean of their scores, nil when there are none.
	MeanScore *float64
	// Positive and Negative count scores above and below 0.5; a score of 0.5
	// counts as neither.
	Positive, Negative int64
	// WithText counts records with a note.
	WithText int64
	// Histogram counts scores from 0 to 0.1, and so on; each bin excludes its
	// upper bound, but for the last, which includes 1.
	Histogram [10]int64
	// Tags counts the records that bear each tag: the hundred commonest tags,
	// equally common ones in byte order. With a Filter by Tag it has that alone.
	Tags map[string]int64
	// Series is the course over time, without gaps, when an Interval was asked
	// for: from the Filter's CreatedAfter, or else the first record, to its
	// CreatedBefore, or else the last record. The points' own counts are 0 where
	// there is no record. It has no point when CreatedBefore is not after
	// CreatedAfter, or when there is no record to take a missing bound from.
	Series []Point
}

// A Point is one interval of a Summary's Series.
type Point struct {
	// Start is when the interval starts, in UTC.
	Start time.Time
	// Count, MeanScore, Positive and Negative are those of a Summary.
	Count              int64
	MeanScore          *float64
	Positive, Negative int64
}

// ScoreUnit is what scores are counted in: Micros(1) == ScoreUnit.
const ScoreUnit = 1_000_000

// Micros returns a score in millionths, rounded to the nearest, halves to even
// (as PostgreSQL's round does). Sums and bins are made of these integers, so that
// taking a record away undoes adding it, exactly and alike in every store.
func Micros(score float64) int64 {
	return int64(math.RoundToEven(score * ScoreUnit))
}

// A Tally counts records: what a Summary is made of, and what a store keeps as a
// rollup for each day and tag.
type Tally struct {
	Count     int64
	Sum       int64 // of Micros
	Positive  int64
	Negative  int64
	WithText  int64
	Histogram [10]int64
}

// Add counts f in.
func (t *Tally) Add(f Feedback) { t.count(f, 1) }

// Remove takes f, which was counted in, out again.
func (t *Tally) Remove(f Feedback) { t.count(f, -1) }

func (t *Tally) count(f Feedback, n int64) {
	micros := Micros(f.Score)
	t.Count += n
	t.Sum += n * micros
	switch {
	case micros > ScoreUnit/2:
		t.Positive += n
	case micros < ScoreUnit/2:
		t.Negative += n
	}
	if f.HasText() {
		t.WithText += n
	}
	t.Histogram[min(micros*10/ScoreUnit, 9)] += n
}

// Merge counts in all that u counts.
func (t *Tally) Merge(u Tally) {
	t.Count += u.Count
	t.Sum += u.Sum
	t.Positive += u.Positive
	t.Negative += u.Negative
	t.WithText += u.WithText
	for i, n := range u.Histogram {
		t.Histogram[i] += n
	}
}

// MeanScore returns the mean of the scores, nil when there are none.
func (t Tally) MeanScore() *float64 {
	if t.Count == 0 {
		return nil
	}
	mean := float64(t.Sum) / float64(t.Count) / ScoreUnit
	return &mean
}
