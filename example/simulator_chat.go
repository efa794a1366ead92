package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/handler"
)

// What the chat takes.
const (
	maxMessage  = 4000 // characters of a question
	maxHistory  = 20   // turns before it
	maxTurn     = maxAnswer
	answerTime  = 2 * time.Minute
	writingTime = 30 * time.Second // for one piece of an answer
)

// A chatRequest is a question, with what was said before.
type chatRequest struct {
	SessionID string `json:"session_id"`
	Message   string `json:"message"`
	History   []turn `json:"history"`
}

func (c *chatRequest) check() error {
	if !isID("aia_sess_", c.SessionID) {
		return fmt.Errorf("session_id must be one that POST simulator/session gave")
	}
	if n := utf8.RuneCountInString(c.Message); n == 0 || n > maxMessage {
		return fmt.Errorf("message must have 1 to %d characters, got %d", maxMessage, n)
	}
	if len(c.History) > maxHistory {
		return fmt.Errorf("history must have at most %d turns, got %d", maxHistory, len(c.History))
	}
	for _, t := range c.History {
		if t.Role != "user" && t.Role != "assistant" || len(t.Content) > maxTurn {
			return fmt.Errorf("history must be what user and assistant said, at most %d bytes each", maxTurn)
		}
	}
	return nil
}

// chat streams the answer to a question, as lines of JSON.
func (s *simulator) chat(w http.ResponseWriter, r *http.Request) {
	var body chatRequest
	if !readJSON(w, r, &body) {
		return
	}
	if err := body.check(); err != nil {
		writeJSON(w, http.StatusBadRequest, failure{err.Error()})
		return
	}
	select {
	case s.chats <- struct{}{}:
		defer func() { <-s.chats }()
	default:
		w.Header().Set("Retry-After", "5")
		writeJSON(w, http.StatusServiceUnavailable, failure{"too many people are asking at once"})
		return
	}
	// The context ends when the person leaves, so that the model may rest, or when
	// the server does.
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()

	out := &stream{w: w, rc: http.NewResponseController(w), began: time.Now(), left: cancel}
	out.rc.SetReadDeadline(time.Time{}) // the server's ReadTimeout was for the question
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would collect it
	id, asked := newID("aia_msg_"), time.Now()
	out.send(event{Type: "start", MessageID: id})
	err := s.assistant.answer(ctx, append(body.History, turn{"user", body.Message}), out)
	s.said.add(body.SessionID, handler.Turn{Role: "user", Text: body.Message, Time: asked},
		handler.Turn{MessageID: id, Role: "assistant", Text: out.said.String(), Time: time.Now(), Metadata: map[string]string{"answered by": s.assistant.name()}})
	switch {
	case r.Context().Err() != nil: // nobody is left to tell
	case s.ctx.Err() != nil:
		out.send(event{Type: "error", Text: "The server is stopping."})
	case err != nil:
		s.log.Error("the assistant failed", slog.Any("error", err))
		out.send(event{Type: "error", Text: explain(cmp.Or(ctx.Err(), err))})
	default:
		out.send(event{Type: "end"})
	}
}

// An event is one line of an answer.
type event struct {
	Type      string  `json:"type"` // start, step, text, error or end
	MessageID string  `json:"message_id,omitempty"`
	Text      string  `json:"text,omitempty"`
	MS        float64 `json:"ms"` // since the question came
}

// A stream is a reply on its way to the page.
type stream struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	began time.Time
	left  func() // is called when nobody listens
	said  strings.Builder
}

func (s *stream) step(what string) { s.send(event{Type: "step", Text: what}) }

func (s *stream) say(text string) {
	s.said.WriteString(text)
	s.send(event{Type: "text", Text: text})
}

func (s *stream) send(e event) {
	e.MS = float64(time.Since(s.began).Microseconds()) / 1000
	s.rc.SetWriteDeadline(time.Now().Add(writingTime))
	if json.NewEncoder(s.w).Encode(e) != nil || s.rc.Flush() != nil {
		s.left()
	}
}
