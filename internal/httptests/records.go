package httptests

import (
	"fmt"
	"net/url"
	"slices"
	"sync"

	"github.com/humanfeedback/feedbacks/store"
)

var recordCases = []testCase{
	{"a record is created, returned and deleted", func(a *api) {
		created := a.ok(201, "POST", feedbacks, `{"session_id":"s/1","message_id":"m","user_id":"é","score":0.1,"text":"a\"\n😀","tags":["b","a"]}`)
		one := created.header.Get("Location")
		if got := a.ok(200, "GET", one, ""); got.body != created.body {
			a.Errorf("GET returned %s, want %s", got.body, created.body)
		}
		if got := a.ok(200, "GET", feedbacks, ""); got.body != "["+created.body+"]" {
			a.Errorf("the list is %s, want %s", got.body, created.body)
		}
		if got := a.ok(200, "HEAD", one, ""); got.body != "" || got.header.Get("Content-Length") != fmt.Sprint(len(created.body)) {
			a.Errorf("HEAD returned %q, %v", got.body, got.header)
		}
		a.as("other").absent("GET", one)
		a.as("other").absent("DELETE", one)
		a.as("ann").forbids("GET", one, "")
		a.as("ann").forbids("DELETE", one, "")
		a.ok(204, "DELETE", one, "")
		a.absent("DELETE", one)
		a.absent("GET", one)
		a.absent("GET", feedbacks+"/"+store.NewID(noon))
		if len(a.changes) != 2 || a.changes[0].before != nil || a.changes[1].after != nil || !a.changes[1].before.Equal(*a.changes[0].after) {
			a.Errorf("OnChange was told %v, want the creation and the deletion", a.changes)
		}
	}},
	{"an Idempotency-Key adds one record", func(a *api) {
		const body = `{"session_id":"demo","score":1,"tags":["a"]}`
		answers := make([]string, 20)
		var done sync.WaitGroup
		for i := range answers {
			done.Go(func() { answers[i] = a.do("POST", feedbacks, body, "Idempotency-Key", "k").body })
		}
		done.Wait()
		answers = slices.Compact(answers)
		if list := a.ok(200, "GET", feedbacks, "").body; len(answers) != 1 || list != "["+answers[0]+"]" {
			a.Errorf("the answers are %v and the list is %s, want one record", answers, list)
		}
		a.fails(409, 20409, "Idempotency-Key", "POST", feedbacks, `{"session_id":"demo","score":0}`, "Idempotency-Key", "k")
		a.created(body, "Idempotency-Key", "K")
		a.as("ann who may post").created(body, "Idempotency-Key", "k")
		a.as("bob who may post").created(body, "Idempotency-Key", "k")
		if n := len(a.list(nil)); n != 4 || len(a.changes) != 4 {
			a.Errorf("%d records after %d changes, want 4", n, len(a.changes))
		}
		a.ok(200, "DELETE", feedbacks+"?"+url.Values{"HasText": {"false"}}.Encode(), "") // and with them the keys
		if r := a.created(`{"session_id":"demo","score":0}`, "Idempotency-Key", "k"); r.Score != 0 {
			a.Errorf("the record is %+v, want a new one", r)
		}
	}},
}
