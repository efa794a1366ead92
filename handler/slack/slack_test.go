package slack_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/slack"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// The example of https://docs.slack.dev/authentication/verifying-requests-from-slack.
const (
	secret    = "8f742231b10e8888abcd99yyyzzz85a5"
	timestamp = 1531420618
	command   = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
)

var sent = time.Unix(timestamp, 0)

func sign(body string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + strconv.FormatInt(at.Unix(), 10) + ":" + body))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// payload reads a recorded one, with what its buttons say.
func payload(t *testing.T, name string, replace ...string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"payload": {strings.NewReplacer(replace...).Replace(string(b))}}.Encode()
}

func press(t *testing.T, session, message string, score float64) string {
	value := slack.Value("bot & co", session, message, score)
	return payload(t, "feedback_buttons.json", "POSITIVE", value, "NEGATIVE", value)
}

func options() *slack.Options {
	return &slack.Options{SigningSecret: secret, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return sent }}
}

// post sends a body, signed when it is sent.
func post(t *testing.T, h http.Handler, body string, header ...string) int {
	t.Helper()
	r := httptest.NewRequest("POST", "/slack", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(timestamp, 10))
	r.Header.Set("X-Slack-Signature", sign(body, sent))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code == 200 && w.Body.Len() > 0 && !strings.HasPrefix(w.Body.String(), "next") {
		t.Errorf("Slack would show %s", w.Body)
	}
	return w.Code
}

func all(t *testing.T, st store.Store, s store.Scope) (fs []store.Feedback) {
	t.Helper()
	for f, err := range store.All(t.Context(), st, s, store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, f)
	}
	return fs
}

func TestAThumbIsAVote(t *testing.T) {
	st := memory.New()
	var changes int
	api := handler.New(st, &handler.Options{
		Prepare: func(_ context.Context, op handler.Operation, p handler.Principal, f *store.Feedback) error {
			if op != handler.OpVote || p.Account != "acme" || f.UserID != "T9TK3CUKW:UA8RXUSPL" {
				t.Errorf("%s by %+v of %+v", op, p, f)
			}
			f.Tags = append(f.Tags, "channel:slack")
			return nil
		},
		OnChange: func(context.Context, *store.Feedback, *store.Feedback) { changes++ },
	})
	opts := options()
	opts.Account = func(_ context.Context, team string) (string, error) {
		return map[string]string{"T9TK3CUKW": "acme"}[team], nil
	}
	h := slack.New(api, opts)
	scope := store.Scope{Account: "acme", Assistant: "bot & co"}
	for _, score := range []float64{1, 0, 0} { // the last one counts
		if status := post(t, h, press(t, "C1/1548261230.000100", "1548261231.000200", score)); status != 200 {
			t.Fatalf("it is answered with %d", status)
		}
		fs := all(t, st, scope)
		if len(fs) != 1 || !fs[0].IsVote() || fs[0].Score != score || fs[0].SessionID != "C1/1548261230.000100" || fs[0].MessageID != "1548261231.000200" || len(fs[0].Tags) != 1 {
			t.Fatalf("after a press of %v there are %+v", score, fs)
		}
	}
	opts.User = func(_ context.Context, team, user string) string {
		if team != "T9TK3CUKW" || user != "UA8RXUSPL" {
			t.Errorf("the person is %s of %s", user, team)
		}
		return "T9TK3CUKW:UA8RXUSPL"
	}
	if post(t, slack.New(api, opts), press(t, "s2", "", .25)); len(all(t, st, scope)) != 2 || changes != 4 {
		t.Errorf("there are %+v, after %d changes", all(t, st, scope), changes)
	}
}

func TestOnlySlackVotes(t *testing.T) {
	st := memory.New()
	api := handler.New(st, nil)
	body := press(t, "s", "m", 1)
	seconds := func(d time.Duration) string { return strconv.FormatInt(sent.Add(d).Unix(), 10) }
	for name, header := range map[string][]string{
		"no signature":      {"X-Slack-Signature", ""},
		"another signature": {"X-Slack-Signature", sign(body+" ", sent)},
		"another version":   {"X-Slack-Signature", "v1" + sign(body, sent)[2:]},
		"upper case":        {"X-Slack-Signature", strings.ToUpper(sign(body, sent))},
		"no time":           {"X-Slack-Request-Timestamp", ""},
		"another time":      {"X-Slack-Request-Timestamp", seconds(time.Second)},
		"odd time":          {"X-Slack-Request-Timestamp", "0" + seconds(0)},
		"an old one":        {"X-Slack-Request-Timestamp", seconds(-301 * time.Second), "X-Slack-Signature", sign(body, sent.Add(-301*time.Second))},
		"one to come":       {"X-Slack-Request-Timestamp", seconds(301 * time.Second), "X-Slack-Signature", sign(body, sent.Add(301*time.Second))},
	} {
		opts := options()
		opts.Next = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s is passed on", name) })
		if status := post(t, slack.New(api, opts), body, header...); status != 401 {
			t.Errorf("%s: %d, want 401", name, status)
		}
	}
	if fs := all(t, st, store.Scope{Assistant: "bot & co"}); len(fs) > 0 {
		t.Errorf("there are %+v", fs)
	}
	h := slack.New(api, options())
	if status := post(t, h, body, "X-Slack-Request-Timestamp", seconds(-5*time.Minute), "X-Slack-Signature", sign(body, sent.Add(-5*time.Minute))); status != 200 {
		t.Errorf("one of five minutes ago: %d", status)
	}
	if status := post(t, h, strings.Repeat("a", 1<<20+1)); status != 413 {
		t.Errorf("a long one: %d, want 413", status)
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("GET", "/slack", nil)); w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", w.Code, w.Header())
	}
}

// Slack has one address for all interactions of an app.
func TestOtherInteractionsGoOn(t *testing.T) {
	st := memory.New()
	api := handler.New(st, nil)
	ours := slack.Value("bot", "s", "m", 1)
	for name, body := range map[string]string{
		"a command":        command,
		"a button":         payload(t, "button.json"),
		"another's thumbs": payload(t, "feedback_buttons.json"),
		"a button of ours": payload(t, "button.json", "click_me_123", ours),
		"another type":     payload(t, "feedback_buttons.json", "block_actions", "view_submission", "NEGATIVE", ours),
		"no score":         payload(t, "feedback_buttons.json", "NEGATIVE", "feedbacks?assistant=bot"),
		"no query":         payload(t, "feedback_buttons.json", "NEGATIVE", "feedbacks?%zz"),
		"no JSON":          "payload=x",
		"no form":          "%zz",
	} {
		opts := options()
		passed := ""
		opts.Next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			passed = string(b)
			io.WriteString(w, "next")
		})
		if status := post(t, slack.New(api, opts), body); status != 200 || passed != body {
			t.Errorf("%s: %d, %q is passed on", name, status, passed)
		}
		if status := post(t, slack.New(api, options()), body); status != 200 {
			t.Errorf("%s, without another handler: %d", name, status)
		}
	}
	if sign(command, sent) != signature {
		t.Error("this test does not sign as Slack does")
	}
	if scopes, err := st.Scopes(t.Context(), store.Scope{}, 1); len(scopes) > 0 || err != nil {
		t.Errorf("there are records: %v, %v", scopes, err)
	}
}

type down struct{ store.Store }

func (down) Put(context.Context, store.Feedback) (store.Feedback, *store.Feedback, error) {
	return store.Feedback{}, nil, errors.New("secret cause")
}

func TestAVoteThatIsNotStored(t *testing.T) {
	for name, test := range map[string]struct {
		st      store.Store
		account error
		session string
		status  int
		log     string
	}{
		"the store fails":    {down{memory.New()}, nil, "s", 503, "secret cause"},
		"nobody's workspace": {memory.New(), errors.New("secret cause"), "s", 503, "secret cause"},
		"no session":         {memory.New(), nil, "", 400, "session_id is required"},
		"a bad session":      {memory.New(), nil, "\n", 400, "session_id must not"},
	} {
		var log strings.Builder
		opts := options()
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		opts.Account = func(context.Context, string) (string, error) { return "a", test.account }
		r := httptest.NewRequest("POST", "/slack", strings.NewReader(press(t, test.session, "m", 1)))
		r.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(timestamp, 10))
		r.Header.Set("X-Slack-Signature", sign(press(t, test.session, "m", 1), sent))
		w := httptest.NewRecorder()
		slack.New(handler.New(test.st, nil), opts).ServeHTTP(w, r)
		if w.Code != test.status || strings.Contains(w.Body.String(), "secret") || !strings.Contains(log.String(), test.log) {
			t.Errorf("%s: %d %s, want %d; the log has %s", name, w.Code, w.Body, test.status, log.String())
		}
	}
}

func TestWithoutASecretThereIsNone(t *testing.T) {
	api := handler.New(memory.New(), nil)
	for name, make := range map[string]func(){
		"no api": func() { slack.New(nil, options()) }, "no options": func() { slack.New(api, nil) }, "no secret": func() { slack.New(api, &slack.Options{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s makes a handler", name)
				}
			}()
			make()
		}()
	}
	if v := slack.Value(strings.Repeat("é", 60), strings.Repeat("s", 255), strings.Repeat("m", 255), 1.0/3); len(v) > 2000 {
		t.Errorf("a value has %d characters", len(v))
	}
}
