package handler_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// Records go from one server to another as a file. Sent again, it adds nothing.
func Example_exportAndImport() {
	one, other := handler.New(memory.New(), nil), handler.New(memory.New(), nil)
	const path = "/v1/Assistants/aia_asst_1/Feedbacks"
	call(one, "POST", path, `{"session_id":"s1","score":1}`, "", "")
	call(one, "PUT", "/v1/Assistants/aia_asst_1/Sessions/s1/Feedback", `{"score":0,"user_id":"ann"}`, "", "")

	file, _ := io.ReadAll(call(one, "GET", path+"?Format=ndjson", "", "", "").Body)
	for range 2 {
		r := httptest.NewRequest("POST", path, strings.NewReader(string(file)))
		r.Header.Set("Content-Type", "application/x-ndjson")
		w := httptest.NewRecorder()
		other.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	again, _ := io.ReadAll(call(other, "GET", path+"?Format=ndjson", "", "", "").Body)
	fmt.Println(string(again) == string(file))
	// Output:
	// POST /v1/Assistants/aia_asst_1/Feedbacks 201
	// PUT /v1/Assistants/aia_asst_1/Sessions/s1/Feedback 201
	// GET /v1/Assistants/aia_asst_1/Feedbacks?Format=ndjson 200
	// 200 {"created":2,"repeated":0,"failed":0,"errors":[]}
	// 200 {"created":0,"repeated":2,"failed":0,"errors":[]}
	// GET /v1/Assistants/aia_asst_1/Feedbacks?Format=ndjson 200
	// true
}

// What Twilio's lists returned is a file too, with a record a line.
func Example_importFromTwilio() {
	h := handler.New(memory.New(), nil)
	const path = "/v1/Assistants/aia_asst_1/Feedbacks"
	r := httptest.NewRequest("POST", path, strings.NewReader(
		`{"id":"aia_fdbk_1b671a64-40d5-491e-99b0-da01ff1f3341","assistant_id":"aia_asst_1","session_id":"demo","message_id":"","score":1,"text":"","date_created":"2025-03-04T05:06:07Z","date_updated":"2025-03-04T05:06:07Z"}
{"id":"aia_fdbk_2","session_id":"demo","score":1}`))
	r.Header.Set("Content-Type", "application/x-ndjson")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: {"created":1,"repeated":0,"failed":1,"errors":[{"line":2,"message":"date_created is required with an id that is not of this API's"}]}
}

// A browser gets a token from a host that knows its user, and votes with it.
func ExampleNewTokens() {
	tokens := handler.NewTokens(handler.TokenKey{ID: "2026-11", Secret: []byte("32 random bytes, of the host's own")})
	api := handler.New(memory.New(), &handler.Options{Tokens: tokens, Authenticate: noOne})

	token, _, err := tokens.Issue(handler.Principal{Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: "ann"}}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest("PUT", "/v1/Assistants/aia_asst_1/Sessions/demo/Feedback", strings.NewReader(`{"score":1}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output: 201
}

func noOne(*http.Request) (handler.Principal, error) {
	return handler.Principal{}, handler.ErrUnauthenticated
}

// A token is for one visitor, and never for full access.
func ExampleTokens_Issue() {
	tokens := handler.NewTokens(handler.TokenKey{ID: "2026-11", Secret: []byte("32 random bytes, of the host's own")})

	_, _, err := tokens.Issue(handler.Principal{Account: "ACdemo"}, handler.DefaultTokenTTL)
	fmt.Println(err)

	token, _, err := tokens.Issue(handler.Principal{
		Account: "ACdemo",
		Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: "demo", Message: "m1", User: "ann"},
	}, handler.MaxTokenTTL)
	fmt.Println(strings.Count(token, "."), err)
	// Output:
	// visitor is required: a token gives no full access
	// 2 <nil>
}

// Tokens in an Authenticate of the host's own. Options.Tokens does it by itself.
func ExampleTokens_Authenticate() {
	tokens := handler.NewTokens(handler.TokenKey{ID: "2026-11", Secret: []byte("32 random bytes, of the host's own")})
	token, _, err := tokens.Issue(handler.Principal{Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: "ann"}}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest("GET", "/", nil)
	_, err = tokens.Authenticate(r)
	fmt.Println(err)

	r.Header.Set("Authorization", "Bearer "+token)
	p, err := tokens.Authenticate(r)
	fmt.Println(p.Visitor.User, err)
	// Output:
	// handler: missing or wrong credentials
	// ann <nil>
}
