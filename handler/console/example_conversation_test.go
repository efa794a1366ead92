package console_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A record's page shows what the host knows was said, and leads into its tracing.
func ExampleOptions_conversation() {
	transcripts := map[string][]handler.Turn{ // in place of the host's table
		"s1": {
			{Role: "user", Text: "When does it close?"},
			{MessageID: "m1", Role: "assistant", Text: "At nine."},
			{Role: "user", Text: "On Sundays?"},
		},
	}
	st := memory.New()
	pages := console.New(st, &console.Options{
		Conversation: func(_ context.Context, s store.Scope, session string) ([]handler.Turn, error) {
			if s.Account != "" { // whose session is it?
				return nil, nil
			}
			return transcripts[session], nil
		},
		Link: func(f store.Feedback) string { return "https://traces.example/" + f.Metadata["trace_id"] },
	})

	f, err := st.Create(context.Background(), store.Feedback{Scope: store.Scope{Assistant: "bot"}, ID: store.NewID(now),
		SessionID: "s1", MessageID: "m1", Text: "not on Sundays", Metadata: map[string]string{"trace_id": "4bf9"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequest("GET", "/record?Assistant=bot&Id="+f.ID, nil))
	_, rated, _ := strings.Cut(w.Body.String(), `id="rated"`)
	fmt.Println(strings.Contains(rated, "At nine."), strings.Contains(rated, "On Sundays?"), strings.Contains(rated, "https://traces.example/4bf9"))
	// Output: true true true
}
