package handler_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestStampsThatATokenMayHave(t *testing.T) {
	names := func(n int) string {
		all := map[string]string{}
		for i := range n {
			all[fmt.Sprint("n", i)] = "x"
		}
		b, _ := json.Marshal(all)
		return string(b)
	}
	ofSize := func(n int) string { // as JSON, with what encoding/json escapes
		stamp := `{"metadata":{"a":"<","b":"` + strings.Repeat("x", 500) + `","c":"` + strings.Repeat("x", 500) + `","d":"` + strings.Repeat("x", 500) + `","e":"`
		return stamp + strings.Repeat("x", n-len(stamp)-len(`"}}`)-len(`\u003c`)+1) + `"}}`
	}
	a := withTokens(t)
	for _, stamp := range []string{`null`, `{}`, `{"tags":[],"metadata":{}}`, `{"tags":null,"metadata":null}`, `{"tags":["1","2","3","4","5"],"metadata":` + names(16) + `}`, ofSize(2000)} {
		ann := a.issue(`{"session_id":"demo","user_id":"ann","stamp":` + stamp + `}`)
		if ans := ann.do("PUT", onMessage, `{"score":1}`); ans.status > 201 {
			t.Fatalf("%.100s: %d %s", stamp, ans.status, ans.body)
		}
		var want struct {
			Tags     []string
			Metadata map[string]string
		}
		if err := json.Unmarshal([]byte(stamp), &want); err != nil {
			t.Fatal(err)
		}
		got := decode[struct {
			Tags     []string
			Metadata map[string]string
		}](t, a.do("GET", onMessage+"?UserId=ann", "").body)
		if fmt.Sprint(got.Tags) != fmt.Sprint(want.Tags) || !maps.Equal(got.Metadata, want.Metadata) {
			t.Errorf("%.100s made a vote with %v", stamp, got)
		}
	}
	for stamp, message := range map[string]string{
		`{"tags":["1","2","3","4","5","6"]}`: "stamp must have at most 5 tags, got 6",
		`{"tags":["a","a"]}`:                 `stamp must keep the rules of a record: tags must not repeat, got "a" twice`,
		`{"tags":[""]}`:                      "stamp must keep the rules of a record: tags must not be empty strings",
		`{"metadata":` + names(17) + `}`:     "stamp must keep the rules of a record: metadata must have at most 16 names, got 17",
		`{"metadata":{"a":""}}`:              "stamp must keep the rules of a record: metadata must have values of",
		ofSize(2001):                         "stamp must be at most 2000 bytes of JSON, got 2001",
		`[]`:                                 "stamp must be an object of tags and metadata, got an array",
		`{"tags":"a"}`:                       "stamp must be an object of tags and metadata, got a string in it",
		`{"text":"a"}`:                       `stamp must be an object of tags and metadata, got "text" in it`,
		`{"tags":[],"tags":[]}`:              `stamp must not have "tags" twice`,
	} {
		a.fails(a.do("POST", tokens, `{"session_id":"demo","stamp":`+stamp+`}`), 400, 20001, message)
	}
}

// All ten tags count, the visitor's and the stamp's.
func TestAStampLeavesRoomForFiveTags(t *testing.T) {
	opts := quiet()
	opts.Tokens = handler.NewTokens(newKey)
	opts.VisitorTags = strings.Split("abcdef", "")
	a := serve(t, handler.New(memory.New(), opts))
	ann := a.issue(`{"session_id":"demo","user_id":"ann","stamp":{"tags":["1","2","3","4","5"]}}`)
	ann.fails(ann.do("PUT", onMessage, `{"score":1,"tags":["a","b","c","d","e","f"]}`), 400, 20001, "tags must be at most 10, the host's among them")
	if ans := ann.do("PUT", onMessage, `{"score":1,"tags":["a","b","c","d","e"]}`); ans.status != 201 || !strings.Contains(ans.body, `"tags":["a","b","c","d","e"]`) {
		t.Errorf("%d %s", ans.status, ans.body)
	}
}

// A token's stamp is what its issuer signed.
func TestAStampIsNoVisitorsToChange(t *testing.T) {
	a := withTokens(t)
	forged := signed(t, jwt.SigningMethodHS256, oldKey.Secret, func(_, claims map[string]any) { claims["stamp"] = map[string]any{"tags": []string{"arm:b"}} })
	a.fails(a.bearing(forged).do("PUT", onMessage, `{"score":1}`), 401, 20003, "Authenticate")
	ann := a.issue(`{"session_id":"demo","user_id":"ann","stamp":{"tags":["arm:a"],"metadata":{"m":"1"}}}`)
	ann.fails(ann.do("PUT", onMessage, `{"score":1,"tags":["arm:b"]}`), 403, 20403, `the tag "arm:b"`)
	ann.fails(ann.do("PUT", onMessage, `{"score":1,"metadata":{"m":"2"}}`), 403, 20403, "metadata")
	ann.fails(ann.do("PUT", onMessage, `{"score":1,"stamp":{}}`), 400, 20001, `"stamp" is not a known field`)
}

// A stamp that an Authenticate of the host's should not have made is not the
// visitor's fault.
func TestABadStampOfAuthenticatesIs500(t *testing.T) {
	st := memory.New()
	opts := quiet()
	opts.Authenticate = func(*http.Request) (handler.Principal, error) {
		return handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: "demo", MayPost: true,
			Stamp: &handler.Stamp{Tags: []string{"secret", "secret"}}}}, nil
	}
	a := serve(t, handler.New(st, opts))
	for _, ans := range []answer{a.do("PUT", onMessage, `{"score":1}`), a.post(`{"session_id":"demo","score":1}`)} {
		a.fails(ans, 500, 20500, "internal server error")
	}
	if n := len(stored(t, st)); n != 0 {
		t.Errorf("%d records were stored", n)
	}
}
