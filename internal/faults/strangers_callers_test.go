package faults

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
)

const accountA = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// tokenKey signs visitors' tokens, and otherKey is nobody's.
var (
	tokenKey = handler.TokenKey{ID: "key", Secret: bytes.Repeat([]byte("k"), 32)}
	otherKey = handler.TokenKey{ID: "key", Secret: bytes.Repeat([]byte("o"), 32)}
)

// authenticate knows every account that starts with AC, by the token "secret of"
// its name.
var authenticate = handler.BasicAuth(func(_ context.Context, account string) ([]string, error) {
	if strings.HasPrefix(account, "AC") {
		return []string{"secret of " + account}, nil
	}
	return nil, nil
})

// basic returns the Authorization of an account.
func basic(account string) string { return basicWith(account, "secret of "+account) }

func basicWith(account, token string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(account+":"+token))
}

// A caller is an account, or a visitor of it, or nobody, who may pretend.
type caller struct {
	authorization string
	account       string
	visitor       *handler.Visitor
	nobody        bool
}

func (c caller) String() string {
	switch {
	case c.nobody:
		return "nobody, with " + c.authorization
	case c.visitor != nil:
		return fmt.Sprintf("%+v of %s", *c.visitor, c.account)
	}
	return c.account
}

// callersOf returns those who call in a world: accounts, everyone's visitors, and
// several nobodies for each account.
func callersOf(t *testing.T, accounts, assistants []string) (cs []caller) {
	t.Helper()
	for i, account := range accounts {
		for range 10 { // about as often as visitors
			cs = append(cs, caller{authorization: basic(account), account: account})
		}
		for _, assistant := range assistants {
			for _, v := range []handler.Visitor{{Session: "s", User: "ann", MayPost: true}, {Session: "s", User: "bob"}, {Session: "t", User: "ann", Message: "m", MayPost: true}, {Session: "s", MayPost: true}} {
				v.Assistant = assistant
				cs = append(cs, caller{authorization: bearing(t, tokenKey, account, v), account: account, visitor: &v})
			}
		}
		v := handler.Visitor{Assistant: assistants[0], Session: "s", User: "ann"}
		good := bearing(t, tokenKey, account, v)
		for _, bad := range []string{"", basicWith(account, "secret of "+accounts[(i+1)%len(accounts)]), basicWith(account, ""), "Bearer secret of " + account,
			bearing(t, otherKey, account, v), good[:len(good)-8], strings.Replace(good, "Bearer", "Basic", 1)} {
			cs = append(cs, caller{authorization: bad, account: account, nobody: true})
		}
	}
	return cs
}

// bearing returns the Authorization of a visitor.
func bearing(t *testing.T, key handler.TokenKey, account string, v handler.Visitor) string {
	t.Helper()
	token, _, err := handler.NewTokens(key).Issue(handler.Principal{Account: account, Visitor: &v}, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token
}

// may reports whether a caller may see and change a record of a user, which is
// what its mark says.
func (c caller) may(assistant string, m mark) bool {
	return !c.nobody && m.account == c.account && m.assistant == assistant &&
		(c.visitor == nil || m.user == c.visitor.User && m.session == c.visitor.Session && assistant == c.visitor.Assistant)
}
