package handler

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// A tokenRequest is what a request says of a token.
type tokenRequest struct {
	SessionID string `json:"session_id"`
	MessageID string `json:"message_id"`
	UserID    string `json:"user_id"`
	MayPost   bool   `json:"may_post"`
	Stamp     *Stamp `json:"stamp"`
	TTL       *int64 `json:"ttl"` // seconds
}

// A tokenAnswer is a token, and until when it is good.
type tokenAnswer struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
}

// issueToken answers POST …/FeedbackTokens.
func (c *call) issueToken() error {
	if c.opts.Tokens == nil {
		return errNotFound
	}
	if err := c.fullAccess(); err != nil {
		return err
	}
	if _, _, err := c.params(); err != nil {
		return err
	}
	return c.readBody((*call).answerToken)
}

// answerToken answers a body that asks for a token.
func (c *call) answerToken(body []byte) error {
	var t tokenRequest
	err := json.Unmarshal(body, &t, wire.Strict)
	if err := wire.Explain("body", body, err, "session_id, message_id, user_id, may_post, stamp and ttl"); err != nil {
		return err
	}
	var ttl time.Duration
	if t.TTL != nil {
		if *t.TTL < 1 || *t.TTL > int64(MaxTokenTTL/time.Second) {
			return &store.FieldError{Field: "ttl", Rule: fmt.Sprintf("must be from 1 to %d seconds, got %d", MaxTokenTTL/time.Second, *t.TTL)}
		}
		ttl = time.Duration(*t.TTL) * time.Second
	}
	token, expires, err := c.opts.Tokens.Issue(Principal{Account: c.scope.Account,
		Visitor: &Visitor{Assistant: c.scope.Assistant, Session: t.SessionID, Message: t.MessageID, User: t.UserID, MayPost: t.MayPost, Stamp: t.Stamp}}, ttl)
	if err != nil {
		return err
	}
	answer, err := json.Marshal(tokenAnswer{token, expires})
	if err != nil {
		return err
	}
	c.write(http.StatusCreated, jsonType, answer)
	return nil
}
