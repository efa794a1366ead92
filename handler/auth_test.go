package handler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestAuthenticationComesFirst(t *testing.T) {
	st := memory.New()
	f := fill(t, st, 1)[0]
	a := serve(t, handler.New(st, quiet()))
	for name, headers := range map[string][]string{
		"no credentials":    {"Authorization", ""},
		"another scheme":    {"Authorization", "Digest " + tokenA},
		"no token":          {"Authorization", "Bearer"},
		"no base64":         {"Authorization", "Basic !"},
		"no colon":          {"Authorization", "Basic QQ=="},
		"nothing but colon": {"Authorization", "Basic Og=="},
	} {
		for _, c := range []struct{ method, path, body string }{
			{"GET", feedbacks, ""}, {"POST", feedbacks, "{"}, {"POST", feedbacks + "?x=", ""}, {"PATCH", feedbacks, ""},
			{"GET", feedbacks + "/" + f.ID, ""}, {"DELETE", feedbacks + "/" + f.ID, ""}, {"GET", "/", ""}, {"GET", "/v1/Assistants/%00/Feedbacks", ""},
			{"DELETE", feedbacks, ""}, {"GET", feedbacks + "/Summary?x=", ""}, {"PUT", onMessage, "{"}, {"GET", onMessage, ""}, {"DELETE", onMessage + "?UserId=", ""},
		} {
			ans := a.do(c.method, c.path, c.body, headers...)
			a.fails(ans, 401, 20003, "Authenticate")
			if got := ans.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Basic realm=") {
				t.Errorf("%s: WWW-Authenticate %q", name, got)
			}
		}
	}
	for _, c := range [][2]string{{accountA, tokenB}, {accountA, ""}, {accountA, "old "}, {accountB, tokenA}, {"unknown", tokenA}, {"unknown", ""},
		{"", tokenA}, {"", ""}, {strings.ToLower(accountA), tokenA}, {accountA + "\x00", tokenA}} {
		a.fails(a.as(c[0], c[1]).do("GET", feedbacks, ""), 401, 20003, "Authenticate")
	}
	for _, token := range []string{tokenA, "old"} {
		if ans := a.as(accountA, token).do("GET", feedbacks, ""); ans.status != 200 {
			t.Errorf("with %s: %d, want 200", token, ans.status)
		}
	}
}

func TestAnEmptyTokenOpensNothing(t *testing.T) {
	opts := quiet()
	opts.Authenticate = handler.BasicAuth(func(context.Context, string) ([]string, error) { return []string{""}, nil })
	a := serve(t, handler.New(memory.New(), opts))
	a.fails(a.as("x", "").do("GET", feedbacks, ""), 401, 20003, "Authenticate")
	a.fails(a.as("", "x").do("GET", feedbacks, ""), 401, 20003, "Authenticate")
}

func TestAccountsSeeNothingOfEachOther(t *testing.T) {
	a := newAPI(t)
	b := a.as(accountB, tokenB)
	f := a.created(`{"session_id":"s","score":1}`)
	one := feedbacks + "/" + f["id"].(string)
	if ans := b.do("GET", feedbacks, ""); ans.body != "[]" {
		t.Errorf("the other account's list is %s", ans.body)
	}
	if p := b.page(feedbacks + "?PageSize=5"); len(p.Feedbacks) != 0 {
		t.Errorf("the other account's page has %v", p.Feedbacks)
	}
	absent := feedbacks + "/" + store.NewID(noon)
	for _, method := range []string{"GET", "DELETE"} {
		foreign, none := b.do(method, one, ""), b.do(method, absent, "")
		b.fails(foreign, 404, 20404, "not found")
		if foreign.body != none.body {
			t.Errorf("%s tells a foreign record from an absent one: %s and %s", method, foreign.body, none.body)
		}
	}
	b.created(`{"session_id":"s","score":0}`)
	if got := decode[[]idOnly](t, a.do("GET", feedbacks, "").body); len(got) != 1 || got[0].ID != f["id"] {
		t.Errorf("the account's own list is %v", got)
	}
	if ans := a.do("DELETE", one, ""); ans.status != 204 || ans.body != "" {
		t.Errorf("DELETE: %d %s, want 204", ans.status, ans.body)
	}
	a.fails(a.do("GET", one, ""), 404, 20404, "not found")
	a.fails(a.do("DELETE", one, ""), 404, 20404, "not found")
}

func TestWhoCannotBeLookedUpIs503(t *testing.T) {
	for err, status := range map[error]int{
		fmt.Errorf("db: %w", store.ErrUnavailable): 503, context.DeadlineExceeded: 503,
		errors.New("no route to 10.0.0.1: hunter2"): 503, fmt.Errorf("disabled: %w", handler.ErrUnauthenticated): 401,
	} {
		opts := quiet()
		opts.Authenticate = handler.BasicAuth(func(context.Context, string) ([]string, error) { return nil, err })
		ans := serve(t, handler.New(memory.New(), opts)).do("GET", feedbacks, "")
		if ans.status != status || strings.Contains(ans.body, "hunter2") {
			t.Errorf("%v: %d %s, want %d", err, ans.status, ans.body, status)
		}
	}
}

func TestAnAuthenticateThatGivesUpIs503(t *testing.T) {
	for _, err := range []error{context.Canceled, context.DeadlineExceeded, store.ErrUnavailable} {
		opts := quiet()
		opts.Authenticate = func(*http.Request) (handler.Principal, error) { return handler.Principal{}, fmt.Errorf("db: %w", err) }
		a := serve(t, handler.New(memory.New(), opts))
		ans := a.do("GET", feedbacks, "")
		a.fails(ans, 503, 20503, "please retry")
		if ans.header.Get("Retry-After") == "" || ans.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%v: the headers are %v, want Retry-After and no WWW-Authenticate", err, ans.header)
		}
	}
}

func TestErrorsOfAuthenticate(t *testing.T) {
	const secret = "sessions table: connection refused"
	for _, c := range []struct {
		err    error
		status int
		code   float64
	}{
		{handler.ErrUnauthenticated, 401, 20003}, {http.ErrNoCookie, 401, 20003}, {handler.ErrForbidden, 403, 20403},
		{errors.New("this"), 503, 20503}, {store.ErrNotFound, 503, 20503}, {&store.FieldError{Field: "account", Rule: "is odd"}, 503, 20503},
	} {
		var log bytes.Buffer
		opts := quiet()
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		opts.Authenticate = func(*http.Request) (handler.Principal, error) {
			return handler.Principal{}, fmt.Errorf(secret+": %w", c.err)
		}
		a := serve(t, handler.New(memory.New(), opts))
		for _, path := range []string{feedbacks + "?UserId=ann-of-acme", "/"} {
			log.Reset()
			ans := a.do("GET", path, "")
			a.fails(ans, c.status, c.code, "")
			if got := strings.Contains(log.String(), secret); got != (c.status == 503) || strings.Contains(log.String(), "ann-of-acme") {
				t.Errorf("%v: the log is %q, want the cause there with 503 alone, and never the query", c.err, &log)
			}
			if strings.Contains(ans.body, secret) || (ans.header.Get("Retry-After") != "") != (c.status == 503) {
				t.Errorf("%v: %v %s", c.err, ans.header, ans.body)
			}
		}
	}
}

func TestAPanicInAuthenticateIs500(t *testing.T) {
	opts := quiet()
	opts.Authenticate = func(*http.Request) (handler.Principal, error) { panic("a bug") }
	a := serve(t, handler.New(memory.New(), opts))
	a.fails(a.do("GET", feedbacks, ""), 500, 20500, "internal server error")
}

func TestWithoutAuthenticateTheHandlerIsOpen(t *testing.T) {
	st := memory.New()
	a := serve(t, handler.New(st, &handler.Options{Logger: slog.New(slog.DiscardHandler)}))
	f := a.as("anyone", "at all").created(`{"session_id":"s","score":1}`)
	a.user = nil
	if ans := a.do("GET", feedbacks, ""); !strings.Contains(ans.body, f["id"].(string)) {
		t.Errorf("%s, want the record", ans.body)
	}
	scope := store.Scope{Assistant: "aia_asst_1"}
	if _, err := st.Get(t.Context(), scope, store.Ref{ID: f["id"].(string)}); err != nil {
		t.Errorf("the record is not in account \"\": %v", err)
	}
}

func TestVisitorsGiveFeedbackOfTheirOwnOnly(t *testing.T) {
	st := memory.New()
	other := fill(t, st, 1)[0]
	visitor := &handler.Visitor{Assistant: "aia_asst_1", Session: "s", User: "ann", MayPost: true}
	opts := quiet()
	opts.Authenticate = func(*http.Request) (handler.Principal, error) {
		return handler.Principal{Account: accountA, Visitor: visitor}, nil
	}
	a := serve(t, handler.New(st, opts))
	for body, user := range map[string]string{
		`{"session_id":"s","score":1}`:                   "ann",
		`{"session_id":"s","message_id":"m","score":1}`:  "ann",
		`{"session_id":"s","user_id":"ann","score":0.5}`: "ann",
	} {
		if f := a.created(body); f["user_id"] != user {
			t.Errorf("%s: user %v, want %s", body, f["user_id"], user)
		}
	}
	for _, body := range []string{`{"session_id":"t","score":1}`, `{"session_id":"s","user_id":"bob","score":1}`} {
		a.fails(a.post(body), 403, 20403, "does not allow")
	}
	a.fails(a.do("POST", "/v1/Assistants/aia_asst_2/Feedbacks", `{"session_id":"s","score":1}`), 403, 20403, "does not allow")
	for _, c := range [][2]string{{"GET", feedbacks}, {"GET", feedbacks + "?PageSize=1"}, {"GET", feedbacks + "/" + other.ID}, {"DELETE", feedbacks + "/" + other.ID}} {
		a.fails(a.do(c[0], c[1], ""), 403, 20403, "does not allow")
	}

	visitor.Message, visitor.User = "m", ""
	a.created(`{"session_id":"s","message_id":"m","score":1}`)
	for _, body := range []string{`{"session_id":"s","score":1}`, `{"session_id":"s","message_id":"n","score":1}`, `{"session_id":"s","message_id":"m","user_id":"bob","score":1}`} {
		a.fails(a.post(body), 403, 20403, "does not allow")
	}
}

// One vote a person is of no use beside any number of posts.
func TestAVisitorVotesAndDoesNotPost(t *testing.T) {
	st := memory.New()
	opts := quiet()
	opts.Tokens = handler.NewTokens(newKey)
	a := serve(t, handler.New(st, opts))
	ann := a.issue(`{"session_id":"demo","message_id":"m","user_id":"ann"}`)
	for _, body := range []string{`{"session_id":"demo","message_id":"m","score":0}`, `{`, ``} {
		a.fails(ann.post(body), 403, 20403, "PUT /v1/Assistants/{assistant_id}/Sessions/{session_id}/Messages/{message_id}/Feedback")
	}
	a.fails(ann.post(`{"session_id":"demo","score":0}`, "Content-Type", fileBody), 403, 20403, "does not allow")
	for range 3 {
		if ans := ann.do("PUT", onMessage, `{"score":0}`); ans.status >= 300 {
			t.Errorf("a vote: %d %s", ans.status, ans.body)
		}
	}
	poster := a.issue(`{"session_id":"demo","user_id":"bob","may_post":true}`)
	if ans := poster.post(`{"session_id":"demo","score":0}`); ans.status != 201 || ans.header.Get("Location") != "" {
		t.Errorf("a visitor's post: %d, Location %q, which it may not read", ans.status, ans.header.Get("Location"))
	}
	for _, no := range []string{`{"session_id":"demo","may_post":false}`, `{"session_id":"demo","may_post":null}`} {
		a.fails(a.issue(no).post(`{"session_id":"demo","score":0}`), 403, 20403, "does not allow")
	}
	if sum, err := st.Summarize(t.Context(), store.Scope{Account: accountA, Assistant: "aia_asst_1"}, store.SummaryQuery{}); err != nil || sum.Count != 2 {
		t.Errorf("%d records, %v, want ann's vote and bob's post", sum.Count, err)
	}
}
