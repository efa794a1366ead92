package handler_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A browser that is challenged for Basic asks its user for a password: only where
// the host has passwords, and never for what a script asked.
func TestChallenges(t *testing.T) {
	const basic, bearer, badToken = `Basic realm="Feedbacks", charset="UTF-8"`, `Bearer realm="Feedbacks"`, `Bearer realm="Feedbacks", error="invalid_token"`
	fails := func(err error) func(*http.Request) (handler.Principal, error) {
		return func(*http.Request) (handler.Principal, error) { return handler.Principal{}, err }
	}
	tokens := handler.NewTokens(newKey)
	for name, c := range map[string]struct {
		opts          handler.Options
		authorization string
		want          string
	}{
		"BasicAuth":                   {handler.Options{Authenticate: basicAuth()}, "", basic},
		"BasicAuth, a wrong password": {handler.Options{Authenticate: basicAuth()}, "Basic QTpC", basic},
		"a cookie":                    {handler.Options{Authenticate: fails(http.ErrNoCookie)}, "", ""},
		"a host's own":                {handler.Options{Authenticate: fails(handler.ErrUnauthenticated)}, "", ""},
		"a host's own, and a token":   {handler.Options{Authenticate: fails(handler.ErrUnauthenticated)}, "Bearer x", ""},
		"a host's challenge": {handler.Options{Authenticate: fails(fmt.Errorf("no: %w", &handler.ChallengeError{Challenge: `Negotiate`}))}, "",
			"Negotiate"},
		"Tokens, none":                  {handler.Options{Tokens: tokens}, "", bearer},
		"Tokens, a bad one":             {handler.Options{Tokens: tokens}, "Bearer x", badToken},
		"Tokens and BasicAuth, none":    {handler.Options{Tokens: tokens, Authenticate: basicAuth()}, "", basic},
		"Tokens and BasicAuth, a token": {handler.Options{Tokens: tokens, Authenticate: basicAuth()}, "Bearer x", badToken},
		"Tokens and a cookie, none":     {handler.Options{Tokens: tokens, Authenticate: fails(http.ErrNoCookie)}, "", ""},
	} {
		opts := c.opts
		opts.Logger = quiet().Logger
		a := serve(t, handler.New(memory.New(), &opts))
		a.user = nil
		for dest, want := range map[string]string{"": c.want, "document": c.want, "iframe": c.want, "empty": ""} {
			for _, path := range []string{feedbacks, onMessage, "/nothing"} {
				ans := a.do("GET", path, "", "Authorization", c.authorization, "Sec-Fetch-Dest", dest)
				a.fails(ans, 401, 20003, "Authenticate")
				if got := ans.header.Values("WWW-Authenticate"); fmt.Sprint(got) != fmt.Sprint(list(want)) {
					t.Errorf("%s, Sec-Fetch-Dest %q, GET %s: WWW-Authenticate %q, want %q", name, dest, path, got, want)
				}
			}
		}
	}
}

// list returns the header lines of one value, none of "".
func list(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}
