package handler_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestALimitLetsCallersWait(t *testing.T) {
	type asked struct {
		method string
		op     handler.Operation
		user   string
	}
	var seen []asked
	var wait time.Duration
	opts := quiet()
	opts.Tokens = handler.NewTokens(newKey)
	opts.Limit = func(r *http.Request, op handler.Operation, p handler.Principal) time.Duration {
		user := p.Account
		if p.Visitor != nil {
			user = p.Visitor.User
		}
		seen = append(seen, asked{r.Method, op, user})
		return wait
	}
	st := memory.New()
	a := serve(t, handler.New(st, opts))
	ann := a.issue(`{"session_id":"demo","user_id":"ann"}`)
	one := feedbacks + "/" + fill(t, st, 1)[0].ID
	calls := []struct {
		who                       api
		method, path, body, media string
		want                      asked
	}{
		{a, "POST", feedbacks, `{"session_id":"demo","score":1}`, jsonBody, asked{"POST", handler.OpCreate, accountA}},
		{a, "POST", feedbacks, `{"session_id":"demo","score":1,"id":"x","date_created":"2026-01-01T00:00:00Z"}`, fileBody, asked{"POST", handler.OpImport, accountA}},
		{ann, "PUT", onMessage, `{"score":1}`, jsonBody, asked{"PUT", handler.OpVote, "ann"}},
		{ann, "PUT", "/v1/Assistants/aia_asst_1/Sessions/demo/Feedback", `{"score":1}`, jsonBody, asked{"PUT", handler.OpVote, "ann"}},
		{a, "POST", tokens, `{"session_id":"demo"}`, jsonBody, asked{"POST", handler.OpIssueToken, accountA}},
		{a, "GET", feedbacks + "/Summary", "", "", asked{"GET", handler.OpSummarize, accountA}},
		{a, "HEAD", feedbacks + "/Summary", "", "", asked{"HEAD", handler.OpSummarize, accountA}},
		{ann, "GET", "/v1/Assistants/aia_asst_1/Sessions/demo/Feedbacks", "", "", asked{"GET", handler.OpListVotes, "ann"}},
		{ann, "DELETE", onMessage, "", "", asked{"DELETE", handler.OpDelete, "ann"}},
		{a, "PUT", one + "/Review", `{"verdict":"agree"}`, jsonBody, asked{"PUT", handler.OpReview, accountA}},
		{a, "DELETE", one + "/Review", "", "", asked{"DELETE", handler.OpReview, accountA}},
		{a, "DELETE", one, "", "", asked{"DELETE", handler.OpDelete, accountA}},
		{a, "DELETE", feedbacks + "?UserId=nobody", "", "", asked{"DELETE", handler.OpErase, accountA}},
		{a, "DELETE", ofPerson + "?UserId=nobody", "", "", asked{"DELETE", handler.OpErase, accountA}},
	}
	for _, refused := range []bool{true, false} { // refused first, so that all is still there
		for _, c := range calls {
			wait, seen = 0, nil
			if refused {
				wait = 1500 * time.Millisecond
			}
			ans := c.who.do(c.method, c.path, c.body, "Content-Type", c.media)
			if !slices.Equal(seen, []asked{c.want}) {
				t.Errorf("%s %s: Limit was asked %v, want %v", c.method, c.path, seen, c.want)
			}
			if got := ans.header.Get("Retry-After"); (ans.status == 429) != refused || (got == "2") != refused {
				t.Errorf("%s %s, refused %v: %d %s, Retry-After %q, want 2 with 429", c.method, c.path, refused, ans.status, ans.body, got)
			}
			if refused && c.method != "HEAD" {
				a.fails(ans, 429, 20429, "retry after 2 seconds")
			}
			if !refused && ans.status >= 300 {
				t.Errorf("%s %s: %d %s", c.method, c.path, ans.status, ans.body)
			}
		}
	}
	// What reads, what is not there, and those who are not let in are not asked about.
	wait, seen = time.Hour, nil
	for _, path := range []string{feedbacks, feedbacks + "?PageSize=5", feedbacks + "?Format=csv", ofPerson + "?UserId=ann", one, onMessage, "/v1/openapi.json", "/"} {
		if ans := a.do("GET", path, ""); ans.status == 429 {
			t.Errorf("GET %s: %s", path, ans.body)
		}
	}
	a.fails(a.do("PATCH", feedbacks, ""), 405, 20004, "")
	a.fails(a.as(accountA, "wrong").post(`{"session_id":"demo","score":1}`), 401, 20003, "")
	if len(seen) > 0 {
		t.Errorf("Limit was asked %v", seen)
	}
}

func TestALimitSparesTheStore(t *testing.T) {
	opts := quiet()
	opts.Limit = func(*http.Request, handler.Operation, handler.Principal) time.Duration { return time.Nanosecond }
	st := memory.New()
	a := serve(t, handler.New(st, opts))
	ans := a.post(strings.Repeat("x", 1<<20)) // nobody reads it
	a.fails(ans, 429, 20429, "retry after 1 seconds")
	if got := ans.header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q, want 1", got)
	}
	if scopes, err := st.Scopes(t.Context(), store.Scope{}, 1); err != nil || len(scopes) > 0 {
		t.Errorf("the store has %v, %v", scopes, err)
	}
}
