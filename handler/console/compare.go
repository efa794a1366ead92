package console

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/answers"
	"github.com/humanfeedback/feedbacks/store"
)

// A compareView sets tags that start alike side by side.
type compareView struct {
	view
	TooMany    bool // records to summarise in time
	Ranges     []choice
	Prefixes   []choice // that tags have
	Rows       []row
	Rates      bool // whether any row has one
	Incomplete bool // whether any row is
	Limited    bool // there may be more tags than rows
	Difference *difference
}

// A row is a tag, with its bar: how long it is, and from where to where its
// interval.
type row struct {
	store.TagSummary
	Share            *store.Share // nil without ratings
	Width, Low, High length
	Rate             *float64 // of answers that were rated; nil where that is not known
	Link             string   // to its summary
}

// Ratings are the records that say positive or negative.
func (r row) Ratings() int64 { return r.Positive + r.Negative }

// compare shows tags side by side: those that start with Compare.
func (v *visit) compare() error {
	s, err := v.selection()
	if err != nil {
		return err
	}
	data := compareView{view: v.view("Comparison of "+s.Assistant, s), Ranges: v.ranges(s, "compare")}
	data.Section = "compare"
	if !s.Valid() {
		return v.show(http.StatusBadRequest, "compare.html", data)
	}
	q := store.SummaryQuery{Filter: s.Filter, Compare: s.Compare}
	err = v.timely(q, func(ctx context.Context) error {
		sum, err := v.store.Summarize(ctx, s.scope(v), q)
		if err != nil {
			return err
		}
		data.fill(&sum, v.answers(ctx, s, q))
		return nil
	})
	switch {
	case err == errTooMany:
		data.TooMany = true
		return v.show(http.StatusUnprocessableEntity, "compare.html", data)
	case err != nil:
		return err
	}
	return v.show(http.StatusOK, "compare.html", data)
}

// fill takes a summary over.
func (data *compareView) fill(sum *store.Summary, answered map[string]int64) {
	s := data.Sel
	data.Prefixes = s.prefixes(sum.Tags)
	data.Limited = len(sum.Comparison) == store.MaxComparison
	for _, t := range sum.Comparison {
		r := row{TagSummary: t, Share: store.PositiveShare(t.Positive, t.Negative),
			Rate: answers.Rate(answered, t.Tag, t.Count), Link: s.Link("summary", "Tag", t.Tag)}
		if r.Share != nil {
			r.Width, r.Low, r.High = length(100*r.Share.Value), length(100*r.Share.Low), length(100*r.Share.High)
		}
		data.Rates = data.Rates || r.Rate != nil
		data.Incomplete = data.Incomplete || !t.Complete
		data.Rows = append(data.Rows, r)
	}
	a, knownA := data.side(s.A)
	b, knownB := data.side(s.B)
	if knownA && knownB {
		data.Difference = new(newDifference(a, b))
	}
}

// side returns the ratings of a tag that is compared, and whether they are known: a
// tag without a row has none, unless it may be one of those that are left out.
func (data *compareView) side(tag string) (s side, known bool) {
	i := slices.IndexFunc(data.Rows, func(r row) bool { return r.Tag == tag })
	if i < 0 {
		return side{Name: tag}, tag != "" && !data.Limited
	}
	return side{tag, data.Rows[i].Positive, data.Rows[i].Negative}, true
}

// Kept returns the parameters that the form to pick two rows keeps.
func (data compareView) Kept() url.Values {
	q := data.Sel.parameters("compare")
	q.Del("A")
	q.Del("B")
	return q
}

// prefixOf returns what a tag and others of its kind start with, up to and with a
// colon.
func prefixOf(tag string) (prefix string, ok bool) {
	kind, _, ok := strings.Cut(tag, ":")
	return kind + ":", ok && kind != ""
}

// prefixes returns choices of what the tags start with.
func (s *selection) prefixes(tags map[string]int64) (choices []choice) {
	kinds := map[string]bool{}
	for tag := range tags {
		if prefix, ok := prefixOf(tag); ok {
			kinds[prefix] = true
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(kinds)) {
		choices = append(choices, choice{prefix, s.Link("compare", "Compare", prefix, "A", "", "B", ""), prefix == s.Compare})
	}
	return choices
}
