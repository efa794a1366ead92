package main

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/humanfeedback/feedbacks/handler"
)

// demoAssistant is whom the Simulator's feedback is about.
const demoAssistant = "aia_asst_demo"

//go:embed web
var web embed.FS

// A simulator is a chat with an assistant, to give feedback in: what a host's own
// application would be. Its page gets tokens for one session, never an account's
// credentials.
type simulator struct {
	account      string
	tokens       *handler.Tokens
	said         *said
	assistant    assistant
	audience     audience
	authenticate func(*http.Request) (handler.Principal, error) // who is signedIn
	log          *slog.Logger
	sameOrigin   *http.CrossOriginProtection
	chats        chan struct{} // has room for as many answers as may be under way
	ctx          context.Context
	stop         context.CancelFunc // ends answers under way
}

func newSimulator(cfg config, authenticate func(*http.Request) (handler.Principal, error), log *slog.Logger) *simulator {
	s := &simulator{account: cfg.account, tokens: cfg.tokens, said: newSaid(cfg.account), assistant: cfg.assistant, audience: cfg.simulator, authenticate: authenticate, log: log,
		sameOrigin: http.NewCrossOriginProtection(), chats: make(chan struct{}, 32)}
	if u, err := url.Parse(cfg.baseURL); err == nil && u.Host != "" { // a proxy may have changed the Host that is compared
		s.sameOrigin.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// handler serves the page at / and all else that it needs below /simulator/.
func (s *simulator) handler() http.Handler {
	mux := http.NewServeMux()
	files, _ := fs.Glob(web, "web/*")
	for _, file := range files {
		body, _ := web.ReadFile(file)
		name := file[len("web/"):]
		if name == "index.html" {
			mux.Handle("GET /{$}", static(name, body))
		} else {
			mux.Handle("GET /simulator/"+name, static(name, body))
		}
	}
	// Only the page itself may have a token, or an answer that costs something.
	mux.Handle("POST /simulator/session", s.fromPage(s.session))
	mux.Handle("POST /simulator/token", s.fromPage(s.token))
	mux.Handle("POST /simulator/chat", s.fromPage(s.chat))
	return s.admit(mux)
}

// session begins a session: the ids that its feedback bears.
func (s *simulator) session(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusCreated, map[string]string{
		"assistant_id": demoAssistant, "assistant": s.assistant.name(), "session_id": newID("aia_sess_"),
	})
}

// token issues a token for one person in one session. Here people say themselves
// who they are; a host's page takes that from its own login.
func (s *simulator) token(w http.ResponseWriter, r *http.Request) {
	var body struct {
		SessionID string `json:"session_id"`
		UserID    string `json:"user_id"`
	}
	if !readJSON(w, r, &body) {
		return
	}
	if !isID("aia_sess_", body.SessionID) {
		writeJSON(w, http.StatusBadRequest, failure{"session_id must be one that POST simulator/session gave"})
		return
	}
	token, expires, err := s.tokens.Issue(handler.Principal{Account: s.account,
		Visitor: &handler.Visitor{Assistant: demoAssistant, Session: body.SessionID, User: body.UserID,
			Stamp: &handler.Stamp{Tags: []string{s.assistant.tag()}}}}, 0)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, failure{err.Error()})
		return
	}
	s.said.seenBy(body.SessionID, body.UserID)
	writeJSON(w, http.StatusCreated, map[string]any{"token": token, "expires_at": expires})
}
