package handler

import (
	"cmp"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// page answers with one of Twilio's pages: the records under "feedbacks", and
// "meta" with the links to the pages around, which are known once the records are.
func (c *call) page(v params.Values, g given, q store.Query) error {
	here, size := pageToken{page: v.Page}, v.PageSize
	paged := v.PageToken != ""
	rest := g.without(params.Paging)
	key := pageKey(c.scope, rest)
	if paged {
		var err error
		if here, err = parsePageToken(v.PageToken, key); err != nil {
			return err
		}
	}

	if c.r.Method == http.MethodHead {
		return c.head()
	}

	q.After = here.after
	q.Limit = size
	records := c.forwards
	if here.back {
		records = c.backwards
	}
	out := c.open(`{"feedbacks":[`)
	defer out.close()
	var first, last, more string
	for f, err := range records(q, &more) {
		if err != nil {
			return out.fail(err)
		}
		first, last = cmp.Or(first, f.ID), f.ID
		out.add(&f)
	}

	links := pageLinks{base: c.apiURL(), rest: rest, size: size, key: key}
	next, previous := here.around(first, last, more)
	if !paged {
		previous = nil
	}
	b := append(*out.buf, `],"meta":{"first_page_url":`...)
	b = links.append(b, &pageToken{})
	b = append(b, `,"key":"feedbacks","next_page_url":`...)
	b = links.append(b, next)
	b = append(b, `,"page":`...)
	b = strconv.AppendInt(b, int64(here.page), 10)
	b = append(b, `,"page_size":`...)
	b = strconv.AppendInt(b, int64(size), 10)
	b = append(b, `,"previous_page_url":`...)
	b = links.append(b, previous)
	b = append(b, `,"url":`...)
	b = links.append(b, &here)
	*out.buf = append(b, "}}"...)
	out.flush(0)
	return nil
}

// piece is how many records of a page are in memory at once: each may have notes
// of 80 kB.
const piece = 100

// forwards returns the records of a page of q, asking the store again while there
// is more: until the page is full or, when it returns few, for one second. Then
// more is where the list goes on, "" at its end.
func (c *call) forwards(q store.Query, more *string) iter.Seq2[store.Feedback, error] {
	return func(yield func(store.Feedback, error) bool) {
		deadline := time.Now().Add(time.Second)
		left := q.Limit
		for {
			q.Limit = min(left, piece)
			page, err := c.store.List(c.r.Context(), c.scope, q)
			if err != nil {
				yield(store.Feedback{}, err)
				return
			}
			for _, f := range page.Feedbacks {
				if !yield(f, nil) {
					return
				}
			}
			*more = page.Next
			left -= len(page.Feedbacks)
			if page.Next == "" || left <= 0 || len(page.Feedbacks) < q.Limit && time.Now().After(deadline) {
				return
			}
			q.After = page.Next
		}
	}
}

// backwards returns the records of the page of q that ends at q.After, in the
// order of the list. On its way back it keeps the ids, and the records of the last
// piece, where the page begins; the others are read again from there on.
func (c *call) backwards(q store.Query, more *string) iter.Seq2[store.Feedback, error] {
	return func(yield func(store.Feedback, error) bool) {
		back := q
		back.Ascending = !q.Ascending
		var end string // the page's last
		wanted := map[string]bool{}
		var kept []store.Feedback
		for f, err := range c.forwards(back, more) {
			if err != nil {
				yield(f, err)
				return
			}
			if len(kept) == piece {
				kept = kept[:0]
			}
			kept = append(kept, f)
			end, wanted[f.ID] = cmp.Or(end, f.ID), true
		}
		for _, f := range slices.Backward(kept) {
			if !yield(f, nil) {
				return
			}
		}
		if len(wanted) == len(kept) {
			return
		}
		q.After, q.Limit, q.Buffer = kept[0].ID, piece, []store.Feedback{}
		for f, err := range store.All(c.r.Context(), c.store, c.scope, q) {
			past := err == nil && f.ID != end && f.ID > end == q.Ascending // end itself has gone since
			if past || (err != nil || wanted[f.ID]) && !yield(f, err) || f.ID == end {
				return
			}
		}
	}
}

// around returns the tokens of the pages after and before the page from the record
// first to the record last, nil where there is none. more is where the list goes on
// in the direction it was read. An empty page, which has nothing to stand on, is
// linked to the first instead of to where it came from.
func (t pageToken) around(first, last, more string) (next, previous *pageToken) {
	ahead := func(after string) *pageToken {
		return &pageToken{after: after, page: min(t.page+1, params.Named("Page").Max)}
	}
	behind := func(after string) *pageToken { return &pageToken{after: after, page: max(t.page-1, 0), back: true} }
	if t.back {
		if more != "" {
			previous = behind(more)
		}
		if last == "" {
			return &pageToken{}, previous
		}
		return ahead(last), previous
	}
	if more != "" {
		next = ahead(more)
	}
	if first == "" {
		return next, &pageToken{}
	}
	return next, behind(first)
}

// pageLinks makes the links between the pages of one list.
type pageLinks struct {
	base string
	rest url.Values // the parameters that are not about paging
	size int
	key  pageKeyHash
}

// append appends the link to a page as JSON: null where there is none.
func (l pageLinks) append(b []byte, t *pageToken) []byte {
	if t == nil {
		return append(b, "null"...)
	}
	l.rest.Set("PageSize", strconv.Itoa(l.size))
	l.rest.Set("Page", strconv.Itoa(t.page))
	l.rest.Del("PageToken")
	if t.after != "" {
		l.rest.Set("PageToken", t.format(l.key))
	}
	return wire.AppendString(b, l.base+"?"+l.rest.Encode())
}
