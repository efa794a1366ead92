package handler

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"

	"github.com/humanfeedback/feedbacks/store"
)

// A Principal is who makes a request.
type Principal struct {
	// Account is whose records the request is about. "" is an account too: that
	// of a host with a single tenant.
	Account string
	// Visitor narrows the access to what one person in a browser may do. Without
	// it the request has the account's full access.
	Visitor *Visitor
}

// A Visitor is a person who uses an assistant and may give feedback in one
// session, vote there, and read and take back the own vote, but nothing else: no
// lists, no summaries, no record by its id, no erasure.
type Visitor struct {
	// Assistant and Session are where the feedback belongs; both are required.
	Assistant, Session string
	// Message is the one message that may be rated; "" allows any of the session
	// and the session itself.
	Message string
	// User is whose feedback it is; "" is anonymous: such visitors share one vote
	// on each message.
	User string
}

// ErrUnauthenticated is what an Authenticate function may return for missing or
// wrong credentials.
var ErrUnauthenticated = errors.New("handler: missing or wrong credentials")

// unauthenticated returns the answer to an error of Authenticate: 401, unless
// the credentials could not be looked up.
func unauthenticated(err error) error {
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	return errUnauthenticated
}

// BasicAuth returns an Authenticate for HTTP Basic authentication, as Twilio's
// clients send it: an account's SID and one of its tokens. The function tokens
// looks up the tokens of an account: several while they are being rotated, none
// for an unknown account. An error of its, but for [ErrUnauthenticated], is answered
// with 503 and logged.
//
// Tokens are compared by their hashes in constant time, and an unknown account
// takes as long as one with one token.
func BasicAuth(tokens func(ctx context.Context, account string) ([]string, error)) func(*http.Request) (Principal, error) {
	if tokens == nil {
		panic("handler: BasicAuth needs a function that looks up tokens")
	}
	return func(r *http.Request) (Principal, error) {
		account, token, ok := r.BasicAuth()
		if !ok {
			return Principal{}, ErrUnauthenticated
		}
		known, err := tokens(r.Context(), account)
		if err != nil {
			if errors.Is(err, ErrUnauthenticated) {
				return Principal{}, err
			}
			return Principal{}, fmt.Errorf("handler: looking up tokens: %w: %w", store.ErrUnavailable, err)
		}
		got := sha256.Sum256([]byte(token))
		match := 0
		for _, t := range known {
			match |= equalHash(t, got)
		}
		if len(known) == 0 {
			equalHash(token, got)
		}
		if match == 0 || account == "" || token == "" {
			return Principal{}, ErrUnauthenticated
		}
		return Principal{Account: account}, nil
	}
}

func equalHash(token string, hash [sha256.Size]byte) int {
	h := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(h[:], hash[:])
}

// fullAccess returns nil, or a 403 for a visitor.
func (c *call) fullAccess() error {
	if c.principal.Visitor != nil {
		return errForbidden
	}
	return nil
}

// own returns the feedback f that the caller gives, as the visitor's own if it is
// a visitor, or a 403 where that is somebody else's.
func (c *call) own(f store.Feedback) (store.Feedback, error) {
	v := c.principal.Visitor
	if v == nil {
		return f, nil
	}
	if f.UserID == "" {
		f.UserID = v.User
	}
	if f.Scope.Assistant != v.Assistant || f.SessionID != v.Session || f.UserID != v.User ||
		v.Message != "" && f.MessageID != v.Message {
		return f, errForbidden
	}
	return f, nil
}
