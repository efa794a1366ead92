package handler_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

type idOnly struct{ ID string }

// ids returns the ids of records as a client sees them, or as a store has them.
func ids[T idOnly | store.Feedback](fs []T) []string {
	ids := []string{}
	for _, f := range fs {
		switch f := any(f).(type) {
		case idOnly:
			ids = append(ids, f.ID)
		case store.Feedback:
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func TestListIsABareArrayNewestFirst(t *testing.T) {
	st := memory.New()
	a := serve(t, handler.New(st, quiet()))
	ans := a.do("GET", feedbacks, "", "Content-Type", "application/json") // as the guide's curl sends it
	if ans.status != 200 || ans.body != "[]" {
		t.Fatalf("%d %s, want 200 []", ans.status, ans.body)
	}
	fs := fill(t, st, 2500) // more than one page of the store
	ans = a.do("GET", feedbacks, "")
	got := ids(decode[[]idOnly](t, ans.body))
	if !slices.Equal(got, ids(fs)) {
		t.Errorf("%d records, or out of order, want %d newest first", len(got), len(fs))
	}
	if ct := ans.header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("Content-Type %q", ct)
	}
	ans = a.do("GET", feedbacks+"?Order=asc", "")
	if got := ids(decode[[]idOnly](t, ans.body)); !slices.Equal(got, reversed(ids(fs))) {
		t.Error("Order=asc is not oldest first")
	}
}

func reversed(s []string) []string {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

func TestListShowsRecordsAsCreateDid(t *testing.T) {
	a := newAPI(t)
	first := a.post(`{"session_id":"s","score":0.3,"text":"x","tags":["a"]}`).body
	second := a.post(`{"session_id":"s","score":1}`).body
	if got, want := a.do("GET", feedbacks, "").body, "["+second+","+first+"]"; got != want {
		t.Errorf("the list is\n%s, want\n%s", got, want)
	}
}

func TestVotesAreMarked(t *testing.T) {
	st := memory.New()
	f := record(accountA, noon, func(f *store.Feedback) { f.Key = store.VoteKey("demo", "", "") })
	if _, _, err := st.Put(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	a := serve(t, handler.New(st, quiet()))
	if ans := a.do("GET", feedbacks, ""); !strings.Contains(ans.body, `"vote":true`) || strings.Contains(ans.body, "vote_") {
		t.Errorf("%s, want vote true and no key", ans.body)
	}
}

func TestAChangedRecordSaysWhen(t *testing.T) {
	st := memory.New()
	a := serve(t, handler.New(st, quiet()))
	for i, score := range []float64{0, 1} {
		f := record(accountA, noon.Add(time.Duration(i)*90*time.Second), func(f *store.Feedback) {
			f.Key, f.Score = store.VoteKey("demo", "", ""), score
		})
		if _, _, err := st.Put(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	f := decode[[]map[string]any](t, a.do("GET", feedbacks, "").body)[0]
	for name, want := range map[string]any{
		"score": 1.0, "created_at": "2026-11-22T12:00:00.123456Z", "updated_at": "2026-11-22T12:01:30.123456Z",
		"date_created": "2026-11-22T12:00:00Z", "date_updated": "2026-11-22T12:01:30Z",
	} {
		if f[name] != want {
			t.Errorf("%s is %v, want %v", name, f[name], want)
		}
	}
}

func TestHead(t *testing.T) {
	st := memory.New()
	fs := fill(t, st, 30) // more than net/http holds back to count
	a := serve(t, handler.New(st, quiet()))
	for _, path := range []string{feedbacks, feedbacks + "?PageSize=2", feedbacks + "?PageSize=20", feedbacks + "/" + fs[0].ID, "/v1/openapi.json"} {
		get, head := a.do("GET", path, ""), a.do("HEAD", path, "")
		if head.status != 200 || head.body != "" {
			t.Errorf("HEAD %s: %d %s, want 200 without a body", path, head.status, head.body)
		}
		if n := head.header.Get("Content-Length"); n != "" && n != strconv.Itoa(len(get.body)) {
			t.Errorf("HEAD %s: Content-Length %s, want the body's, %d", path, n, len(get.body))
		}
		for _, h := range []http.Header{get.header, head.header} {
			h.Del("Date")
			h.Del("Content-Length") // which a stream has not
		}
		if fmt.Sprint(head.header) != fmt.Sprint(get.header) {
			t.Errorf("HEAD %s has the headers\n%v, GET\n%v", path, head.header, get.header)
		}
	}
	if ans := a.do("HEAD", feedbacks+"?x=1", ""); ans.status != 400 {
		t.Errorf("HEAD with a bad parameter: %d, want 400", ans.status)
	}
}

func TestFilters(t *testing.T) {
	st := memory.New()
	a := serve(t, handler.New(st, quiet()))
	var all []string
	for i := range 12 {
		f := record(accountA, noon.Add(time.Duration(i)*time.Hour), func(f *store.Feedback) {
			f.SessionID, f.Score = fmt.Sprintf("s%d", i%2), float64(i%5)/4
			f.MessageID, f.UserID = fmt.Sprintf("m%d", i%3), fmt.Sprintf("u&%d", i%4)
			if i%3 == 0 {
				f.Text, f.Tags = "note", []string{"a b"}
			}
		})
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		all = append(all, f.ID)
	}
	for query, want := range map[string][]int{
		"SessionId=s1":               {11, 9, 7, 5, 3, 1},
		"MessageId=m2":               {11, 8, 5, 2},
		"UserId=u%263":               {11, 7, 3},
		"Tag=a+b":                    {9, 6, 3, 0},
		"MinScore=0.75":              {9, 8, 4, 3},
		"MaxScore=0":                 {10, 5, 0},
		"MinScore=0.25&MaxScore=0.5": {11, 7, 6, 2, 1},
		"HasText=true":               {9, 6, 3, 0},
		"HasText=false&SessionId=s0": {10, 8, 4, 2},
		"DateCreatedAfter=2026-11-22T22:00:00.123456Z":                                {11, 10},
		"DateCreatedBefore=2026-11-22T14:00:00.123456Z":                               {1, 0},
		"DateCreatedAfter=2026-11-22T23:00:00.2%2B01:00&DateCreatedBefore=2026-11-23": {11},
		"SessionId=none":           {},
		"SessionId=s1&Order=asc":   {1, 3, 5, 7, 9, 11},
		"DateCreatedAfter=2027-01": nil,
	} {
		ans := a.do("GET", feedbacks+"?"+query, "")
		if want == nil {
			a.fails(ans, 400, 20001, "DateCreatedAfter")
			continue
		}
		wantIDs := []string{}
		for _, i := range want {
			wantIDs = append(wantIDs, all[i])
		}
		if got := ids(decode[[]idOnly](t, ans.body)); !slices.Equal(got, wantIDs) {
			t.Errorf("?%s: %d records %s, want %v", query, len(got), ans.body, want)
		}
		var paged []string
		for url := feedbacks + "?PageSize=2&" + query; url != ""; {
			p := a.page(url)
			paged = append(paged, ids(p.Feedbacks)...)
			url = p.Meta.Next
		}
		if !slices.Equal(append([]string{}, paged...), wantIDs) {
			t.Errorf("?%s in pages: %v, want %v", query, paged, wantIDs)
		}
	}
}

// A brokenStore fails, or does as it is told, from the second page on.
type brokenStore struct {
	store.Store
	second func(ctx context.Context) error
}

func (b brokenStore) List(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
	if q.After != "" {
		if err := b.second(ctx); err != nil {
			return store.Page{}, err
		}
	}
	return b.Store.List(ctx, s, q)
}

func TestAListThatFailsMidwayBreaksOff(t *testing.T) {
	st := memory.New()
	fill(t, st, 1500)
	for name, second := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return store.ErrUnavailable },
		"panic": func(context.Context) error { panic("a bug") },
	} {
		a := serve(t, handler.New(brokenStore{st, second}, quiet()))
		for _, query := range []string{"", "?PageSize=1000"} {
			req, _ := http.NewRequest("GET", a.url+feedbacks+query, nil)
			req.SetBasicAuth(accountA, tokenA)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 200 || err == nil || strings.HasSuffix(string(b), "]") {
				t.Errorf("%s%s: status %d, error %v, and the answer ends in %q; want it to break off", name, query, resp.StatusCode, err, b[max(0, len(b)-20):])
			}
		}
		if ans := a.do("GET", feedbacks+"?PageSize=1", ""); ans.status != 200 {
			t.Errorf("%s: the server answers %d afterwards, want 200", name, ans.status)
		}
	}
}

func TestAClientThatLeavesEndsItsListing(t *testing.T) {
	st := memory.New()
	fill(t, st, 3000)
	ended := make(chan struct{})
	listing := handler.New(brokenStore{st, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}, quiet())
	a := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		listing.ServeHTTP(w, r)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", a.url+feedbacks, nil)
	req.SetBasicAuth(accountA, tokenA)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(resp.Body, make([]byte, 100))
	cancel()
	resp.Body.Close()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the listing goes on without its client")
	}
}

func TestALongListOutlivesTheWriteTimeout(t *testing.T) {
	st := memory.New()
	fs := fill(t, st, 2500)
	h := handler.New(brokenStore{st, func(context.Context) error { time.Sleep(150 * time.Millisecond); return nil }}, quiet())
	s := newServer(t, h)
	s.Config.WriteTimeout = 200 * time.Millisecond
	s.Start()
	a := api{t, s.URL, []string{accountA, tokenA}}
	if got := decode[[]idOnly](t, a.do("GET", feedbacks, "").body); len(got) != len(fs) {
		t.Errorf("%d records, want %d", len(got), len(fs))
	}
}
