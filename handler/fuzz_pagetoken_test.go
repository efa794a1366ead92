package handler_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// sealed returns the PageToken that holds inner, of account A's list with the
// given parameters. The checksum is no secret: whoever knows how it is made can
// say anything in a token, and must get no more by it than a list of their own.
func sealed(inner string, list url.Values) string {
	var b []byte
	for _, part := range []string{accountA, "aia_asst_1", list.Encode()} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	key := sha256.Sum256(b)
	sum := sha256.Sum256(append(key[:], inner...))
	return base64.RawURLEncoding.EncodeToString([]byte(inner + "." + hex.EncodeToString(sum[:8])))
}

// opened returns what a token holds, without the checksum.
func opened(token string) string {
	b, _ := base64.RawURLEncoding.DecodeString(token)
	inner := string(b)
	return inner[:max(strings.LastIndexByte(inner, '.'), 0)]
}

// Whatever a PageToken says, with a right checksum or without: it is refused, or
// it is a page of the caller's own list, and of no other list.
func FuzzPageToken(f *testing.F) {
	st := memory.New()
	var own []string
	for _, r := range fill(f, st, 7) {
		own = append(own, r.ID)
	}
	foreign := record(accountB, noon)
	if _, err := st.Create(f.Context(), foreign); err != nil {
		f.Fatal(err)
	}
	opts := quiet()
	opts.Authenticate = func(r *http.Request) (handler.Principal, error) {
		return handler.Principal{Account: r.Header.Get("Account")}, nil
	}
	h := handler.New(st, opts)
	list := url.Values{"SessionId": {"demo"}}
	get := func(t *testing.T, account, path, token string, list url.Values, statuses ...int) (p page) {
		t.Helper()
		r := httptest.NewRequest("GET", path, nil)
		r.URL.RawQuery = url.Values{"PageToken": {token}, "PageSize": {"3"}}.Encode() + "&" + list.Encode()
		r.Header.Set("Account", account)
		if w := ask(t, h, r, statuses...); w.Code == 200 {
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}

	real := sealed("1.n.1."+own[2], list)
	for _, token := range []string{real, real[:9], strings.ToUpper(real), real + "=", real + "\n", "", "1.n.1.x.y", strings.Repeat("A", 300)} {
		f.Add(token, false)
	}
	for _, inner := range []string{"1.n.1." + own[2], "1.p.1." + own[5], "1.n.0." + foreign.ID, "1.p.2147483647." + own[0], "1.n.2147483648." + own[0], "1.n.2147483660." + own[0], "1.n.99999999999999999999." + own[0],
		"1.n.-1." + own[0], "1.n.+1." + own[0], "1.n.01." + own[0], "1.x.1." + own[0], "2.n.1." + own[0], "1.n.1.", "1.n.1.x", "1.n.1.aia_fdbk_ffffffff-ffff-7fff-bfff-ffffffffffff", "1.n.1.\x00", "...", "1.n.1.a.b"} {
		f.Add(inner, true)
	}
	f.Fuzz(func(t *testing.T, said string, seal bool) {
		token := said
		if seal {
			token = sealed(said, list)
		}
		if token == "" {
			return
		}
		p := get(t, accountA, feedbacks, token, list, 200, 400)
		if p.Meta.URL == "" { // it was refused
			if inner := opened(token); inner == "1.n.1."+own[2] && token == real {
				t.Fatalf("%q was refused, which a link may have", token)
			}
			return
		}
		if inner := opened(token); sealed(inner, list) != token {
			t.Fatalf("%q was accepted, and no link is made so", token)
		}
		for _, id := range ids(p.Feedbacks) {
			if !slices.Contains(own, id) {
				t.Fatalf("%q (%q) led to %s, which is not in the list", token, opened(token), id)
			}
		}
		if u, err := url.Parse(p.Meta.URL); err != nil || u.Query().Get("PageToken") != token {
			t.Fatalf("the page of %q says that it is %s", token, p.Meta.URL)
		}
		for _, link := range []string{p.Meta.First, p.Meta.Next, p.Meta.Previous} {
			if link != "" {
				r := httptest.NewRequest("GET", link, nil)
				r.Header.Set("Account", accountA)
				ask(t, h, r, 200)
			}
		}
		get(t, accountB, feedbacks, token, list, 400)
		get(t, accountA, strings.Replace(feedbacks, "_1", "_2", 1), token, list, 400)
		get(t, accountA, feedbacks, token, url.Values{"SessionId": {"demo"}, "Order": {"asc"}}, 400)
		get(t, accountA, feedbacks, token, nil, 400)
	})
}
