package handler_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// What people think of one version of a prompt, if each feedback bears a tag of
// its version.
func Example_summary() {
	h := handler.New(memory.New(), nil)
	for _, body := range []string{`{"session_id":"s1","score":1,"tags":["prompt:2"]}`, `{"session_id":"s2","score":0.5,"tags":["prompt:2"]}`, `{"session_id":"s3","score":0}`} {
		call(h, "POST", "/v1/Assistants/aia_asst_1/Feedbacks", body, "", "")
	}
	b, _ := io.ReadAll(call(h, "GET", "/v1/Assistants/aia_asst_1/Feedbacks/Summary?Tag=prompt:2", "", "", "").Body)
	fmt.Println(string(b))
	// Output:
	// POST /v1/Assistants/aia_asst_1/Feedbacks 201
	// POST /v1/Assistants/aia_asst_1/Feedbacks 201
	// POST /v1/Assistants/aia_asst_1/Feedbacks 201
	// GET /v1/Assistants/aia_asst_1/Feedbacks/Summary?Tag=prompt:2 200
	// {"count":2,"mean_score":0.75,"positive":1,"negative":0,"with_text":0,"histogram":[0,0,0,0,0,1,0,0,0,1],"tags":{"prompt:2":2},"tags_complete":true}
}

// A job that runs once a day needs to remember nothing to raise an alarm when people
// like the answers less than in the week before.
func Example_alarm() {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	h := handler.New(memory.New(), &handler.Options{Now: func() time.Time { return now }})
	for i := range 80 { // last week 8 of 10 were positive, this week 4 of 10
		score := 1
		if i%10 > 7 || i >= 40 && i%10 > 3 {
			score = 0
		}
		now = time.Date(2026, 11, 8, 12, 0, 0, 0, time.UTC).AddDate(0, 0, i/40*7)
		silently(h, "POST", "/v1/Assistants/aia_asst_1/Feedbacks", fmt.Sprintf(`{"session_id":"s1","score":%d}`, score))
	}

	answer := silently(h, "GET", "/v1/Assistants/aia_asst_1/Feedbacks/Summary?DateCreatedAfter=2026-11-15&DateCreatedBefore=2026-11-22&Previous=true", "")
	var summary struct {
		Change *struct{ Difference, Low, High float64 }
	}
	if err := json.Unmarshal([]byte(answer), &summary); err != nil {
		fmt.Println(err)
	}
	if c := summary.Change; c != nil && c.High < 0 {
		fmt.Printf("alarm: %+.0f points (%+.0f to %+.0f)\n", 100*c.Difference, 100*c.Low, 100*c.High)
	}
	// Output:
	// alarm: -40 points (-57 to -19)
}

// silently calls a handler and returns the answer's body.
func silently(h *handler.Handler, method, url, body string) string {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}
