package store

import (
	"math"
	"time"
)

// The limits of what a Summary says of tags.
const (
	MaxSummaryTags = 100 // tags that it counts: the commonest
	MaxComparison  = 100 // tags that it compares: those seen last

	// MaxDayTags is how many distinct tags of the records created on one day (UTC)
	// a store has to count as they come. Those of which it does not keep count it
	// leaves out of the Tags of a Summary, which then is not TagsComplete. What else
	// a Summary says is exact however many tags there are.
	MaxDayTags = 200
)

// A SummaryQuery asks for a summary.
type SummaryQuery struct {
	Filter
	// Interval divides the summary's Series; NoInterval asks for none.
	Interval Interval
	// Location is whose days, weeks and months the Series has; nil is UTC. Hours are
	// UTC's. A day that is not UTC's costs reading those of its records that lie
	// between its midnights and UTC's.
	Location *time.Location
	// Compare asks for the summary's Comparison: of the tags that start with it,
	// byte for byte. It is a tag by its rules; "" asks for none.
	Compare string
}

// Check returns nil, or a [FieldError] that names the parameter that breaks a
// rule.
func (q SummaryQuery) Check() error {
	if err := q.Filter.Check(); err != nil {
		return err
	}
	if q.Compare != "" {
		if err := checkTag("Compare", q.Compare); err != nil {
			return err
		}
	}
	return q.Interval.Check()
}

// FromRollups reports whether whole days of what q selects can be summed from
// counts by day and tag.
func (q SummaryQuery) FromRollups() bool {
	return q.ByTimeAndTagOnly() && q.Interval != Hour && (q.Compare == "" || q.Tag == "")
}

// Previous returns q for the span before its own, which is as long and ends where
// that starts, and whether there is one: not without both bounds of time, nor if
// they are not in order. What would start before the year 1 starts there.
func (q SummaryQuery) Previous() (SummaryQuery, bool) {
	if q.CreatedAfter.IsZero() || q.CreatedBefore.IsZero() || !q.CreatedAfter.Before(q.CreatedBefore) {
		return q, false
	}
	after, before := q.CreatedAfter, q.CreatedBefore
	seconds, nanos := before.Unix()-after.Unix(), before.Nanosecond()-after.Nanosecond() // a Duration holds 292 years
	from := time.Unix(after.Unix()-seconds, int64(after.Nanosecond()-nanos)).UTC()
	if first := (time.Time{}).Add(1); from.Before(first) {
		from = first // the zero time is no bound
	}
	q.CreatedAfter, q.CreatedBefore = from, after
	return q, true
}

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
	// TagsComplete is false where there may be tags that Tags lacks or counts too
	// low, since there were more than MaxDayTags distinct ones on some day.
	TagsComplete bool
	// Comparison has the tags that start with Compare side by side, when that was
	// asked for: the MaxComparison of them that were seen last, the latest first,
	// those of one day in byte order.
	Comparison []TagSummary
	// Series is the course over time, without gaps, when an Interval was asked
	// for: from the Filter's CreatedAfter, or else the first record, to its
	// CreatedBefore, or else the last record. The points' own counts are 0 where
	// there is no record. It has no point when CreatedBefore is not after
	// CreatedAfter, or when there is no record to take a missing bound from.
	Series []Point
}

// A TagSummary is what a Summary's Comparison says of the records that bear a tag.
type TagSummary struct {
	Tag string
	// Count, MeanScore, Positive and Negative are those of a Summary.
	Count              int64
	MeanScore          *float64
	Positive, Negative int64
	// FirstDay and LastDay are the first and the last day (UTC) on which a record
	// with the tag was created, as the days' starts.
	FirstDay, LastDay time.Time
	// Complete is false where there may be more records with the tag than were
	// counted: on some day there were too many distinct tags, and too many records
	// to count them anew.
	Complete bool
}

// A Point is one interval of a Summary's Series.
type Point struct {
	// Start is when the interval starts, in UTC or the query's Location.
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
	// Uncounted are the records that bear a tag of which the store keeps no count.
	// It is the store's own: Add and Remove leave it alone.
	Uncounted int64
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
	t.Uncounted += u.Uncounted
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
