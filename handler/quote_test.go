package handler_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// What is sent comes back in a message as far as it takes to find it.
func TestNothingLongIsQuoted(t *testing.T) {
	a := newAPI(t)
	long, odd := strings.Repeat("é", 60_000), strings.Repeat(`\u0001`, 40)
	for name, body := range map[string]string{
		"an unknown field":        `{"` + long + `":1}`,
		"an odd one":              `{"` + strings.Repeat(odd, 1000) + `":1}`,
		"a field twice":           `{"` + long + `":1,"` + long + `":1}`,
		"a score":                 `{"session_id":"s","score":` + strings.Repeat("9", 200_000) + `}`,
		"an odd id":               `{"session_id":"` + odd + `","score":1}`,
		"an odd tag":              `{"session_id":"s","score":1,"tags":["` + odd + `"]}`,
		"an odd name of metadata": `{"session_id":"s","score":1,"metadata":{"` + odd + `":"x"}}`,
		"a name of metadata":      `{"session_id":"s","score":1,"metadata":{"` + long + `":"x"}}`,
	} {
		ans := a.post(body)
		a.fails(ans, 400, 20001, "")
		if m := decode[struct{ Message string }](t, ans.body).Message; utf8.RuneCountInString(m) > 100+120 {
			t.Errorf("%s: %d characters in the message %.300q", name, utf8.RuneCountInString(m), m)
		}
	}
	for _, query := range []string{strings.Repeat("x", 100_000) + "=1", "Order=" + strings.Repeat("x", 100_000), "UserId=" + strings.Repeat("%01", 250), "Tag=" + strings.Repeat("%01", 60), strings.Repeat("%zz", 10_000)} {
		ans := a.do("GET", feedbacks+"?"+query, "")
		a.fails(ans, 400, 20001, "")
		if m := decode[struct{ Message string }](t, ans.body).Message; utf8.RuneCountInString(m) > 100+120 {
			t.Errorf("?%.20s: %d characters in the message %.300q", query, utf8.RuneCountInString(m), m)
		}
	}
}

func TestNothingLongIsLogged(t *testing.T) {
	var log bytes.Buffer
	h := handler.New(memory.New(), &handler.Options{
		Logger:       slog.New(slog.NewTextHandler(&log, nil)),
		Authenticate: func(*http.Request) (handler.Principal, error) { return handler.Principal{}, errors.New("down") },
	})
	long := strings.Repeat("x", 100_000)
	for _, r := range []*http.Request{httptest.NewRequest("GET", feedbacks+"/"+long, nil), httptest.NewRequest(long, feedbacks, nil)} {
		log.Reset()
		ask(t, h, r, 503)
		if log.Len() < 200 || log.Len() > 500 || !strings.Contains(log.String(), "/v1/Assistants/") {
			t.Errorf("%.20s %.20s: %d bytes in the log: %.500s", r.Method, r.URL, log.Len(), &log)
		}
	}
}
