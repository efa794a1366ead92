package handler_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A shortStore returns pages of at most two records, and of none every other
// time, each after a while of a test's own clock.
type shortStore struct {
	store.Store
	takes time.Duration
	calls int
}

func (s *shortStore) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	time.Sleep(s.takes)
	if s.calls++; s.calls%2 == 0 {
		at, err := store.IDTime(q.After)
		return store.Page{Next: store.MinID(at)}, err // just before the record that was last
	}
	q.Limit = min(q.Limit, 2)
	return s.Store.List(ctx, scope, q)
}

// get returns a page, without a server around it.
func get(t *testing.T, h http.Handler, url string) (p page) {
	t.Helper()
	if err := json.Unmarshal(ask(t, h, httptest.NewRequest("GET", url, nil), 200).Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestShortPagesAreFilledUp(t *testing.T) {
	for name, c := range map[string]struct {
		takes time.Duration
		pages []int // the records of each
	}{
		"fast":                     {time.Millisecond, []int{5, 5, 5, 5}},
		"a second for all of them": {200 * time.Millisecond, []int{5, 5, 5, 5}}, // of 2, none, 2, none and 1
		"a second for some":        {334 * time.Millisecond, []int{4, 4, 4, 4, 4}},
		"more than a second each":  {1001 * time.Millisecond, []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := &shortStore{memory.New(), c.takes, 0}
				opts := quiet()
				opts.Authenticate = func(*http.Request) (handler.Principal, error) { return handler.Principal{Account: accountA}, nil }
				want := ids(fill(t, st, 20))
				h := handler.New(st, opts)
				var got []string
				var pages []int
				for url := feedbacks + "?PageSize=5"; url != "" && len(pages) < 100; {
					st.calls = 0
					p := get(t, h, url)
					pages = append(pages, len(p.Feedbacks))
					got = append(got, ids(p.Feedbacks)...)
					url = p.Meta.Next
				}
				if !slices.Equal(got, want) || !slices.Equal(pages, c.pages) {
					t.Errorf("pages of %v records, %v of them right; want %v", pages, slices.Equal(got, want), c.pages)
				}
				st.calls = 0
				var list []idOnly
				if err := json.Unmarshal(ask(t, h, httptest.NewRequest("GET", feedbacks, nil), 200).Body.Bytes(), &list); err != nil || !slices.Equal(ids(list), want) {
					t.Errorf("the array has %d records, %v, want all", len(list), err)
				}
			})
		})
	}
}
