package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// Mount the console beside the API, on the same store and with the same
// credentials.
func ExampleNew() {
	st := memory.New()
	authenticate := handler.BasicAuth(func(_ context.Context, account string) ([]string, error) {
		return map[string][]string{"ACdemo": {"secret"}}[account], nil
	})
	mux := http.NewServeMux()
	mux.Handle("/v1/", handler.New(st, &handler.Options{Authenticate: authenticate}))
	mux.Handle("/console/", console.New(st, &console.Options{Authenticate: authenticate}))

	call := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.SetBasicAuth("ACdemo", "secret")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(method, path, w.Code)
		return w
	}
	call("POST", "/v1/Assistants/aia_asst_1/Feedbacks", `{"session_id":"demo","score":1,"text":"problem resolved"}`)
	page := call("GET", "/console/feedback?Assistant=aia_asst_1", "").Body.String()
	fmt.Println(strings.Contains(page, "problem resolved"))
	// Output:
	// POST /v1/Assistants/aia_asst_1/Feedbacks 201
	// GET /console/feedback?Assistant=aia_asst_1 200
	// true
}
