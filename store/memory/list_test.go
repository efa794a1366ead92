package memory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A page whose filter selects nothing ends early, so that it does not hold up
// writers: what one call examines does not grow with the store.
func TestAPageThatSelectsNothingIsShort(t *testing.T) {
	st, scope := memory.New(), store.Scope{Assistant: "a"}
	const records = 10_000
	for i := range records {
		f := store.Feedback{Scope: scope, ID: store.NewID(time.UnixMicro(int64(i))), SessionID: fmt.Sprint(i % 7), Score: 1}
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []store.Query{{Limit: 1}, {Limit: store.MaxLimit}, {Limit: 10, Ascending: true}} {
		q.MaxScore = new(0.0)
		page, err := st.List(t.Context(), scope, q)
		at, _ := store.IDTime(page.Next)
		if n := at.UnixMicro(); err != nil || page.Next == "" || q.Ascending && n > records/2 || !q.Ascending && n < records/2 {
			t.Errorf("%+v: the page ends at %q, %v, want it well before the list's end", q, page.Next, err)
		}
	}
}
