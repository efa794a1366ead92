package handler

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// How long a token may be good for.
const (
	DefaultTokenTTL = time.Hour
	MaxTokenTTL     = 24 * time.Hour
)

// A TokenKey signs tokens.
type TokenKey struct {
	// ID names the key in the tokens that it signs (kid); 1 to 255 bytes. A key of
	// the same ID must not have another Secret.
	ID string
	// Secret is at least 32 random bytes, as long as the signature.
	Secret []byte
}

// Tokens makes and checks short-lived tokens that give a browser a visitor's
// access, so that no account's credentials reach it: JSON Web Tokens (RFC 7519),
// signed with HMAC SHA-256. Set Options.Tokens to accept them beside what
// Authenticate accepts, and to issue them over HTTP. They cannot be revoked but
// by their keys. It is safe for concurrent use.
type Tokens struct {
	keys   map[string][]byte
	signer TokenKey
	now    func() time.Time
}

// NewTokens returns Tokens that sign with the first key and accept what any of the
// keys has signed. Several servers need the same keys. To rotate, let each step reach
// every server before the next: put the new key behind the old one, so that all
// accept it; put it in front, so that all sign with it; and take the old one away
// when the last token that it signed has expired, after MaxTokenTTL at the latest.
// A new key that goes to the front at once makes tokens that servers which do not
// have it yet answer with 401. It panics without a key, and when a key's ID
// or Secret is not as TokenKey says, or an ID is there twice.
func NewTokens(keys ...TokenKey) *Tokens {
	if len(keys) == 0 {
		panic("handler: NewTokens needs a key")
	}
	t := &Tokens{keys: map[string][]byte{}, signer: keys[0], now: time.Now}
	for _, k := range keys {
		if err := store.CheckID("TokenKey.ID", k.ID); err != nil {
			panic("handler: " + err.Error())
		}
		if len(k.Secret) < 32 {
			panic(fmt.Sprintf("handler: TokenKey.Secret must be at least 32 bytes, got %d", len(k.Secret)))
		}
		if t.keys[k.ID] != nil {
			panic(fmt.Sprintf("handler: there are two keys with the ID %q", k.ID))
		}
		t.keys[k.ID] = k.Secret
	}
	return t
}

// tokenAudience keeps tokens apart from others that a host signs with the same
// key.
const tokenAudience = "feedbacks"

// claims are what a token says, besides until when (exp).
type claims struct {
	jwt.RegisteredClaims
	Account   string `json:"account_sid,omitempty"`
	Assistant string `json:"assistant_id"`
	Session   string `json:"session_id"`
	Message   string `json:"message_id,omitempty"`
	User      string `json:"user_id,omitempty"`
	MayPost   bool   `json:"may_post,omitempty"`
	Stamp     *Stamp `json:"stamp,omitempty"`
}

// Issue returns a token for what p may do, which must be a visitor's access, and
// when it expires: after ttl, in whole seconds, from 1 s to MaxTokenTTL; 0 means
// DefaultTokenTTL. Whoever has the token can read what it says, the Stamp included. The
// error is a [store.FieldError].
func (t *Tokens) Issue(p Principal, ttl time.Duration) (token string, expires time.Time, err error) {
	if ttl == 0 {
		ttl = DefaultTokenTTL
	}
	if ttl < time.Second || ttl > MaxTokenTTL {
		return "", time.Time{}, &store.FieldError{Field: "ttl", Rule: fmt.Sprintf("must be from %v to %v, got %v", time.Second, MaxTokenTTL, ttl)}
	}
	v := p.Visitor
	if v == nil {
		return "", time.Time{}, &store.FieldError{Field: "visitor", Rule: "is required: a token gives no full access"}
	}
	// A record of the visitor's is what a token must be good for.
	f := store.Feedback{Scope: store.Scope{Account: p.Account, Assistant: v.Assistant}, ID: store.MinID(t.now()),
		SessionID: v.Session, MessageID: v.Message, UserID: v.User}
	if err := f.Check(); err != nil {
		return "", time.Time{}, err
	}
	if err := v.Stamp.check(); err != nil {
		return "", time.Time{}, err
	}
	expires = t.now().Add(ttl).Truncate(time.Second).UTC()
	j := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{Audience: jwt.ClaimStrings{tokenAudience}, ExpiresAt: jwt.NewNumericDate(expires)},
		Account:          p.Account, Assistant: v.Assistant, Session: v.Session, Message: v.Message, User: v.User, MayPost: v.MayPost, Stamp: v.Stamp,
	})
	j.Header["kid"] = t.signer.ID
	token, err = j.SignedString(t.signer.Secret)
	return token, expires, err
}

// Authenticate is an Options.Authenticate for requests with a token, in the
// header "Authorization: Bearer". The error is [ErrUnauthenticated], wrapped, when
// there is none, or it is expired, altered, signed in another way or with another
// key.
func (t *Tokens) Authenticate(r *http.Request) (Principal, error) {
	token, ok := bearer(r)
	if !ok {
		return Principal{}, errBearer
	}
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(j *jwt.Token) (any, error) {
		id, _ := j.Header["kid"].(string)
		if secret := t.keys[id]; secret != nil {
			return secret, nil
		}
		return nil, errors.New("unknown key")
	}, jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(tokenAudience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(t.now))
	if err != nil {
		return Principal{}, fmt.Errorf("%w: %w", errBadToken, err)
	}
	if c.Assistant == "" || c.Session == "" {
		return Principal{}, fmt.Errorf("%w: the token names no session", errBadToken)
	}
	return Principal{Account: c.Account,
		Visitor: &Visitor{Assistant: c.Assistant, Session: c.Session, Message: c.Message, User: c.User, MayPost: c.MayPost, Stamp: c.Stamp}}, nil
}

// What a client hears of tokens (RFC 6750). No browser shows a prompt for it.
var (
	errBearer   = &ChallengeError{`Bearer realm="Feedbacks"`}
	errBadToken = &ChallengeError{`Bearer realm="Feedbacks", error="invalid_token"`}
)

// bearer returns the token of a request's Authorization. With the scheme Bearer it
// is there, if only to be refused.
func bearer(r *http.Request) (token string, ok bool) {
	h := r.Header.Get("Authorization")
	end := strings.IndexAny(h+" ", " \t")
	if !strings.EqualFold(h[:end], "Bearer") {
		return "", false
	}
	return strings.Trim(h[end:], " "), true
}

// eitherOr returns an Authenticate that lets tokens alone answer for requests that
// have one, good or bad, and authenticate for all others.
func (t *Tokens) eitherOr(authenticate func(*http.Request) (Principal, error)) func(*http.Request) (Principal, error) {
	return func(r *http.Request) (Principal, error) {
		if _, ok := bearer(r); ok {
			return t.Authenticate(r)
		}
		return authenticate(r)
	}
}
