package handler_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// Whatever is imported, every line is counted, and what was taken goes on to the
// next server as it is.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		lines(3), "\uFEFF" + lines(1), "x\n{}\n\n[]", `{"id":"x","session_id":"s","score":1,"date_created":"2025-03-04T05:06:07Z"}` + "\r\n",
		`{"id":"x","sessionId":"s","messageId":"m","score":0.1,"userSid":"u","dateCreated":"2025-03-04T05:06:07.999+01:00","dateUpdated":null,"vote":true,"tags":["a","b"],"text":"\u0000"}`,
		`{"id":"aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb7","session_id":"s","score":-0,"updated_at":"1970-01-01T00:00:00Z"}`,
		`{"id":"aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb7","session_id":"s","score":1,"metadata":{"model":"=x","a":"\u2028"},"correction":"b\r\n","vote":true}` + "\n" + `{"id":"x","session_id":"s","score":1,"metadata":{"a":1}}`,
		`{"id":"aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb7","session_id":"s","score":1,"tags":["b","a"],"metadata":{"n":"1","m":"2"},"stamped":{"tags":["b","a"],"metadata":["n"]}}` + "\n" +
			`{"id":"aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb7","session_id":"s","score":1,"tags":["x"],"metadata":{"m":"2"},"stamped":{"tags":["x"],"metadata":null}}`,
	} {
		f.Add(seed)
	}
	do := func(t *testing.T, h http.Handler, method, path, body string) string {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-ndjson")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Fatalf("%s %s %q: %d %s", method, path, body, w.Code, w.Body)
		}
		return w.Body.String()
	}
	f.Fuzz(func(t *testing.T, file string) {
		one, other := handler.New(memory.New(), nil), handler.New(memory.New(), nil)
		type counts struct{ Created, Repeated, Failed int }
		first := decode[counts](t, do(t, one, "POST", feedbacks, file))
		given := 0
		for line := range strings.SplitSeq(strings.TrimPrefix(file, "\uFEFF"), "\n") {
			if strings.TrimSpace(line) != "" {
				given++
			}
		}
		if first.Created+first.Repeated+first.Failed != given {
			t.Errorf("%+v of %d lines", first, given)
		}
		exported := do(t, one, "GET", feedbacks+"?Format=ndjson", "")
		if n := strings.Count(exported, "\n"); n != first.Created {
			t.Errorf("%d were created and %d exported", first.Created, n)
		}
		if got, want := do(t, other, "POST", feedbacks, exported), fmt.Sprintf(`{"created":%d,"repeated":0,"failed":0,"errors":[]}`, first.Created); got != want {
			t.Errorf("%s, want %s of %s", got, want, exported)
		}
		if got := do(t, other, "GET", feedbacks+"?Format=ndjson", ""); got != exported {
			t.Errorf("%s\nwant\n%s", got, exported)
		}
		again := decode[counts](t, do(t, one, "POST", feedbacks, file))
		if again.Created != 0 || again.Failed != first.Failed || again.Repeated != first.Created+first.Repeated {
			t.Errorf("again: %+v, first %+v", again, first)
		}
	})
}
