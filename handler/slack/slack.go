// Package slack makes votes of the thumbs below an assistant's messages in Slack: of
// the feedback_buttons of its Block Kit.
//
// The host posts its answers with a block of them, whose values say what is rated
// ([Value]), and mounts the handler at the Request URL of the app's Interactivity:
//
//	http.Handle("/slack/interactions", slack.New(api, &slack.Options{SigningSecret: secret}))
//
// Slack does not say when somebody takes a thumb back: the last one that was pressed is
// the vote.
package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

// Options configure the handler.
type Options struct {
	// SigningSecret is that of the Slack app. It is required: requests that are not
	// signed with it, or that are more than five minutes old, are answered with 401.
	SigningSecret string

	// Account says whose records a workspace's votes are, by its id, such as T061EG9R6.
	// An error is logged, and answered with 503. Default: those of account "".
	Account func(ctx context.Context, team string) (string, error)

	// User says what feedback calls a person, by the ids of workspace and user. "" is
	// anonymous, which is one vote for all. Default: both ids with a colon between them,
	// such as T061EG9R6:U061F7AUR.
	User func(ctx context.Context, team, user string) string

	// Next gets every other interaction of the app, with its body as it was sent: Slack
	// has one Request URL for all. It is called only with what Slack has signed. Default:
	// nil, they are answered with 200 and nothing else.
	Next http.Handler

	// Logger gets why a vote was not stored. Default: slog.Default().
	Logger *slog.Logger

	// Now tells the time. Default: time.Now.
	Now func() time.Time
}

// New returns the handler, whose votes are stored by api: with its Options' Prepare and
// OnChange. It panics without either, or without a SigningSecret.
func New(api *handler.Handler, opts *Options) http.Handler {
	if api == nil || opts == nil || opts.SigningSecret == "" {
		panic("slack: New needs a handler.Handler and a SigningSecret")
	}
	s := &interactions{api: api, opts: *opts}
	if s.opts.Account == nil {
		s.opts.Account = func(context.Context, string) (string, error) { return "", nil }
	}
	if s.opts.User == nil {
		s.opts.User = func(_ context.Context, team, user string) string { return team + ":" + user }
	}
	if s.opts.Logger == nil {
		s.opts.Logger = slog.Default()
	}
	if s.opts.Now == nil {
		s.opts.Now = time.Now
	}
	return s
}

const valuePrefix = "feedbacks?"

// Value returns the value of a button: what is rated, and with which score, from 0
// (worst) to 1 (best). Ids are as in the API; message "" rates the session as a whole.
// Slack takes at most 2,000 characters, and nobody but the app can set it.
func Value(assistant, session, message string, score float64) string {
	return valuePrefix + url.Values{"assistant": {assistant}, "session": {session}, "message": {message}, "score": {strconv.FormatFloat(score, 'g', -1, 64)}}.Encode()
}

// rated returns what a button's value says, false if Value has not made it.
func rated(value string) (f store.Feedback, ok bool) {
	query, ok := strings.CutPrefix(value, valuePrefix)
	v, err := url.ParseQuery(query)
	if !ok || err != nil {
		return f, false
	}
	score, err := strconv.ParseFloat(v.Get("score"), 64)
	f = store.Feedback{Scope: store.Scope{Assistant: v.Get("assistant")}, SessionID: v.Get("session"), MessageID: v.Get("message"), Score: score}
	return f, err == nil
}

// An interaction is what of Slack's payload is looked at.
type interaction struct {
	Type string
	Team struct{ ID string }
	User struct {
		ID   string
		Team string `json:"team_id"`
	}
	Actions []struct{ Type, Value string }
}

type interactions struct {
	api  *handler.Handler
	opts Options
}

// maxBody is the most bytes of an interaction: Slack sends the message with it.
const maxBody = 1 << 20

// ServeHTTP answers an interaction.
func (s *interactions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "this is for Slack to POST to", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "the body could not be read whole", http.StatusBadRequest)
		return
	}
	if !signed(s.opts.SigningSecret, r.Header, body, s.opts.Now()) {
		http.Error(w, "the signature is missing, wrong or too old", http.StatusUnauthorized)
		return
	}
	form, err := url.ParseQuery(string(body))
	var i interaction
	if err != nil || json.Unmarshal([]byte(form.Get("payload")), &i) != nil {
		s.next(w, r, body)
		return
	}
	ours := false
	for _, action := range i.Actions {
		f, ok := rated(action.Value)
		if i.Type != "block_actions" || action.Type != "feedback_buttons" || !ok {
			continue
		}
		ours = true
		if err := s.vote(r, &i, f); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	if !ours {
		s.next(w, r, body)
	}
}

func (s *interactions) next(w http.ResponseWriter, r *http.Request, body []byte) {
	if s.opts.Next == nil {
		return // 200: Slack has no more to know
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.opts.Next.ServeHTTP(w, r)
}

// vote stores what a person says of what is rated.
func (s *interactions) vote(r *http.Request, i *interaction, f store.Feedback) error {
	team := i.Team.ID
	if team == "" { // an app of an organization's
		team = i.User.Team
	}
	account, err := s.opts.Account(r.Context(), team)
	if err != nil {
		return err
	}
	f.UserID = s.opts.User(r.Context(), team, i.User.ID)
	_, err = s.api.Vote(r, handler.Principal{Account: account}, f)
	return err
}

// fail answers such that Slack tells the person that it did not work. The cause is for
// the log.
func (s *interactions) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusServiceUnavailable
	if errors.Is(err, store.ErrInvalid) {
		status = http.StatusBadRequest
	}
	s.opts.Logger.ErrorContext(r.Context(), "feedbacks slack: a vote was not stored", "error", err)
	http.Error(w, http.StatusText(status), status)
}
