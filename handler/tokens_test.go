package handler_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const tokens = "/v1/Assistants/aia_asst_1/FeedbackTokens"

var (
	oldKey = handler.TokenKey{ID: "old", Secret: bytes.Repeat([]byte("o"), 32)}
	newKey = handler.TokenKey{ID: "new", Secret: bytes.Repeat([]byte("n"), 32)}
)

// withTokens serves a handler whose tokens are signed with newKey.
func withTokens(t *testing.T) api {
	opts := quiet()
	opts.Tokens = handler.NewTokens(newKey, oldKey)
	return serve(t, handler.New(memory.New(), opts))
}

// issued is what POST …/FeedbackTokens answers.
type issued struct {
	Token     string
	ExpiresAt time.Time `json:"expires_at"`
}

// issue asks for a token, and returns the API as its bearer sees it.
func (a api) issue(body string) api {
	a.t.Helper()
	ans := a.do("POST", tokens, body)
	if ans.status != 201 {
		a.t.Fatalf("%s: %d %s, want 201", body, ans.status, ans.body)
	}
	return a.bearing(decode[issued](a.t, ans.body).Token)
}

func (a api) bearing(token string) api {
	a.user = []string{token}
	return a
}

func TestATokenGivesAVisitorsAccess(t *testing.T) {
	a := withTokens(t)
	id := a.created(`{"session_id":"other","score":1}`)["id"].(string)
	ann := a.issue(`{"session_id":"demo","message_id":"m","user_id":"ann"}`)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"PUT", onMessage, `{"score":1}`, 201},
		{"PUT", onMessage, `{"score":0,"user_id":"ann"}`, 200},
		{"GET", onMessage, "", 200},
		{"HEAD", onMessage + "?UserId=ann", "", 200},
		{"POST", feedbacks, `{"session_id":"demo","message_id":"m","score":1}`, 403},
		{"DELETE", onMessage, "", 204},
		{"GET", onMessage, "", 404},
		{"PUT", onMessage, `{"score":0,"user_id":"bob"}`, 403},
		{"GET", onMessage + "?UserId=bob", "", 403},
		{"PUT", strings.Replace(onMessage, "Messages/m", "Messages/n", 1), `{"score":0}`, 403},
		{"PUT", strings.Replace(onMessage, "demo", "other", 1), `{"score":0}`, 403},
		{"PUT", strings.Replace(onMessage, "aia_asst_1", "aia_asst_2", 1), `{"score":0}`, 403},
		{"PUT", "/v1/Assistants/aia_asst_1/Sessions/demo/Feedback", `{"score":0}`, 403},
		{"GET", feedbacks, "", 403},
		{"GET", feedbacks + "?PageSize=5", "", 403},
		{"GET", feedbacks + "/Summary", "", 403},
		{"GET", feedbacks + "/" + id, "", 403},
		{"DELETE", feedbacks + "/" + id, "", 403},
		{"DELETE", feedbacks + "?UserId=ann", "", 403},
		{"POST", tokens, `{"session_id":"demo"}`, 403},
	} {
		ans := ann.do(c.method, c.path, c.body)
		if ans.status != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.path, c.body, ans.status, ans.body, c.status)
		}
		if c.status == 403 {
			a.fails(ans, 403, 20403, "visitor")
		}
	}
	session := a.issue(`{"session_id":"demo","message_id":null,"user_id":null,"ttl":null}`)
	if ans := session.do("PUT", onMessage, `{"score":1}`); ans.status != 201 || decode[map[string]any](t, ans.body)["user_id"] != "" {
		t.Errorf("an anonymous vote anywhere in the session: %d %s", ans.status, ans.body)
	}
}

func TestATokenExpires(t *testing.T) {
	a := withTokens(t)
	for body, ttl := range map[string]time.Duration{`{"session_id":"s"}`: time.Hour, `{"session_id":"s","ttl":1}`: time.Second, `{"session_id":"s","ttl":86400}`: 24 * time.Hour} {
		before := time.Now().Add(ttl).Truncate(time.Second)
		got := decode[issued](t, a.do("POST", tokens, body).body)
		if after := time.Now().Add(ttl); got.ExpiresAt.Before(before) || got.ExpiresAt.After(after) {
			t.Errorf("%s expires at %v, want %v from now", body, got.ExpiresAt, ttl)
		}
	}
}

// signed returns a token such as Issue makes, after mend.
func signed(t *testing.T, method jwt.SigningMethod, key any, mend func(header, claims map[string]any)) string {
	t.Helper()
	claims := jwt.MapClaims{"aud": "feedbacks", "exp": time.Now().Add(time.Minute).Unix(),
		"account_sid": accountA, "assistant_id": "aia_asst_1", "session_id": "demo"}
	j := jwt.NewWithClaims(method, claims)
	j.Header["kid"] = newKey.ID
	mend(j.Header, claims)
	token, err := j.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestABadTokenIs401(t *testing.T) {
	a := withTokens(t)
	none := func(_, _ map[string]any) {}
	set := func(name string, value any) func(_, claims map[string]any) {
		return func(_, claims map[string]any) { claims[name] = value }
	}
	good := signed(t, jwt.SigningMethodHS256, newKey.Secret, none)
	if ans := a.bearing(good).do("PUT", onMessage, `{"score":1}`); ans.status != 201 {
		t.Fatalf("a good token: %d %s", ans.status, ans.body)
	}
	parts := strings.Split(good, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	altered := base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte("demo"), []byte("else"), 1))
	for name, token := range map[string]string{
		"expired":          signed(t, jwt.SigningMethodHS256, newKey.Secret, set("exp", time.Now().Add(-time.Second).Unix())),
		"without expiry":   signed(t, jwt.SigningMethodHS256, newKey.Secret, func(_, claims map[string]any) { delete(claims, "exp") }),
		"for others":       signed(t, jwt.SigningMethodHS256, newKey.Secret, set("aud", "billing")),
		"of no session":    signed(t, jwt.SigningMethodHS256, newKey.Secret, set("session_id", "")),
		"of no assistant":  signed(t, jwt.SigningMethodHS256, newKey.Secret, set("assistant_id", "")),
		"of another form":  signed(t, jwt.SigningMethodHS256, newKey.Secret, set("session_id", 1)),
		"unsigned":         signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, none),
		"signed otherwise": signed(t, jwt.SigningMethodHS512, newKey.Secret, none),
		"of another key":   signed(t, jwt.SigningMethodHS256, oldKey.Secret, none),
		"of no known key":  signed(t, jwt.SigningMethodHS256, newKey.Secret, func(header, _ map[string]any) { header["kid"] = "else" }),
		"of no named key":  signed(t, jwt.SigningMethodHS256, newKey.Secret, func(header, _ map[string]any) { delete(header, "kid") }),
		"altered":          parts[0] + "." + altered + "." + parts[2],
		"cut short":        good[:len(good)-1],
		"no token":         "hello",
		"an account's":     tokenA,
	} {
		ans := a.bearing(token).do("GET", onMessage, "")
		a.fails(ans, 401, 20003, "Authenticate")
		if got := ans.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") { // for Basic a browser asks for a password
			t.Errorf("a token %s: WWW-Authenticate %q", name, got)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	// instances are servers with keys, the signing one in front.
	type instance struct {
		name string
		api
	}
	of := func(name string, keys ...handler.TokenKey) instance {
		opts := quiet()
		opts.Tokens = handler.NewTokens(keys...)
		return instance{name, serve(t, handler.New(memory.New(), opts))}
	}
	accepts := func(issuer, other instance) int {
		ann := issuer.issue(`{"session_id":"demo","user_id":"ann"}`)
		return other.bearing(ann.user[0]).do("PUT", onMessage, `{"score":1}`).status
	}
	old, behind, front, last := of("old", oldKey), of("old, new", oldKey, newKey), of("new, old", newKey, oldKey), of("new", newKey)
	// While a step reaches one instance after the other, each accepts what the others sign.
	for _, step := range [][2]instance{{old, behind}, {behind, front}} {
		for _, pair := range [][2]instance{{step[0], step[1]}, {step[1], step[0]}} {
			if got := accepts(pair[0], pair[1]); got >= 300 {
				t.Errorf("a token of [%s] is %d with [%s]", pair[0].name, got, pair[1].name)
			}
		}
	}
	if got := accepts(front, last); got >= 300 {
		t.Errorf("a token of [%s] is %d with [%s]", front.name, got, last.name)
	}
	// What goes wrong otherwise.
	for _, pair := range [][2]instance{{front, old}, {old, last}, {behind, last}} {
		if got := accepts(pair[0], pair[1]); got != 401 {
			t.Errorf("a token of [%s] is %d with [%s], want 401", pair[0].name, got, pair[1].name)
		}
	}
}

func TestTheSchemeHasNoCase(t *testing.T) {
	a := withTokens(t)
	token := a.issue(`{"session_id":"demo"}`).user[0]
	a.user = nil
	if ans := a.do("PUT", onMessage, `{"score":1}`, "Authorization", "bearer "+token); ans.status != 201 {
		t.Errorf("%d %s, want 201", ans.status, ans.body)
	}
}

func TestABadTokenRequestIsRefusedByName(t *testing.T) {
	a := withTokens(t)
	for body, message := range map[string]string{
		`{}`:                               "session_id is required",
		`{"session_id":""}`:                "session_id is required",
		`{"session_id":"a\u0001"}`:         "session_id must not contain control characters",
		`{"session_id":1}`:                 "session_id must be a string, got a number",
		`{"session_id":"s","ttl":0}`:       "ttl must be from 1 to 86400 seconds, got 0",
		`{"session_id":"s","ttl":86401}`:   "ttl must be from 1 to 86400 seconds, got 86401",
		`{"session_id":"s","ttl":-1}`:      "ttl must be from 1 to 86400 seconds, got -1",
		`{"session_id":"s","ttl":1.5}`:     "ttl must be a whole number",
		`{"session_id":"s","ttl":"60"}`:    "ttl must be a whole number, got a string",
		`{"session_id":"s","ttl":1e99}`:    "ttl must be a whole number",
		`{"session_id":"s","may_post":1}`:  "may_post must be true or false, got a number",
		`{"session_id":"s","score":1}`:     `"score" is not a known field: a body has session_id, message_id, user_id, may_post, stamp and ttl`,
		`{"session_id":"s","account":"x"}`: `"account" is not a known field`,
		`null`:                             "the body must be a JSON object, got null",
		` `:                                "the body is empty",
	} {
		a.fails(a.do("POST", tokens, body), 400, 20001, message)
	}
	a.fails(a.do("POST", tokens+"?ttl=5", `{"session_id":"s"}`), 400, 20001, "ttl")
	a.fails(a.do("POST", tokens, `{"session_id":"s"}`, "Content-Type", "text/plain"), 415, 20001, "Content-Type")
	a.fails(a.do("POST", tokens, strings.Repeat(" ", 256<<10+1)), 413, 20413, "the body")
	a.fails(a.do("GET", tokens, ""), 405, 20004, "method")
}

func TestWithoutTokensThereAreNone(t *testing.T) {
	a := newAPI(t)
	a.fails(a.do("POST", tokens, `{"session_id":"s"}`), 404, 20404, "not found")
	a.fails(a.bearing(signed(t, jwt.SigningMethodHS256, newKey.Secret, func(_, _ map[string]any) {})).do("GET", onMessage, ""), 401, 20003, "Authenticate")
}

func TestATokenIsForAVisitor(t *testing.T) {
	tokens := handler.NewTokens(newKey)
	for _, c := range []struct {
		p    handler.Principal
		ttl  time.Duration
		want string
	}{
		{handler.Principal{Account: "a"}, 0, "visitor is required"},
		{handler.Principal{Visitor: &handler.Visitor{Session: "s"}}, 0, "assistant_id is required"},
		{handler.Principal{Visitor: &handler.Visitor{Assistant: "a"}}, 0, "session_id is required"},
		{handler.Principal{Account: "\x00", Visitor: &handler.Visitor{Assistant: "a", Session: "s"}}, 0, "account_sid must not contain"},
		{handler.Principal{Visitor: &handler.Visitor{Assistant: "a", Session: "s"}}, 25 * time.Hour, "ttl must be from 1s to 24h0m0s, got 25h0m0s"},
		{handler.Principal{Visitor: &handler.Visitor{Assistant: "a", Session: "s"}}, -1, "ttl must be"},
	} {
		if _, _, err := tokens.Issue(c.p, c.ttl); !errors.Is(err, store.ErrInvalid) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("Issue(%+v, %v): %v, want %s", c.p, c.ttl, err, c.want)
		}
	}
}

func TestKeysThatAreNoneAreRefused(t *testing.T) {
	for name, keys := range map[string][]handler.TokenKey{
		"none": {}, "short": {{ID: "1", Secret: make([]byte, 31)}}, "nameless": {{Secret: newKey.Secret}}, "twice": {newKey, newKey},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: NewTokens does not panic", name)
				}
			}()
			handler.NewTokens(keys...)
		}()
	}
}

// A token that is no good says nothing for what else is in the request, such as a
// cookie.
func TestABadTokenDoesNotFallBack(t *testing.T) {
	opts := quiet()
	opts.Tokens = handler.NewTokens(newKey)
	opts.Authenticate = func(*http.Request) (handler.Principal, error) { return handler.Principal{Account: accountA}, nil }
	a := serve(t, handler.New(memory.New(), opts))
	a.user = nil
	if ans := a.do("GET", feedbacks, ""); ans.status != 200 {
		t.Fatalf("without a token: %d %s", ans.status, ans.body)
	}
	expired := signed(t, jwt.SigningMethodHS256, newKey.Secret, func(_, claims map[string]any) { claims["exp"] = time.Now().Add(-time.Second).Unix() })
	for _, authorization := range []string{"Bearer " + expired, "Bearer x", "Bearer", "Bearer ", "bearer x", "Bearer\t" + expired, "BEARER  x"} {
		a.fails(a.do("GET", feedbacks, "", "Authorization", authorization), 401, 20003, "Authenticate")
	}
}

func TestTokensAloneLetInNobodyElse(t *testing.T) {
	tokens := handler.NewTokens(newKey)
	a := serve(t, handler.New(memory.New(), &handler.Options{Tokens: tokens, Logger: quiet().Logger}))
	for _, who := range []api{a, {t, a.url, nil}, a.bearing("x")} {
		for _, c := range [][3]string{{"GET", feedbacks, ""}, {"POST", feedbacks, `{"session_id":"demo","score":1}`}, {"DELETE", feedbacks + "?UserId=ann", ""},
			{"POST", "/v1/Assistants/aia_asst_1/FeedbackTokens", `{"session_id":"demo"}`}, {"PUT", onMessage, `{"score":1}`}} {
			a.fails(who.do(c[0], c[1], c[2]), 401, 20003, "Authenticate")
		}
	}
	token, _, err := tokens.Issue(handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: "ann"}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	ann := a.bearing(token)
	if ans := ann.do("PUT", onMessage, `{"score":1}`); ans.status != 201 {
		t.Errorf("a good token: %d %s, want 201", ans.status, ans.body)
	}
	a.fails(ann.do("POST", "/v1/Assistants/aia_asst_1/FeedbackTokens", `{"session_id":"demo"}`), 403, 20403, "visitor")
}
