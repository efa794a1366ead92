package store_test

import (
	"math"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
)

var reviewed = &store.Review{Verdict: store.Agree, At: noon}

// A change of any field of a review is one of the record.
func TestEqualSeesEveryFieldOfAReview(t *testing.T) {
	f := store.Feedback{Review: reviewed}
	for _, r := range []store.Review{{At: noon}, {Verdict: store.Agree}, {Verdict: store.Agree, At: noon, Note: "a"}, {Verdict: store.Agree, At: noon, Actor: "a"}} {
		if f.Equal(store.Feedback{Review: &r}) || (store.Feedback{Review: &r}).Equal(f) {
			t.Errorf("Equal does not tell %+v from %+v", r, *reviewed)
		}
	}
	if same := *reviewed; !f.Equal(store.Feedback{Review: &same}) {
		t.Error("a copy is not Equal")
	}
}

func TestWaiting(t *testing.T) {
	for _, c := range []struct {
		f    store.Feedback
		want bool
	}{
		{store.Feedback{Score: 1}, false},
		{store.Feedback{Score: 0.5}, false},
		{store.Feedback{Score: 0.5 - 5e-7}, false}, // as a Summary rounds it
		{store.Feedback{Score: math.Nextafter(0.5-5e-7, 0)}, true},
		{store.Feedback{Score: 0}, true},
		{store.Feedback{Score: 1, Text: "t"}, true},
		{store.Feedback{Score: 1, Correction: "c"}, true},
		{store.Feedback{Score: 1, Tags: []string{"slow"}, Metadata: map[string]string{"a": "1"}}, false},
		{store.Feedback{Score: 0, Text: "t", Correction: "c", Review: reviewed}, false},
	} {
		var tally store.Tally
		tally.Add(c.f)
		if got := c.f.Waiting(); got != c.want || tally.Negative > 0 && !c.f.Handled() && !got {
			t.Errorf("%+v waits: %t, want %t", c.f, got, c.want)
		}
	}
}

// A vote that its giver changes is unhandled again; the same vote sent twice is not.
func TestReviewed(t *testing.T) {
	before := store.Feedback{Score: 0, Text: "t", Correction: "c", Tags: []string{"a"}, UpdatedAt: noon, Review: reviewed}
	for name, c := range map[string]struct {
		change func(f *store.Feedback)
		stays  bool
	}{
		"nothing":    {func(*store.Feedback) {}, true},
		"tags":       {func(f *store.Feedback) { f.Tags = nil }, true},
		"metadata":   {func(f *store.Feedback) { f.Metadata = map[string]string{"a": "1"} }, true},
		"the time":   {func(f *store.Feedback) { f.UpdatedAt = noon.AddDate(0, 0, 1) }, true},
		"its review": {func(f *store.Feedback) { f.Review = &store.Review{Verdict: store.Unclear} }, true},
		"the score":  {func(f *store.Feedback) { f.Score = 1e-300 }, false},
		"the text":   {func(f *store.Feedback) { f.Text = "T" }, false},
		"correction": {func(f *store.Feedback) { f.Correction = "" }, false},
	} {
		f := before.Normalize()
		c.change(&f)
		if got := f.Reviewed(before); got.Handled() != c.stays || c.stays && *got.Review != *reviewed {
			t.Errorf("after a change of %s the review is %+v, want it to stay: %t", name, got.Review, c.stays)
		}
	}
	if got := before.Reviewed(store.Feedback{Score: 0, Text: "t", Correction: "c"}); got.Handled() {
		t.Errorf("a review that was not there before: %+v", got.Review)
	}
}
