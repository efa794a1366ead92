package handler_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func newServer(t testing.TB, h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	t.Cleanup(s.Close)
	return s
}

type page struct {
	Feedbacks []idOnly
	Meta      struct {
		First    string `json:"first_page_url"`
		Key      string
		Next     string `json:"next_page_url"`
		Page     int
		PageSize int    `json:"page_size"`
		Previous string `json:"previous_page_url"`
		URL      string
	}
}

func (a api) page(url string, headers ...string) page {
	a.t.Helper()
	ans := a.do("GET", url, "", headers...)
	if ans.status != 200 {
		a.t.Fatalf("GET %s: %d %s, want 200", url, ans.status, ans.body)
	}
	meta := decode[struct{ Meta map[string]any }](a.t, ans.body).Meta
	for _, key := range []string{"first_page_url", "key", "next_page_url", "page", "page_size", "previous_page_url", "url"} {
		if _, ok := meta[key]; !ok {
			a.t.Errorf("GET %s: meta lacks %s: %v", url, key, meta)
		}
	}
	return decode[page](a.t, ans.body)
}

func TestPagesForwardsAndBack(t *testing.T) {
	st := memory.New()
	want := ids(fill(t, st, 10))
	a := serve(t, handler.New(st, quiet()))
	for _, order := range []string{"", "&Order=asc"} {
		if order != "" {
			want = reversed(want)
		}
		var urls []string
		var got []string
		for url := a.url + feedbacks + "?PageSize=3" + order; url != ""; {
			p := a.page(url)
			if p.Meta.Page != len(urls) || p.Meta.PageSize != 3 || p.Meta.Key != "feedbacks" {
				t.Errorf("meta is %+v on page %d", p.Meta, len(urls))
			}
			if !strings.HasPrefix(p.Meta.First, a.url+feedbacks+"?") || !slices.Equal(ids(a.page(p.Meta.First).Feedbacks), want[:3]) {
				t.Errorf("first_page_url is %s", p.Meta.First)
			}
			if again := a.page(p.Meta.URL); !slices.Equal(ids(again.Feedbacks), ids(p.Feedbacks)) {
				t.Errorf("url is %s", p.Meta.URL)
			}
			urls = append(urls, url)
			got = append(got, ids(p.Feedbacks)...)
			if p.Meta.Next == "" {
				if p.Meta.Previous == "" {
					t.Fatal("the last page has no previous one")
				}
				back := got[len(got)-len(p.Feedbacks):]
				for url := p.Meta.Previous; url != ""; {
					p = a.page(url)
					back = append(ids(p.Feedbacks), back...)
					url = p.Meta.Previous
				}
				if !slices.Equal(back, want) || p.Meta.Page != 0 {
					t.Errorf("back from the end: %v, page %d; want %v, page 0", back, p.Meta.Page, want)
				}
				p = a.page(p.Meta.Next) // and forwards again
				if !slices.Equal(ids(p.Feedbacks), want[3:6]) || p.Meta.Page != 1 {
					t.Errorf("forwards again: %v, page %d", ids(p.Feedbacks), p.Meta.Page)
				}
				break
			}
			url = p.Meta.Next
		}
		if len(urls) != 4 || !slices.Equal(got, want) {
			t.Errorf("%d pages of %v, want 4 of %v", len(urls), got, want)
		}
	}
}

func TestPageSizes(t *testing.T) {
	st := memory.New()
	want := ids(fill(t, st, 1100))
	a := serve(t, handler.New(st, quiet()))
	for query, size := range map[string]int{"Page=0": 50, "PageSize=1": 1, "PageSize=1000": 1000, "Page=7": 50} {
		p := a.page(feedbacks + "?" + query)
		if !slices.Equal(ids(p.Feedbacks), want[:size]) || p.Meta.PageSize != size || p.Meta.Previous != "" || p.Meta.Next == "" {
			t.Errorf("?%s: %d records, meta %+v, want %d", query, len(p.Feedbacks), p.Meta, size)
		}
	}
	if p := a.page(feedbacks + "?Page=7"); p.Meta.Page != 7 {
		t.Errorf("page is %d, want the client's own 7", p.Meta.Page)
	}
	empty := a.page("/v1/Assistants/other/Feedbacks?PageSize=5")
	if empty.Feedbacks == nil || len(empty.Feedbacks) != 0 || empty.Meta.Next != "" || empty.Meta.Previous != "" {
		t.Errorf("an empty page is %+v", empty)
	}
	exact := a.page(feedbacks + "?PageSize=1000")
	if p := a.page(strings.Replace(exact.Meta.Next, "PageSize=1000", "PageSize=100", 1)); len(p.Feedbacks) != 100 || p.Meta.Next != "" {
		t.Errorf("the full last page has %d records and links to %q", len(p.Feedbacks), p.Meta.Next)
	}
}

func TestPagesWhileRecordsComeAndGo(t *testing.T) {
	st := memory.New()
	fs := fill(t, st, 9)
	a := serve(t, handler.New(st, quiet()))
	first := a.page(feedbacks + "?PageSize=3")
	scope := fs[0].Scope
	for _, f := range fs[1:3] { // the position goes too
		if _, err := st.Delete(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
			t.Fatal(err)
		}
	}
	newest := record(accountA, noon.Add(time.Hour))
	if _, err := st.Create(t.Context(), newest); err != nil {
		t.Fatal(err)
	}
	second := a.page(first.Meta.Next)
	if got := ids(second.Feedbacks); !slices.Equal(got, ids(fs[3:6])) {
		t.Errorf("the second page is %v, want %v", got, ids(fs[3:6]))
	}
	back := a.page(second.Meta.Previous)
	if got := ids(back.Feedbacks); !slices.Equal(got, []string{newest.ID, fs[0].ID}) {
		t.Errorf("back from the second page is %v, want what is there now", got)
	}
	for _, f := range append(fs[:1], newest) {
		if _, err := st.Delete(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
			t.Fatal(err)
		}
	}
	back = a.page(second.Meta.Previous) // nothing is left there
	if len(back.Feedbacks) != 0 || back.Meta.Previous != "" || back.Meta.Next == "" {
		t.Errorf("an empty page back is %+v", back)
	}
	if got := ids(a.page(back.Meta.Next).Feedbacks); !slices.Equal(got, ids(fs[3:6])) {
		t.Errorf("forwards from an empty page is %v, want %v", got, ids(fs[3:6]))
	}
}

func TestPageTokensBelongToTheirList(t *testing.T) {
	st := memory.New()
	fill(t, st, 9)
	a := serve(t, handler.New(st, quiet()))
	u, err := url.Parse(a.page(feedbacks + "?PageSize=2&SessionId=demo").Meta.Next)
	if err != nil {
		t.Fatal(err)
	}
	token := u.Query().Get("PageToken")
	if !regexp.MustCompile(`^[0-9A-Za-z_-]+$`).MatchString(token) { // twilio-go cuts ".1" out of values
		t.Fatalf("next_page_url %s has the PageToken %q", u, token)
	}
	get := func(a api, path, query string) answer {
		return a.do("GET", path+"?PageToken="+url.QueryEscape(token)+query, "")
	}
	if ans := get(a, feedbacks, "&SessionId=demo&PageSize=5"); ans.status != 200 {
		t.Errorf("another PageSize: %d %s, want 200", ans.status, ans.body)
	}
	for name, ans := range map[string]answer{
		"another filter":    get(a, feedbacks, "&SessionId=other"),
		"no filter":         get(a, feedbacks, ""),
		"one filter more":   get(a, feedbacks, "&SessionId=demo&UserId=u"),
		"another order":     get(a, feedbacks, "&SessionId=demo&Order=asc"),
		"another assistant": get(a, "/v1/Assistants/aia_asst_2/Feedbacks", "&SessionId=demo"),
		"another account":   get(a.as(accountB, tokenB), feedbacks, "&SessionId=demo"),
	} {
		if ans.status != 400 {
			t.Errorf("a token with %s: %d %s, want 400", name, ans.status, ans.body)
		}
	}
	for i := range token {
		for _, damaged := range []string{token[:i] + token[i+1:], token[:i] + "x" + token[i:], token[:i] + string(token[i]^1) + token[i+1:], token[:i]} {
			if damaged == "" {
				continue
			}
			ans := a.do("GET", feedbacks+"?SessionId=demo&PageToken="+url.QueryEscape(damaged), "")
			a.fails(ans, 400, 20001, "PageToken is damaged or belongs to another list")
		}
	}
}

func TestAnEmptyPageLinksBackToTheFirst(t *testing.T) {
	st := memory.New()
	fs := fill(t, st, 5)
	a := serve(t, handler.New(st, quiet()))
	first := a.page(feedbacks + "?PageSize=3")
	for _, f := range fs[3:] { // what the next page would have
		if _, err := st.Delete(t.Context(), f.Scope, store.Ref{ID: f.ID}); err != nil {
			t.Fatal(err)
		}
	}
	empty := a.page(first.Meta.Next)
	if len(empty.Feedbacks) != 0 || empty.Meta.Next != "" || empty.Meta.Previous != empty.Meta.First || empty.Meta.Page != 1 {
		t.Errorf("the page after all is %+v, want an empty one that links to the first", empty)
	}
	if got := ids(a.page(empty.Meta.Previous).Feedbacks); !slices.Equal(got, ids(fs[:3])) {
		t.Errorf("back from the empty page is %v, want %v", got, ids(fs[:3]))
	}
}

func TestPageTokensTellAccountsAndAssistantsApart(t *testing.T) {
	opts := quiet()
	opts.Authenticate = handler.BasicAuth(func(context.Context, string) ([]string, error) { return []string{"x"}, nil })
	a := serve(t, handler.New(memory.New(), opts))
	lists := []struct{ account, assistant string }{{"a", "bc"}, {"ab", "c"}, {"abc", "SessionId"}} // one string when joined
	var tokens []string
	for _, l := range lists {
		api := a.as(l.account, "x")
		for range 2 {
			if ans := api.do("POST", "/v1/Assistants/"+l.assistant+"/Feedbacks", `{"session_id":"s","score":1}`); ans.status != 201 {
				t.Fatalf("%d %s, want 201", ans.status, ans.body)
			}
		}
		u, err := url.Parse(api.page("/v1/Assistants/" + l.assistant + "/Feedbacks?PageSize=1").Meta.Next)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, u.Query().Get("PageToken"))
	}
	for i, l := range lists {
		for j, token := range tokens {
			ans := a.as(l.account, "x").do("GET", "/v1/Assistants/"+l.assistant+"/Feedbacks?PageToken="+token, "")
			if want := map[bool]int{true: 200, false: 400}[i == j]; ans.status != want {
				t.Errorf("a token of %+v in %+v: %d, want %d", lists[j], l, ans.status, want)
			}
		}
	}
}
