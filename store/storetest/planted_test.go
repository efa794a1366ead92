package storetest_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

// planted are stores with one bug each, and what the suite says of it.
var planted = map[string]struct {
	newStore func() store.Store
	says     string
	passes   string // a case that does not fail, if need be
}{
	"After is inclusive":     {func() store.Store { return &inclusive{memory.New()} }, "which is not beyond", ""},
	"pages do not advance":   {func() store.Store { return &stuck{memory.New()} }, "it does not advance", ""},
	"a condition is ignored": {func() store.Store { return &unaware{memory.New()} }, "Erase by HasCorrection returned 72", ""},
	"a tag is ignored":       {func() store.Store { return &tagless{memory.New()} }, "List by Tag returned 72 records, want", ""},
	"tags are sorted":        {func() store.Store { return &sorted{memory.New()} }, `Tags is []string{"a", "model:x", "slow"}, want []string{"slow", "model:x", "a"}`, ""},
	"a series has gaps":      {func() store.Store { return &gappy{memory.New()} }, "2026-03-15T00:00:00Z: 0 none", ""},
	"metadata is dropped":    {func() store.Store { return &forgetful{memory.New()} }, `Metadata is map[string]string(nil), want map[string]string{"a":"1"`, ""},
	// It refuses what it does not know, which is right.
	"a condition is refused":       {func() store.Store { return &cautious{memory.New()} }, "Metadata is a filter that this store does not know", "every_field_of_a_filter"},
	"notes have another last rune": {func() store.Store { return &slip{memory.New()} }, "Text is", ""},
}

// inclusive lists the record again that After names.
type inclusive struct{ *memory.Store }

func (s *inclusive) List(ctx context.Context, sc store.Scope, q store.Query) (store.Page, error) {
	last, err := s.Store.Get(ctx, sc, store.Ref{ID: q.After})
	page, err2 := s.Store.List(ctx, sc, q)
	if q.After != "" && err == nil && err2 == nil {
		page.Feedbacks = append([]store.Feedback{last}, page.Feedbacks...)
		page.Next = page.Feedbacks[0].ID
	}
	return page, err2
}

// stuck goes on at the same place.
type stuck struct{ *memory.Store }

func (s *stuck) List(ctx context.Context, sc store.Scope, q store.Query) (store.Page, error) {
	page, err := s.Store.List(ctx, sc, q)
	if page.Next != "" && q.After != "" {
		page.Next = q.After
	}
	return page, err
}

// unaware has not heard of corrections when it erases.
type unaware struct{ *memory.Store }

func (s *unaware) Erase(ctx context.Context, sc store.Scope, f store.Filter) (int64, error) {
	if f.CheckErase() == nil && f.HasCorrection != nil {
		if f.HasCorrection = nil; f.IsZero() {
			f.MinScore = new(0.0)
		}
	}
	return s.Store.Erase(ctx, sc, f)
}

// tagless lists whatever the tags are.
type tagless struct{ *memory.Store }

func (s *tagless) List(ctx context.Context, sc store.Scope, q store.Query) (store.Page, error) {
	if q.Check() == nil {
		q.Tag = ""
	}
	return s.Store.List(ctx, sc, q)
}

// sorted keeps tags as a set.
type sorted struct{ *memory.Store }

func (s *sorted) Get(ctx context.Context, sc store.Scope, r store.Ref) (store.Feedback, error) {
	f, err := s.Store.Get(ctx, sc, r)
	slices.Sort(f.Tags)
	return f, err
}

// gappy leaves out the points of no records.
type gappy struct{ *memory.Store }

func (s *gappy) Summarize(ctx context.Context, sc store.Scope, q store.SummaryQuery) (store.Summary, error) {
	sum, err := s.Store.Summarize(ctx, sc, q)
	sum.Series = slices.DeleteFunc(sum.Series, func(p store.Point) bool { return p.Count == 0 })
	return sum, err
}

// forgetful keeps no metadata.
type forgetful struct{ *memory.Store }

func (s *forgetful) Get(ctx context.Context, sc store.Scope, r store.Ref) (store.Feedback, error) {
	f, err := s.Store.Get(ctx, sc, r)
	f.Metadata = nil
	return f, err
}

// slip changes the end of long notes.
type slip struct{ *memory.Store }

func (s *slip) Get(ctx context.Context, sc store.Scope, r store.Ref) (store.Feedback, error) {
	f, err := s.Store.Get(ctx, sc, r)
	if n := len(f.Text); n > 0 {
		f.Text = f.Text[:n-1] + "!"
	}
	return f, err
}

// Each is run by a test of its own, which fails: briefly, and soon.
func TestFailuresAreBrief(t *testing.T) {
	for name, bug := range planted {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPlanted$", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), "FEEDBACKS_PLANTED="+name)
			b, err := cmd.CombinedOutput()
			out := string(b)
			switch {
			case err == nil:
				t.Error("the suite passes")
			case strings.Contains(out, "test timed out"):
				t.Errorf("the suite does not end: %.6000s", out)
			case bug.passes != "" && strings.Contains(out, bug.passes):
				t.Errorf("the case fails of %q", bug.passes)
			case !strings.Contains(out, bug.says):
				t.Errorf("the suite does not say %q, but\n%.4000s", bug.says, out)
			}
			for part := range strings.SplitSeq(out, "--- FAIL") {
				if len(part) > 6000 {
					t.Errorf("a failing case prints %d bytes:\n%.2000s", len(part), part)
				}
			}
			t.Logf("%d bytes", len(out))
		})
	}
}

func TestPlanted(t *testing.T) {
	bug, ok := planted[os.Getenv("FEEDBACKS_PLANTED")]
	if !ok {
		return // it is TestFailuresAreBrief that runs this
	}
	storetest.Run(t, func(testing.TB) store.Store { return bug.newStore() })
}

// cautious knows the fields that there were when it was written.
type cautious struct{ *memory.Store }

func (s *cautious) List(ctx context.Context, sc store.Scope, q store.Query) (store.Page, error) {
	if err := only(q.Filter); err != nil {
		return store.Page{}, err
	}
	return s.Store.List(ctx, sc, q)
}

func (s *cautious) Summarize(ctx context.Context, sc store.Scope, q store.SummaryQuery) (store.Summary, error) {
	if err := only(q.Filter); err != nil {
		return store.Summary{}, err
	}
	return s.Store.Summarize(ctx, sc, q)
}

func (s *cautious) Erase(ctx context.Context, sc store.Scope, f store.Filter) (int64, error) {
	if err := only(f); err != nil {
		return 0, err
	}
	return s.Store.Erase(ctx, sc, f)
}

func only(f store.Filter) error {
	return f.Only("SessionID", "MessageID", "UserID", "Tag", "MinScore", "MaxScore", "HasText", "HasCorrection", "CreatedAfter", "CreatedBefore")
}
