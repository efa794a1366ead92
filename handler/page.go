package handler

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// page answers with one of Twilio's pages: the records under "feedbacks", and
// "meta" with the links to the pages around.
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

	q.After = here.after
	q.Limit = size
	if here.back {
		q.Ascending = !q.Ascending
	}
	fs, more, err := c.fill(q)
	if err != nil {
		return err
	}
	if here.back {
		slices.Reverse(fs)
	}

	links := pageLinks{base: c.apiURL(), rest: rest, size: size, key: key}
	next, previous := here.around(fs, more)
	if !paged {
		previous = nil
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	b := append((*buf)[:0], `{"feedbacks":[`...)
	for i := range fs {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.Append(b, &fs[i])
	}
	b = append(b, `],"meta":{"first_page_url":`...)
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
	b = append(b, "}}"...)
	*buf = b
	answer.Extend(c.w)
	c.write(http.StatusOK, jsonType, b)
	return nil
}

// fill reads a page of q, asking the store again while it returns short pages
// although there is more: until the page is full, or for one second. more is
// where the list goes on, "" at its end.
func (c *call) fill(q store.Query) (fs []store.Feedback, more string, err error) {
	deadline := time.Now().Add(time.Second)
	size := q.Limit
	for {
		page, err := c.store.List(c.r.Context(), c.scope, q)
		if err != nil {
			return nil, "", err
		}
		if fs == nil {
			fs = page.Feedbacks
		} else {
			fs = append(fs, page.Feedbacks...)
		}
		if page.Next == "" || len(fs) >= size || time.Now().After(deadline) {
			return fs, page.Next, nil
		}
		q.After, q.Limit = page.Next, size-len(fs)
	}
}

// around returns the tokens of the pages after and before the page with the
// records fs, nil where there is none. more is where the list goes on in the
// direction it was read. An empty page, which has nothing to stand on, is linked
// to the first instead of to where it came from.
func (t pageToken) around(fs []store.Feedback, more string) (next, previous *pageToken) {
	ahead := func(after string) *pageToken {
		return &pageToken{after: after, page: min(t.page+1, params.Named("Page").Max)}
	}
	behind := func(after string) *pageToken { return &pageToken{after: after, page: max(t.page-1, 0), back: true} }
	if t.back {
		if more != "" {
			previous = behind(more)
		}
		if len(fs) == 0 {
			return &pageToken{}, previous
		}
		return ahead(fs[len(fs)-1].ID), previous
	}
	if more != "" {
		next = ahead(more)
	}
	if len(fs) == 0 {
		return next, &pageToken{}
	}
	return next, behind(fs[0].ID)
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
