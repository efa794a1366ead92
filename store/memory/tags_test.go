package memory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// What a store may leave out, this one does.
func TestTagsOfADayAreBounded(t *testing.T) {
	st := memory.New()
	at := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	add := func(n int) store.Feedback {
		f := store.Feedback{ID: store.NewID(at), SessionID: "s", Score: 1, Tags: []string{fmt.Sprintf("t%03d", n)}}
		f.Scope.Assistant = "a"
		f, err := st.Create(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	complete := func() bool {
		s, err := st.Summarize(t.Context(), store.Scope{Assistant: "a"}, store.SummaryQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return s.TagsComplete
	}
	for n := range store.MaxDayTags {
		add(n)
	}
	add(0)
	if !complete() {
		t.Fatalf("%d distinct tags are not counted", store.MaxDayTags)
	}
	over := add(store.MaxDayTags)
	if complete() {
		t.Fatalf("more than %d distinct tags are counted", store.MaxDayTags)
	}
	if _, err := st.Delete(t.Context(), over.Scope, store.Ref{ID: over.ID}); err != nil {
		t.Fatal(err)
	}
	if !complete() {
		t.Error("the day is not whole again without the record")
	}
}
