package memory_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// heap returns how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	for range 2 { // the second run frees what the first has found
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Records that are gone take no memory: neither their indexes and keys, nor the
// rollups of their days.
func TestWhatIsGoneTakesNoMemory(t *testing.T) {
	const records = 20_000
	st, scope := memory.New(), store.Scope{Assistant: "a"}
	vote := func(n int) store.Feedback {
		of := fmt.Sprint(n)
		return store.Feedback{Scope: scope, ID: store.NewID(time.Unix(int64(n)*86400, 0)), Key: store.VoteKey(of, of, of),
			SessionID: of, MessageID: of, UserID: of, Score: 1, Tags: []string{of}, Metadata: map[string]string{"model": of}}
	}
	gone := map[string]func(f store.Feedback) error{
		"deleted": func(f store.Feedback) error {
			_, err := st.Delete(t.Context(), scope, store.Ref{ID: f.ID})
			return err
		},
		"erased": func(f store.Feedback) error {
			_, err := st.Erase(t.Context(), scope, store.Filter{UserID: f.UserID})
			return err
		},
	}
	if _, _, err := st.Put(t.Context(), vote(records)); err != nil { // so that the scope stays
		t.Fatal(err)
	}
	for how, remove := range gone {
		before := heap()
		for n := range records {
			f, _, err := st.Put(t.Context(), vote(n))
			if err == nil {
				err = remove(f)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if grown := heap() - before; grown > records*10 {
			t.Errorf("%d records that were %s have left %d bytes", records, how, grown)
		}
	}
	runtime.KeepAlive(st)
}

// A tag that no record bears any more makes room for another.
func TestATagThatIsGoneMakesRoom(t *testing.T) {
	st, scope := memory.New(), store.Scope{Assistant: "a"}
	at := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	add := func(tag string) store.Feedback {
		f, err := st.Create(t.Context(), store.Feedback{Scope: scope, ID: store.NewID(at), SessionID: "s", Score: 1, Tags: []string{tag}})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	add("stays")
	for n := range 2 * store.MaxDayTags {
		if _, err := st.Delete(t.Context(), scope, store.Ref{ID: add(fmt.Sprint("goes ", n)).ID}); err != nil {
			t.Fatal(err)
		}
	}
	add("comes")
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || !s.TagsComplete || len(s.Tags) != 2 || s.Tags["comes"] != 1 || s.Tags["stays"] != 1 {
		t.Errorf("%v, complete %v, %v; want the two tags that there are", s.Tags, s.TagsComplete, err)
	}
}
