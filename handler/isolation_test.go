package handler_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A request is one that the matrix sends: about ann's records, of account A, in
// session demo of assistant aia_asst_1.
type request struct{ method, path, body, contentType string }

const jsonBody, fileBody = "application/json", "application/x-ndjson"

// requestsTo returns requests with and without what a method takes. A new route
// gets those of its kind; what it needs besides belongs here.
func requestsTo(r handler.Route, method string, ann store.Feedback) (rs []request) {
	path := strings.NewReplacer("{assistant_id}", ann.Scope.Assistant, "{session_id}", ann.SessionID, "{message_id}", ann.MessageID, "{id}", ann.ID).Replace(r.Path)
	queries := []string{"", "?UserId=ann"}
	if strings.HasSuffix(path, "/Feedbacks") && (method == "GET" || method == "HEAD") {
		queries = append(queries, "?UserId=ann&Format=csv", "?PageSize=5", "?Format=csv", "?Format=ndjson", "?Format=kto", "?Format=dpo&Review=any", "?HasText=true&Order=asc", "?HasCorrection=true", "?Waiting=true", "?Handled=false", "?Metadata=trace_id:anns")
	}
	if strings.HasSuffix(path, "/Summary") {
		queries = append(queries, "?Interval=day", "?Tag=ann", "?HasCorrection=true", "?Metadata=trace_id:anns")
	}
	bodies := []request{{}}
	if method == "POST" || method == "PUT" || method == "PATCH" {
		bodies = []request{{body: `{}`, contentType: jsonBody}, {body: `{"verdict":"agree"}`, contentType: jsonBody}, {body: `{"session_id":"demo"}`, contentType: jsonBody}, {body: `{"score":0.1}`, contentType: jsonBody},
			{body: `{"session_id":"demo","message_id":"m","score":0.1}`, contentType: jsonBody},
			{body: `{"session_id":"demo","message_id":"m","user_id":"ann","score":0.1}`, contentType: jsonBody},
			{body: `{"session_id":"demo","message_id":"m","score":0.1,"correction":"x"}`, contentType: jsonBody},
			{body: `{"session_id":"demo","message_id":"m","score":0.1,"metadata":{"trace_id":"x"}}`, contentType: jsonBody},
			{body: `{"session_id":"demo","message_id":"m","score":0.1,"tags":["incorrect"]}`, contentType: jsonBody},
			{body: `{"session_id":"demo","message_id":"m","score":0.1,"tags":["incorrect","prompt:7"]}`, contentType: jsonBody},
			{body: `{"session_id":"demo","message_id":"m","score":0.1,"tags":["incorrect"],"stamped":{"tags":["incorrect"]}}`, contentType: jsonBody},
			{body: `{"session_id":"demo","stamp":{"tags":["prompt:7"]}}`, contentType: jsonBody},
			{body: fmt.Sprintf(`{"id":%q,"session_id":"demo","message_id":"m","user_id":"ann","score":0.1,"vote":true}`, ann.ID), contentType: fileBody},
			{body: fmt.Sprintf(`{"id":%q,"account_sid":%q,"session_id":"demo","message_id":"m","user_id":"ann","score":0.1}`, store.NewID(noon), accountA), contentType: fileBody}}
	}
	for _, q := range queries {
		for _, b := range bodies {
			rs = append(rs, request{method, path + q, b.body, b.contentType})
		}
	}
	return rs
}

// A stranger is someone who is not ann, and not her account.
type stranger struct {
	name   string
	as     func(api) api
	status func(request, int) bool // of all that is not public
}

func strangers(t *testing.T) []stranger {
	visitor := func(account string, v handler.Visitor) func(api) api {
		return func(a api) api {
			token, _, err := handler.NewTokens(newKey).Issue(handler.Principal{Account: account, Visitor: &v}, 0)
			if err != nil {
				t.Fatal(err)
			}
			return a.bearing(token)
		}
	}
	expired := signed(t, jwt.SigningMethodHS256, newKey.Secret, func(_, claims map[string]any) { claims["exp"] = time.Now().Add(-time.Second).Unix() })
	bearing := func(token string) func(api) api { return func(a api) api { return a.bearing(token) } }
	is := func(want ...int) func(request, int) bool {
		return func(_ request, status int) bool { return slices.Contains(want, status) }
	}
	unknown, forbidden := is(401), is(403, 405)
	own := func(mayPost bool) func(request, int) bool {
		return func(r request, status int) bool {
			vote, post := strings.Contains(r.path, "/Sessions/"), mayPost && r.method == "POST" && strings.Contains(r.path, "/Feedbacks")
			if status < 300 || status == 404 || status == 400 || status == 415 {
				return (vote || post) && (status >= 400 || !strings.Contains(r.path+r.body, "ann") && !strings.Contains(r.body, "metadata") && !strings.Contains(r.body, "prompt:7") && !strings.Contains(r.body, "stamp") && r.contentType != fileBody)
			}
			return status == 403 || status == 405
		}
	}
	return []stranger{
		{"nobody", func(a api) api { a.user = nil; return a }, unknown},
		{"wrong token", func(a api) api { return a.as(accountA, tokenB) }, unknown},
		{"expired", bearing(expired), unknown},
		{"another key's", bearing(signed(t, jwt.SigningMethodHS256, oldKey.Secret, func(_, _ map[string]any) {})), unknown},
		{"another account", func(a api) api { return a.as(accountB, tokenB) }, is(200, 201, 204, 400, 404, 405, 415)},
		{"another account's ann", visitor(accountB, handler.Visitor{Assistant: "aia_asst_1", Session: "demo", Message: "m", User: "ann"}), is(200, 201, 204, 400, 403, 404, 405, 415)},
		{"of another assistant", visitor(accountA, handler.Visitor{Assistant: "aia_asst_2", Session: "demo", User: "ann", MayPost: true}), is(400, 403, 405, 415)},
		{"of another session", visitor(accountA, handler.Visitor{Assistant: "aia_asst_1", Session: "else", User: "ann", MayPost: true}), is(400, 403, 405, 415)},
		{"of another message", visitor(accountA, handler.Visitor{Assistant: "aia_asst_1", Session: "demo", Message: "n", User: "ann", MayPost: true}), func(r request, status int) bool {
			return is(400, 403, 405, 415)(r, status) || status == 200 && strings.Contains(r.path, "/Sessions/demo/Feedbacks") // her votes on that
		}},
		{"another user", visitor(accountA, handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: "bob"}), own(false)},
		{"another user who may post", visitor(accountA, handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: "bob", MayPost: true}), own(true)},
		{"another user with a stamp", visitor(accountA, handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: "bob", MayPost: true,
			Stamp: &handler.Stamp{Tags: []string{"the stamp's secret"}, Metadata: map[string]string{"span_id": "the stamp's secret"}}}), own(true)},
		{"anonymous", visitor(accountA, handler.Visitor{Assistant: "aia_asst_1", Session: "demo"}), own(false)},
		{"anonymous who may post", visitor(accountA, handler.Visitor{Assistant: "aia_asst_1", Session: "demo", MayPost: true}), own(true)},
		{"of no session here", visitor(accountA, handler.Visitor{Assistant: "none", Session: "none"}), func(r request, status int) bool { return forbidden(r, status) || status == 400 || status == 415 }},
	}
}

// A side is one of two servers that are the same but for ann's records: only one
// has them. No stranger's answer may tell which.
type side struct {
	api
	st  store.Store
	own []store.Feedback
}

func newSide(t *testing.T, anns []store.Feedback) side {
	s := side{st: memory.New(), own: anns}
	opts := quiet()
	opts.Tokens = handler.NewTokens(newKey)
	opts.Now = func() time.Time { return noon.Add(time.Hour) }
	opts.Prepare = func(_ context.Context, _ handler.Operation, p handler.Principal, f *store.Feedback) error {
		if p.Visitor != nil {
			f.Tags = append(f.Tags, "Prepare's secret")
			f.Metadata["response_id"] = "Prepare's secret"
		}
		return nil
	}
	for _, f := range anns {
		if _, err := s.st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	s.api = serve(t, handler.New(s.st, opts))
	return s
}

var (
	anyID    = regexp.MustCompile(`aia_fdbk_[0-9a-f-]{36}`)
	anyToken = regexp.MustCompile(`"token":"[^"]*","expires_at":"[^"]*"|PageToken=[\w-]+`)
)

// asks returns the answer to a stranger's request, without what is new each time.
func (s side) asks(who stranger, r request) (status int, told string) {
	s.t.Helper()
	contentType := r.contentType
	ans := who.as(s.api).do(r.method, r.path, r.body, "Content-Type", contentType)
	ans.header.Del("Date")
	if r.method == "HEAD" {
		ans.header.Del("Content-Length") // of links with another port
	}
	told = fmt.Sprint(ans.status, ans.header, ans.body)
	told = strings.ReplaceAll(told, s.url, "http://host")
	told = anyToken.ReplaceAllString(told, "token")
	return ans.status, regexp.MustCompile(`Content-Length:\[\d+\]`).ReplaceAllString(anyID.ReplaceAllStringFunc(told, func(id string) string {
		for _, f := range s.own {
			if f.ID == id && !strings.Contains(r.path+r.body, id) {
				return "ANN'S " + id
			}
		}
		return "id"
	}), "")
}

// Every route, by every method, as every stranger: nothing shows, changes or counts
// ann's records.
func TestStrangersAreKeptOut(t *testing.T) {
	ann := func(i int, mend func(*store.Feedback)) store.Feedback {
		return record(accountA, noon.Add(time.Duration(i)*time.Second), func(f *store.Feedback) {
			f.UserID, f.Text, f.Tags = "ann", "ann's secret", []string{"ann", "prompt:ann's secret"}
			f.Stamped = store.Stamped{Tags: []string{"prompt:ann's secret"}, Metadata: []string{"model"}}
			f.Metadata, f.Correction = map[string]string{"trace_id": "anns", "model": "ann's secret", "span_id": "the host's secret"}, "ann's secret"
			f.Review = &store.Review{Verdict: store.Agree, Note: "the staff's secret", Actor: "the staff's secret", At: noon}
			mend(f)
		})
	}
	anns := []store.Feedback{
		ann(0, func(f *store.Feedback) { f.MessageID = "m"; f.Key = store.VoteKey("demo", "m", "ann") }),
		ann(1, func(f *store.Feedback) { f.Key = store.VoteKey("demo", "", "ann") }),
		ann(2, func(f *store.Feedback) { f.MessageID = "m" }),
	}
	for _, route := range handler.Routes() {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			t.Run(method+" "+route.Path, func(t *testing.T) {
				for _, who := range strangers(t) {
					keepsOut(t, who, route, method, anns)
				}
			})
		}
	}
}

func keepsOut(t *testing.T, who stranger, route handler.Route, method string, anns []store.Feedback) {
	with, without := newSide(t, anns), newSide(t, nil)
	for _, r := range requestsTo(route, method, anns[0]) {
		status, told := with.asks(who, r)
		_, other := without.asks(who, r)
		if told != other || strings.Contains(told, "'s secret") {
			t.Errorf("%s: %+v tells of ann:\n%s\nwithout her:\n%s", who.name, r, told, other)
		}
		if known := slices.Contains(route.Methods, method); !route.Public && !who.status(r, status) || !known && status != 401 && status != 405 {
			t.Errorf("%s: %+v: %s", who.name, r, told)
		}
	}
	for _, f := range anns {
		if got, err := with.st.Get(t.Context(), f.Scope, store.Ref{ID: f.ID}); err != nil || !got.Equal(f.Normalize()) {
			t.Errorf("%s: %+v became %+v, %v", who.name, f, got, err)
		}
	}
}

// Ann herself reads her votes on every route that has them, and what the host knows
// of them on none.
func TestAVisitorReadsNothingOfTheHosts(t *testing.T) {
	anns := []store.Feedback{record(accountA, noon, func(f *store.Feedback) {
		f.MessageID, f.UserID, f.Key = "m", "ann", store.VoteKey("demo", "m", "ann")
		f.Text, f.Metadata = "ann's own", map[string]string{"trace_id": "the host's secret"}
		f.Tags = []string{"ann's account's secret", "other", "prompt:the host's secret", "too slow"}
		f.Stamped = store.Stamped{Tags: []string{"prompt:the host's secret", "too slow"}, Metadata: []string{"trace_id"}}
		f.Review = &store.Review{Verdict: store.Agree, Note: "the staff's secret", Actor: "the staff's secret", At: noon}
	})}
	read, wrote := false, false
	for _, mayPost := range []bool{false, true} {
		token, _, err := handler.NewTokens(newKey).Issue(handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: "ann", MayPost: mayPost,
			Stamp: &handler.Stamp{Tags: []string{"the stamp's secret", "unhelpful"}, Metadata: map[string]string{"span_id": "the stamp's secret"}}}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		ann := stranger{as: func(a api) api { return a.bearing(token) }}
		for _, route := range handler.Routes() {
			for _, method := range []string{"GET", "PUT", "POST"} {
				for _, r := range requestsTo(route, method, anns[0]) {
					s := newSide(t, anns)
					status, told := s.asks(ann, r)
					read = read || strings.Contains(told, `"text":"ann's own","tags":["other"],"vote"`)
					if strings.Contains(told, "'s secret") || !route.Public && regexp.MustCompile(`"metadata"|"stamped"|"review"|"too slow"|"unhelpful"`).MatchString(told) {
						t.Errorf("%+v tells ann: %s", r, told)
					}
					if status >= 300 || method == "GET" {
						continue
					}
					for _, f := range stored(t, s.st) {
						if f.Text == "ann's own" {
							continue // it is another record
						}
						if wrote = true; fmt.Sprint(f.Stamped) != "{[Prepare's secret the stamp's secret unhelpful] [response_id span_id]}" {
							t.Errorf("%+v left %+v", r, f)
						}
					}
				}
			}
		}
	}
	if !read || !wrote {
		t.Errorf("ann reads her vote: %t; writes: %t", read, wrote)
	}
}

// What the matrix compares tells ann's account of her records, on every route that
// shows some.
func TestTheMatrixSeesWhatIsTold(t *testing.T) {
	anns := []store.Feedback{record(accountA, noon, func(f *store.Feedback) {
		f.MessageID, f.UserID, f.Key = "m", "ann", store.VoteKey("demo", "m", "ann")
	})}
	owner := stranger{as: func(a api) api { return a }}
	for _, route := range handler.Routes() {
		if route.Public || !slices.Contains(route.Methods, http.MethodGet) || strings.HasSuffix(route.Path, "/Sessions/{session_id}/Feedback") {
			continue
		}
		seen := false
		for _, r := range requestsTo(route, "GET", anns[0]) {
			_, with := newSide(t, anns).asks(owner, r)
			_, without := newSide(t, nil).asks(owner, r)
			seen = seen || with != without
		}
		if !seen {
			t.Errorf("GET %s tells ann's account nothing", route.Path)
		}
	}
}
