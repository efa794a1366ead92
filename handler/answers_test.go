package handler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestResponseRates(t *testing.T) {
	var asked string
	var fails error
	var log bytes.Buffer
	h := handler.New(memory.New(), &handler.Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Answers: func(_ context.Context, s store.Scope, from, to time.Time, prefix string) (map[string]int64, error) {
			if fails != nil && fails.Error() == "panic" {
				panic(fails)
			}
			asked = fmt.Sprintf("%s %s %s %s", s.Assistant, from.Format(time.DateOnly), to.Format(time.DateOnly), prefix)
			return map[string]int64{"": 40, "v:1": 10, "v:10": 7, "v:2": 0}, fails
		},
	})
	for _, tag := range []string{"v:1", "v:1", "v:2", "v:3"} {
		silently(h, "POST", "/v1/Assistants/a/Feedbacks", `{"session_id":"s","score":1,"tags":["`+tag+`"]}`)
	}
	get := func(query string) string {
		asked = ""
		return silently(h, "GET", "/v1/Assistants/a/Feedbacks/Summary?"+query, "")
	}
	for _, c := range []struct{ query, asked, says string }{
		{"", "a 0001-01-01 0001-01-01 ", `"negative":0,"answers":40,"response_rate":0.1,"with_text"`},
		{"DateCreatedAfter=2026-01-02", "a 2026-01-02 0001-01-01 ", `"answers":40,"response_rate":0.1`},
		{"Tag=v:1", "a 0001-01-01 0001-01-01 v:1", `"answers":10,"response_rate":0.2`},
		{"Tag=v:3", "a 0001-01-01 0001-01-01 v:3", `"answers":null,"response_rate":null`},
		{"Compare=v:", "a 0001-01-01 0001-01-01 v:", `"answers":40,"response_rate":0.1`},
		{"Compare=v:", "a 0001-01-01 0001-01-01 v:", `"high":1,"answers":10,"response_rate":0.2,"first_day"`},
		{"Compare=v:2", "a 0001-01-01 0001-01-01 v:2", `"high":1,"answers":0,"response_rate":null`},
		{"Compare=v:3", "a 0001-01-01 0001-01-01 v:3", `"high":1,"answers":null,"response_rate":null`},
		{"UserId=ann", "", `"answers":null,"response_rate":null`},
		{"MinScore=0.5&Compare=v:", "", `"high":1,"answers":null,"response_rate":null`},
		{"Tag=v:1&Compare=v:", "", `"answers":null,"response_rate":null`},
	} {
		if got := get(c.query); !strings.Contains(got, c.says) || asked != c.asked {
			t.Errorf("?%s asks for %q, want %q, and says\n%s, want\n%s", c.query, asked, c.asked, got, c.says)
		}
	}
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
	fails = errors.New("the host's table is gone")
	if got := get("Compare=v:"); !strings.Contains(got, `"count":4`) || strings.Contains(got, `"answers":4`) || !strings.Contains(log.String(), "table is gone") {
		t.Errorf("after an error of the host's: %s, log %s", got, &log)
	}
	log.Reset()
	fails = errors.New("panic")
	if got := get("Compare=v:"); !strings.Contains(got, `"count":4`) || strings.Contains(got, `"answers":4`) || !strings.Contains(log.String(), "panic in Answers") {
		t.Errorf("after a panic of the host's: %s, log %s", got, &log)
	}
}

// The log names an assistant with too many tags once, and no other.
func TestTooManyTagsAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	h := handler.New(memory.New(), &handler.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	post := func(assistant, tag string) {
		silently(h, "POST", "/v1/Assistants/"+assistant+"/Feedbacks", `{"session_id":"s","score":1,"tags":["`+tag+`"]}`)
	}
	for i := range store.MaxDayTags + 1 {
		post("many", fmt.Sprint(i))
		post("more", fmt.Sprint(i))
	}
	post("few", "x")
	for range 3 {
		for _, assistant := range []string{"few", "many", "more"} {
			got := silently(h, "GET", "/v1/Assistants/"+assistant+"/Feedbacks/Summary", "")
			if want := fmt.Sprintf(`"tags_complete":%t`, assistant == "few"); !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s", assistant, got, want)
			}
		}
	}
	for assistant, times := range map[string]int{"few": 0, "many": 1, "more": 1} {
		if n := strings.Count(log.String(), "assistant="+assistant); n != times {
			t.Errorf("%s is logged %d times, want %d:\n%s", assistant, n, times, &log)
		}
	}
}
