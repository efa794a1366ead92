package handler_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// call sends a request to h and prints the answer's status.
func call(h http.Handler, method, path, body, user, password string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(user, password)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(method, path, w.Code)
	return w.Result()
}

// Mount the API beside what else the host serves.
func ExampleNew() {
	api := handler.New(memory.New(), &handler.Options{
		Authenticate: handler.BasicAuth(func(_ context.Context, account string) ([]string, error) {
			return map[string][]string{"ACdemo": {"secret"}}[account], nil
		}),
	})
	mux := http.NewServeMux()
	mux.Handle("/v1/", api)

	call(mux, "POST", "/v1/Assistants/aia_asst_1/Feedbacks", `{"session_id":"demo","score":1}`, "ACdemo", "secret")
	call(mux, "GET", "/v1/Assistants/aia_asst_1/Feedbacks", "", "ACdemo", "wrong")
	// Output:
	// POST /v1/Assistants/aia_asst_1/Feedbacks 201
	// GET /v1/Assistants/aia_asst_1/Feedbacks 401
}

// In a unit test a handler without options is enough: it is open to all.
func ExampleNew_unitTest() {
	st := memory.New()
	server := httptest.NewServer(handler.New(st, nil))
	defer server.Close()

	resp, err := http.Post(server.URL+"/v1/Assistants/aia_asst_1/Feedbacks", "application/json", strings.NewReader(`{"session_id":"demo","score":0}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	sum, _ := st.Summarize(context.Background(), store.Scope{Assistant: "aia_asst_1"}, store.SummaryQuery{})
	fmt.Println(resp.StatusCode, "negative:", sum.Negative)
	// Output: 201 negative: 1
}

// As middleware the API answers its own paths, and the host all others.
func ExampleMiddleware() {
	host := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	h := handler.Middleware(memory.New(), nil)(host)

	call(h, "GET", "/v1/Assistants/aia_asst_1/Feedbacks", "", "", "")
	b, _ := io.ReadAll(call(h, "GET", "/welcome", "", "", "").Body)
	fmt.Println(string(b))
	// Output:
	// GET /v1/Assistants/aia_asst_1/Feedbacks 200
	// GET /welcome 200
	// hello
}

// Two tokens are good while one replaces the other.
func ExampleBasicAuth() {
	tokens := map[string][]string{"ACdemo": {"old", "new"}}
	h := handler.New(memory.New(), &handler.Options{
		Authenticate: handler.BasicAuth(func(_ context.Context, account string) ([]string, error) {
			return tokens[account], nil
		}),
	})
	call(h, "GET", "/v1/Assistants/aia_asst_1/Feedbacks", "", "ACdemo", "old")
	call(h, "GET", "/v1/Assistants/aia_asst_1/Feedbacks", "", "ACdemo", "new")
	tokens["ACdemo"] = []string{"new"}
	call(h, "GET", "/v1/Assistants/aia_asst_1/Feedbacks", "", "ACdemo", "old")
	// Output:
	// GET /v1/Assistants/aia_asst_1/Feedbacks 200
	// GET /v1/Assistants/aia_asst_1/Feedbacks 200
	// GET /v1/Assistants/aia_asst_1/Feedbacks 401
}

// A host that knows its users by a session or token of its own says itself who
// calls, and for which person a browser may speak.
func ExampleOptions_authenticate() {
	h := handler.New(memory.New(), &handler.Options{
		Authenticate: func(r *http.Request) (handler.Principal, error) {
			user, _, ok := r.BasicAuth() // or a cookie, or a header of the proxy's
			if !ok {
				return handler.Principal{}, handler.ErrUnauthenticated
			}
			return handler.Principal{Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: user}}, nil
		},
	})
	const vote = "/v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback"
	call(h, "PUT", vote, `{"score":1}`, "ann", "")
	call(h, "PUT", vote, `{"score":1,"user_id":"bob"}`, "ann", "")
	call(h, "POST", "/v1/Assistants/aia_asst_1/Feedbacks", `{"session_id":"demo","score":1}`, "ann", "")
	call(h, "GET", "/v1/Assistants/aia_asst_1/Feedbacks", "", "ann", "")
	// Output:
	// PUT /v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback 201
	// PUT /v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback 403
	// POST /v1/Assistants/aia_asst_1/Feedbacks 403
	// GET /v1/Assistants/aia_asst_1/Feedbacks 403
}

// A person has one vote on a message, and can change it and take it back.
func Example_vote() {
	h := handler.New(memory.New(), nil)
	const vote = "/v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback"
	call(h, "PUT", vote, `{"score":0,"text":"not my question","user_id":"ann"}`, "", "")
	call(h, "PUT", vote, `{"score":1,"user_id":"ann"}`, "", "")
	var f struct {
		Score float64
		Text  string
	}
	json.NewDecoder(call(h, "GET", vote+"?UserId=ann", "", "", "").Body).Decode(&f)
	fmt.Printf("score %v, text %q\n", f.Score, f.Text)
	call(h, "DELETE", vote+"?UserId=ann", "", "", "")
	call(h, "GET", vote+"?UserId=ann", "", "", "")
	// Output:
	// PUT /v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback 201
	// PUT /v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback 200
	// GET /v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback?UserId=ann 200
	// score 1, text ""
	// DELETE /v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback?UserId=ann 204
	// GET /v1/Assistants/aia_asst_1/Sessions/demo/Messages/m1/Feedback?UserId=ann 404
}

// All that one person said to an assistant is erased by one call. An empty
// variable erases nothing.
func Example_erase() {
	h := handler.New(memory.New(), nil)
	call(h, "POST", "/v1/Assistants/aia_asst_1/Feedbacks", `{"session_id":"s1","user_id":"ann","score":1}`, "", "")
	call(h, "DELETE", "/v1/Assistants/aia_asst_1/Feedbacks?UserId=", "", "", "")
	b, _ := io.ReadAll(call(h, "DELETE", "/v1/Assistants/aia_asst_1/Feedbacks?UserId=ann", "", "", "").Body)
	fmt.Println(string(b))
	// Output:
	// POST /v1/Assistants/aia_asst_1/Feedbacks 201
	// DELETE /v1/Assistants/aia_asst_1/Feedbacks?UserId= 400
	// DELETE /v1/Assistants/aia_asst_1/Feedbacks?UserId=ann 200
	// {"deleted":1}
}

// All that one person said to any assistant of the account is read by one call, each
// record with its assistant, and erased by another.
func Example_onePerson() {
	h := handler.New(memory.New(), nil)
	for _, assistant := range []string{"one", "two"} {
		call(h, "POST", "/v1/Assistants/"+assistant+"/Feedbacks", `{"session_id":"s1","user_id":"ann","score":1}`, "", "")
	}
	var records []struct {
		AssistantID string `json:"assistant_id"`
	}
	json.NewDecoder(call(h, "GET", "/v1/Feedbacks?UserId=ann", "", "", "").Body).Decode(&records)
	fmt.Println(records)
	b, _ := io.ReadAll(call(h, "DELETE", "/v1/Feedbacks?UserId=ann", "", "", "").Body)
	fmt.Println(string(b))
	// Output:
	// POST /v1/Assistants/one/Feedbacks 201
	// POST /v1/Assistants/two/Feedbacks 201
	// GET /v1/Feedbacks?UserId=ann 200
	// [{one} {two}]
	// DELETE /v1/Feedbacks?UserId=ann 200
	// {"deleted":2}
}

// Low scores go on to people by way of a channel. A request waits for nobody: when
// the channel is full, its score is counted as missed.
func ExampleOptions_onChange() {
	low := make(chan store.Feedback, 100)
	var missed atomic.Int64
	h := handler.New(memory.New(), &handler.Options{
		OnChange: func(_ context.Context, _, after *store.Feedback) {
			if after == nil || after.Score >= 0.5 {
				return
			}
			select {
			case low <- *after:
			default:
				missed.Add(1)
			}
		},
	})
	var people sync.WaitGroup
	people.Go(func() {
		for f := range low { // such as by a webhook
			fmt.Println("low score:", f.Score, f.Text)
		}
	})

	call(h, "POST", "/v1/Assistants/aia_asst_1/Feedbacks", `{"session_id":"demo","score":1}`, "", "")
	vote := "/v1/Assistants/aia_asst_1/Sessions/demo/Feedback"
	call(h, "PUT", vote, `{"score":0,"text":"wrong answer"}`, "", "")
	call(h, "DELETE", vote, "", "", "")
	close(low) // when the server has shut down
	people.Wait()
	fmt.Println("missed:", missed.Load())
	// Unordered output:
	// POST /v1/Assistants/aia_asst_1/Feedbacks 201
	// PUT /v1/Assistants/aia_asst_1/Sessions/demo/Feedback 201
	// low score: 0 wrong answer
	// DELETE /v1/Assistants/aia_asst_1/Sessions/demo/Feedback 204
	// missed: 0
}
