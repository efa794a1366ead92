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

// BasicAuth returns an Authenticate for HTTP Basic authentication, as Twilio's
// clients send it: an account's SID and one of its tokens. The function tokens
// looks up the tokens of an account: several while they are being rotated, none
// for an unknown account. It is asked only for names that can be an account's: 1 to
// 255 bytes of UTF-8 without control characters. What becomes of its errors is said
// at [Options].Authenticate.
//
// A 401 asks for Basic credentials, so that browsers show their prompt; but see
// [ChallengeError]. Tokens are compared by their hashes in constant time, and an unknown account
// takes as long as one with one token.
func BasicAuth(tokens func(ctx context.Context, account string) ([]string, error)) func(*http.Request) (Principal, error) {
	if tokens == nil {
		panic("handler: BasicAuth needs a function that looks up tokens")
	}
	return func(r *http.Request) (Principal, error) {
		account, token, ok := r.BasicAuth()
		if !ok || token == "" || store.CheckID("account", account) != nil {
			return Principal{}, errBasic
		}
		known, err := tokens(r.Context(), account)
		if errors.Is(err, ErrUnauthenticated) {
			return Principal{}, fmt.Errorf("%w: %w", errBasic, err)
		}
		if err != nil {
			return Principal{}, fmt.Errorf("handler: looking up tokens: %w", err)
		}
		got := sha256.Sum256([]byte(token))
		match := 0
		for _, t := range known {
			match |= equalHash(t, got)
		}
		if len(known) == 0 {
			equalHash(token, got)
		}
		if match == 0 {
			return Principal{}, errBasic
		}
		return Principal{Account: account}, nil
	}
}

// errBasic makes a browser ask for a name and password.
var errBasic = &ChallengeError{`Basic realm="Feedbacks", charset="UTF-8"`}

// compare does not tell by its time where two hashes differ. Tests count its calls.
// It takes arrays, which stay on the stack.
var compare = func(a, b [sha256.Size]byte) int { return subtle.ConstantTimeCompare(a[:], b[:]) }

// equalHash is 1 if a token has the hash, else 0.
func equalHash(token string, hash [sha256.Size]byte) int {
	return compare(sha256.Sum256([]byte(token)), hash)
}
