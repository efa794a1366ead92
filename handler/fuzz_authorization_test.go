package handler_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// decoded returns a token's parts without base64, nil when it has other than
// three.
func decoded(token string) [][]byte {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	var all [][]byte
	for _, part := range parts {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return nil
		}
		all = append(all, b)
	}
	return all
}

// Whatever the Authorization says: it lets in who gave right credentials, as
// themselves, and nobody else.
func FuzzAuthorization(f *testing.F) {
	st := memory.New()
	for _, who := range []struct{ account, user string }{{accountA, ""}, {accountA, "ann"}, {accountB, ""}, {"", ""}, {"plain", ""}} {
		v := record(who.account, noon, func(f *store.Feedback) {
			f.MessageID, f.UserID, f.Text = "m", who.user, who.account+" "+who.user
			f.Metadata = map[string]string{"trace_id": "t"}
			f.Key = store.VoteKey("demo", "m", who.user)
		})
		if _, _, err := st.Put(f.Context(), v); err != nil {
			f.Fatal(err)
		}
	}
	opts := quiet()
	opts.Tokens = handler.NewTokens(newKey)
	h := handler.New(st, opts)
	issue := func(tokens *handler.Tokens, ttl time.Duration) string {
		token, _, err := tokens.Issue(handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: "aia_asst_1", Session: "demo", User: "ann"}}, ttl)
		if err != nil {
			f.Fatal(err)
		}
		return token
	}
	anns := issue(opts.Tokens, 24*time.Hour)
	bad := func(method jwt.SigningMethod, key any, mend func(jwt.MapClaims)) string {
		c := jwt.MapClaims{"aud": "feedbacks", "exp": time.Now().Add(time.Hour).Unix(), "account_sid": accountA, "assistant_id": "aia_asst_1", "session_id": "demo"}
		mend(c)
		j := jwt.NewWithClaims(method, c)
		j.Header["kid"] = newKey.ID
		token, err := j.SignedString(key)
		if err != nil {
			f.Fatal(err)
		}
		return "Bearer " + token
	}
	for _, header := range []string{
		bad(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, func(jwt.MapClaims) {}), bad(jwt.SigningMethodHS512, newKey.Secret, func(jwt.MapClaims) {}),
		bad(jwt.SigningMethodHS256, newKey.Secret, func(c jwt.MapClaims) { c["exp"] = 1 }), bad(jwt.SigningMethodHS256, newKey.Secret, func(c jwt.MapClaims) { delete(c, "exp") }),
		bad(jwt.SigningMethodHS256, newKey.Secret, func(c jwt.MapClaims) { c["aud"] = "billing" }), bad(jwt.SigningMethodHS256, newKey.Secret, func(c jwt.MapClaims) { delete(c, "session_id") }),
	} {
		f.Add(header)
	}
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	known := map[string]string{accountA + ":" + tokenA: accountA, accountA + ":old": accountA, accountB + ":" + tokenB: accountB, "plain:" + tokenA: "plain"}
	for credentials := range known {
		f.Add(basic(credentials))
		f.Add(strings.ToLower(basic(credentials)[:6]) + basic(credentials)[6:])
	}
	for _, header := range []string{"", "Basic", "Basic ", "Bearer", "Bearer ", basic(""), basic(":"), basic(":" + tokenA), basic(accountA + ":"), basic(accountA), basic(accountA + ":" + tokenB), basic(accountA + ":" + tokenA + ":"),
		basic(accountA + "\x00:" + tokenA), basic(strings.ToLower(accountA) + ":" + tokenA), strings.TrimRight(basic(accountB+":"+tokenB), "="), "Basic  " + basic(accountA + ":" + tokenA)[6:], "Digest x", basic(accountA + ":" + tokenA)[6:],
		"Bearer " + anns, "bEARER  " + anns + " ", "Bearer\t" + anns, "Bearer " + anns[:len(anns)-1], "Bearer " + anns + ".x", "Bearer " + issue(handler.NewTokens(oldKey), 0), "Basic " + anns,
		"Bearer " + tokenA, "Bearer ..", "Bearer e30.e30.", "Bearer null.null.null", "Bearer " + strings.Repeat("A", 9000), "\xff", "Basic \xff\xfe"} {
		f.Add(header)
	}
	whose := func(header string) (account, user string, ok bool) {
		scheme, rest, _ := strings.Cut(header, " ")
		switch strings.ToLower(scheme) {
		case "basic":
			b, err := base64.StdEncoding.DecodeString(rest)
			account, ok = known[string(b)]
			return account, "", ok && err == nil
		case "bearer":
			got, want := decoded(strings.TrimSpace(rest)), decoded(anns)
			return accountA, "ann", got != nil && bytes.Equal(bytes.Join(got, []byte{0}), bytes.Join(want, []byte{0}))
		}
		return "", "", false
	}
	f.Fuzz(func(t *testing.T, header string) {
		if strings.ContainsFunc(header, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return // which the server refuses by itself
		}
		r := httptest.NewRequest("GET", onMessage, nil)
		r.Header.Set("Authorization", header)
		w := ask(t, h, r, 200, 401)
		account, user, ok := whose(header)
		if ok != (w.Code == 200) {
			t.Fatalf("%q: %d %s", header, w.Code, w.Body)
		}
		if w.Code == 401 {
			if w.Header().Get("WWW-Authenticate") == "" {
				t.Fatalf("%q: 401 without WWW-Authenticate", header)
			}
			return
		}
		var got struct {
			Text     string
			Metadata map[string]string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Text != account+" "+user || len(got.Metadata) != map[bool]int{true: 1, false: 0}[user == ""] {
			t.Fatalf("%q is of %s, %q, and got %s: %v", header, account, user, w.Body, err)
		}
	})
}
