package handler_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// PostgreSQL refuses a NUL, and a host's log or cache has no use for 100 kB.
func TestBasicAuthAsksForNoNameThatIsNone(t *testing.T) {
	var asked []string
	opts := quiet()
	opts.Authenticate = handler.BasicAuth(func(_ context.Context, account string) ([]string, error) {
		asked = append(asked, account)
		if strings.Contains(account, "\x00") || !utf8.ValidString(account) {
			return nil, errors.New("invalid byte sequence for encoding UTF8 (22021)")
		}
		return []string{"secret"}, nil
	})
	a := serve(t, handler.New(memory.New(), opts))
	for _, account := range []string{"A\x00B", "A\xffB", "A\nB", strings.Repeat("a", 256), strings.Repeat("a", 100_000), ""} {
		a.fails(a.as(account, "secret").do("GET", feedbacks, ""), 401, 20003, "Authenticate")
	}
	a.fails(a.as("known", "").do("GET", feedbacks, ""), 401, 20003, "Authenticate")
	if len(asked) > 0 {
		t.Errorf("the host was asked for %.40q", asked)
	}
	for _, account := range []string{strings.Repeat("a", 255), "Konto 1é"} {
		if ans := a.as(account, "secret").do("GET", feedbacks, ""); ans.status != 200 {
			t.Errorf("%.20q: %d %s, want 200", account, ans.status, ans.body)
		}
	}
}

// How long it takes says nothing: every token is compared, by all of its hash, and
// one for an account that is unknown.
func TestTokensAreComparedToTheEnd(t *testing.T) {
	known := map[string][]string{"one": {"a"}, "three": {"a", "b", "c"}}
	authenticate := handler.BasicAuth(func(_ context.Context, account string) ([]string, error) { return known[account], nil })
	opts := quiet()
	opts.Authenticate = authenticate
	a := serve(t, handler.New(memory.New(), opts))
	n, done := handler.CountCompares()
	defer done()
	for _, c := range []struct {
		account, token string
		status, want   int
	}{
		{"one", "a", 200, 1}, {"one", "x", 401, 1}, {"unknown", "a", 401, 1},
		{"three", "a", 200, 3}, {"three", "b", 200, 3}, {"three", "c", 200, 3}, {"three", "x", 401, 3},
	} {
		*n = 0
		if ans := a.as(c.account, c.token).do("GET", feedbacks, ""); ans.status != c.status || *n != c.want {
			t.Errorf("%s with %s: %d after %d comparisons, want %d after %d", c.account, c.token, ans.status, *n, c.status, c.want)
		}
	}
}

func TestALookUpSaysWhoIsLetIn(t *testing.T) {
	for err, status := range map[error]int{
		handler.ErrForbidden: 403, fmt.Errorf("suspended: %w", handler.ErrForbidden): 403, fmt.Errorf("closed: %w", handler.ErrUnauthenticated): 401,
	} {
		opts := quiet()
		opts.Authenticate = handler.BasicAuth(func(context.Context, string) ([]string, error) { return nil, err })
		ans := serve(t, handler.New(memory.New(), opts)).do("GET", feedbacks, "")
		if got := ans.header.Get("WWW-Authenticate"); ans.status != status || (got != "") != (status == 401) {
			t.Errorf("%v: %d with %q, want %d", err, ans.status, got, status)
		}
	}
}
