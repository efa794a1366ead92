package httptests

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

// A page is what clients see of one.
type page struct {
	Feedbacks []record
	Meta      struct {
		Next     string `json:"next_page_url"`
		Previous string `json:"previous_page_url"`
	}
}

func (a *api) page(url string) page {
	a.Helper()
	return decode[page](a, a.ok(200, "GET", url, "").body)
}

// walk returns what the filter selects, page by page to the end and back again.
func (a *api) walk(filter url.Values, size int) (rs []record) {
	a.Helper()
	var p page
	for url := feedbacks + "?PageSize=" + strconv.Itoa(size) + "&" + filter.Encode(); url != ""; url = p.Meta.Next {
		p = a.page(url)
		rs = append(rs, p.Feedbacks...)
		if p.Meta.Next != "" && len(p.Feedbacks) < size {
			a.Errorf("GET %s: %d records of %d, and more to come", url, len(p.Feedbacks), size)
		}
	}
	if len(p.Feedbacks) == 0 {
		return rs // links to the first
	}
	back := slices.Clone(p.Feedbacks)
	for p.Meta.Previous != "" {
		p = a.page(p.Meta.Previous)
		back = append(slices.Clone(p.Feedbacks), back...)
	}
	if !slices.Equal(idsOf(back), idsOf(rs)) {
		a.Errorf("?%s has forwards %v and backwards %v", filter.Encode(), idsOf(rs), idsOf(back))
	}
	return rs
}

var pageCases = []testCase{
	{"pages neither repeat nor skip while records come and go", func(a *api) {
		rnd := rand.New(rand.NewPCG(6, 2))
		for _, query := range []string{"", "&Order=asc", "&Tag=a", "&UserId=ann&Order=asc", "&MaxScore=0.5"} {
			staying := map[string]bool{} // all the time
			filter, err := url.ParseQuery(query)
			if err != nil {
				a.Fatal(err)
			}
			filter.Del("Order")
			all := a.add(rnd, 60)
			for _, r := range selected(filter, all) {
				staying[r.ID] = true
			}
			seen := map[string]bool{}
			for url := feedbacks + "?PageSize=4" + query; url != ""; {
				p := a.page(url)
				for _, r := range p.Feedbacks {
					if seen[r.ID] {
						a.Errorf("?%s repeats %s", query, r.ID)
					}
					seen[r.ID] = true
				}
				all = append(all, a.add(rnd, 2)...)
				gone := []record{all[rnd.IntN(len(all))]}
				if len(p.Feedbacks) > 0 && rnd.IntN(2) == 0 {
					gone = append(gone, p.Feedbacks[len(p.Feedbacks)-1]) // the position
				}
				for _, r := range gone {
					a.do("DELETE", feedbacks+"/"+r.ID, "")
					delete(staying, r.ID)
				}
				url = p.Meta.Next
			}
			for id := range staying {
				if !seen[id] {
					a.Errorf("?%s skips %s", query, id)
				}
			}
			a.ok(200, "DELETE", feedbacks+"?MinScore=0", "")
		}
	}},
	{"pages are full where few of many records match", func(a *api) {
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() {
				for i := range 320 {
					tag := "common"
					if i%64 == 0 {
						tag = "rare"
					}
					if ans := a.do("POST", feedbacks, fmt.Sprintf(`{"session_id":"demo","score":1,"tags":[%q]}`, tag)); ans.status != 201 {
						a.Errorf("POST: %d %s", ans.status, ans.body)
					}
				}
			})
		}
		done.Wait()
		p := a.page(feedbacks + "?Tag=rare&PageSize=30")
		if len(p.Feedbacks) != 30 || p.Meta.Next == "" {
			a.Fatalf("the page has %d records, next %q, want 30 and more", len(p.Feedbacks), p.Meta.Next)
		}
		if p = a.page(p.Meta.Next); len(p.Feedbacks) != 10 || p.Meta.Next != "" {
			a.Errorf("the next page has %d records, next %q, want 10 and no more", len(p.Feedbacks), p.Meta.Next)
		}
	}},
}
