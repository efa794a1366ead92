package handler_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/httptests"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const (
	accountA, tokenA = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "secretA"
	accountB, tokenB = "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "secretB"
	feedbacks        = "/v1/Assistants/aia_asst_1/Feedbacks"
	ofPerson         = "/v1/Feedbacks"
	onMessage        = "/v1/Assistants/aia_asst_1/Sessions/demo/Messages/m/Feedback"
	inSession        = "/v1/Assistants/aia_asst_1/Sessions/demo/Feedbacks"
)

// basicAuth knows accounts A and B, and one without a SID's form.
func basicAuth() func(*http.Request) (handler.Principal, error) {
	return handler.BasicAuth(func(_ context.Context, account string) ([]string, error) {
		return map[string][]string{accountA: {"old", tokenA}, accountB: {tokenB}, "plain": {tokenA}}[account], nil
	})
}

// quiet are options for account A and B that log nothing.
func quiet() *handler.Options {
	return &handler.Options{Authenticate: basicAuth(), Logger: slog.New(slog.DiscardHandler)}
}

// An api is a server to call, by default as account A.
type api struct {
	t    testing.TB
	url  string
	user []string // credentials: an account and a token of its, or a visitor's token
}

// serve starts a server for the test.
func serve(t testing.TB, h http.Handler) api {
	t.Helper()
	s := httptest.NewServer(httptests.Recorded(t, h))
	t.Cleanup(s.Close)
	return api{t, s.URL, []string{accountA, tokenA}}
}

func newAPI(t testing.TB) api { return serve(t, handler.New(memory.New(), quiet())) }

func (a api) as(account, token string) api {
	a.user = []string{account, token}
	return a
}

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request. headers are names and values; "" removes one that is sent
// by default.
func (a api) do(method, path, body string, headers ...string) answer {
	a.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = a.url + path
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	switch len(a.user) {
	case 1:
		req.Header.Set("Authorization", "Bearer "+a.user[0])
	case 2:
		req.SetBasicAuth(a.user[0], a.user[1])
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	noRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := noRedirects.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatalf("%s %s: the answer broke off: %v", method, path, err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func (a api) post(body string, headers ...string) answer {
	a.t.Helper()
	return a.do("POST", feedbacks, body, headers...)
}

// created posts a body and returns the record, after a 201.
func (a api) created(body string, headers ...string) map[string]any {
	a.t.Helper()
	ans := a.post(body, headers...)
	if ans.status != 201 {
		a.t.Fatalf("POST %s: %d %s, want 201", body, ans.status, ans.body)
	}
	return decode[map[string]any](a.t, ans.body)
}

// fails asserts an error in Twilio's shape.
func (a api) fails(ans answer, status int, code float64, message string) {
	a.t.Helper()
	if ans.status != status {
		a.t.Errorf("status %d %s, want %d", ans.status, ans.body, status)
		return
	}
	e := decode[map[string]any](a.t, ans.body)
	if e["code"] != code || e["status"] != float64(status) || e["more_info"] == "" || len(e) != 4 {
		a.t.Errorf("%s, want code %v and status %d, and more_info", ans.body, code, status)
	}
	if got, _ := e["message"].(string); !strings.Contains(got, message) {
		a.t.Errorf("message %q, want %q in it", got, message)
	}
	if got := ans.header.Get("Content-Type"); got != "application/json" {
		a.t.Errorf("Content-Type %q, want application/json", got)
	}
}

func decode[T any](t testing.TB, s string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}

// a record to put into a store directly.
func record(account string, at time.Time, mend ...func(*store.Feedback)) store.Feedback {
	f := store.Feedback{Scope: store.Scope{Account: account, Assistant: "aia_asst_1"}, ID: store.NewID(at), SessionID: "demo", Score: 1}
	for _, m := range mend {
		m(&f)
	}
	return f
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123_456_000, time.UTC)

// fill puts n records of account A into a store, a second apart, the first at
// noon, and returns them newest first.
func fill(t testing.TB, st store.Store, n int) []store.Feedback {
	t.Helper()
	fs := make([]store.Feedback, n)
	for i := range n {
		f := record(accountA, noon.Add(time.Duration(i)*time.Second))
		if i%3 == 0 {
			f.Metadata, f.Correction = map[string]string{"model": "x-1"}, "better"
		}
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		fs[n-1-i] = f
	}
	return fs
}
