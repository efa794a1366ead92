package httptests

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
)

var voteCases = []testCase{
	{"a vote is added, changed and taken back", func(a *api) {
		for _, path := range []string{onMessage, onSession} {
			a.absent("GET", path)
			a.absent("DELETE", path)
			added := a.ok(201, "PUT", path, `{"score":0,"text":"no","tags":["wrong","slow"]}`)
			first := decode[record](a, added.body)
			if !first.Vote || first.SessionID != "demo" || first.Text != "no" || len(first.Tags) != 2 || !first.UpdatedAt.Equal(first.CreatedAt) ||
				(first.MessageID == "m") != (path == onMessage) {
				a.Errorf("PUT added %s", added.body)
			}
			changed := a.ok(200, "PUT", path, `{"score":1}`)
			second := decode[record](a, changed.body)
			if second.ID != first.ID || !second.CreatedAt.Equal(first.CreatedAt) || !second.UpdatedAt.After(first.UpdatedAt) || !second.Vote {
				a.Errorf("PUT changed\n%s to\n%s", added.body, changed.body)
			}
			if second.Score != 1 || second.Text != "" || len(second.Tags) != 0 {
				a.Errorf("a flipped vote keeps %s", changed.body)
			}
			if changed.header.Get("Location") != "" {
				a.Errorf("a changed vote has the Location %s", changed.header.Get("Location"))
			}
			for what, url := range map[string]string{"the vote": path, "the Location": added.header.Get("Location"), "the record": feedbacks + "/" + first.ID} {
				if got := a.ok(200, "GET", url, ""); got.body != changed.body {
					a.Errorf("%s is %s, want %s", what, got.body, changed.body)
				}
			}
			if got := a.ok(200, "HEAD", path, ""); got.header.Get("Content-Length") != fmt.Sprint(len(changed.body)) {
				a.Errorf("HEAD returned %v", got.header)
			}
			if got := a.ok(200, "GET", feedbacks, ""); got.body != "["+changed.body+"]" {
				a.Errorf("the list is %s, want the vote", got.body)
			}
			if ans := a.ok(204, "DELETE", path, ""); ans.body != "" {
				a.Errorf("DELETE returned %s", ans.body)
			}
			a.absent("GET", path)
			a.absent("DELETE", path)
			if again := decode[record](a, a.ok(201, "PUT", path, `{"score":0.5}`).body); again.ID == first.ID || again.Text != "" {
				a.Errorf("after an undo the vote is %+v", again)
			}
			a.ok(204, "DELETE", path, "")
			if list := a.list(nil); len(list) != 0 {
				a.Errorf("after the undo the list is %v", list)
			}
		}
	}},
	{"OnChange is told of votes", func(a *api) {
		a.ok(201, "PUT", onMessage, `{"score":0,"text":"no"}`)
		a.ok(200, "PUT", onMessage, `{"score":1}`)
		a.ok(204, "DELETE", onMessage, "")
		a.absent("DELETE", onMessage)
		a.fails(400, 20001, "score", "PUT", onMessage, `{}`)
		a.ok(201, "PUT", onSession, `{"score":1}`)
		a.ok(200, "DELETE", feedbacks+"?SessionId=demo", "")
		if len(a.changes) != 4 {
			a.Fatalf("%d changes, want 4: two votes added, one changed and one taken back", len(a.changes))
		}
		added, changed, undone := a.changes[0], a.changes[1], a.changes[2]
		if added.before != nil || added.after.Text != "no" || !changed.before.Equal(*added.after) || changed.after.Score != 1 ||
			!undone.before.Equal(*changed.after) || undone.after != nil {
			a.Errorf("OnChange was told %+v", a.changes)
		}
	}},
	{"100 double-clicks leave one record", func(a *api) {
		var mu sync.Mutex
		var done sync.WaitGroup
		statuses := map[int]int{}
		for i := range 100 {
			done.Go(func() {
				ans := a.do("PUT", onMessage, fmt.Sprintf(`{"score":%d,"user_id":"ann"}`, i%2))
				mu.Lock()
				defer mu.Unlock()
				statuses[ans.status]++
			})
		}
		done.Wait()
		added := slices.DeleteFunc(a.changes, func(c change) bool { return c.before != nil })
		if list := a.list(nil); len(list) != 1 || statuses[201] != 1 || statuses[200] != 99 || len(added) != 1 {
			a.Errorf("the statuses are %v, with %d told as added, and the list is %v; want one 201, 99 200 and one record", statuses, len(added), list)
		}
		clear(statuses)
		for range 20 {
			done.Go(func() {
				ans := a.do("DELETE", onMessage+"?UserId=ann", "")
				mu.Lock()
				defer mu.Unlock()
				statuses[ans.status]++
			})
		}
		done.Wait()
		if statuses[204] != 1 || statuses[404] != 19 {
			a.Errorf("undone at once: %v, want one 204 and 19 404", statuses)
		}
	}},
	{"whose vote it is", func(a *api) {
		for _, c := range []struct {
			caller, query, body string
			want                string // or
			status              int
		}{
			{"account", "", `{"score":1}`, "", 0},
			{"account", "", `{"score":1,"user_id":null}`, "", 0},
			{"account", "", `{"score":1,"user_id":""}`, "", 0},
			{"account", "", `{"score":1,"user_id":"ann"}`, "ann", 0},
			{"account", "?UserId=ann", `{"score":1}`, "ann", 0},
			{"account", "?UserId=ann", `{"score":1,"user_id":null}`, "ann", 0},
			{"account", "?UserId=a%26b%2Bc+%C3%A9", `{"score":1,"user_id":"a&b+c é"}`, "a&b+c é", 0},
			{"account", "?UserId=ann", `{"score":1,"user_id":"bob"}`, "", 400},
			{"account", "?UserId=ann", `{"score":1,"user_id":"Ann"}`, "", 400},
			{"ann", "", `{"score":1}`, "ann", 0},
			{"ann", "?UserId=ann", `{"score":1,"user_id":"ann"}`, "ann", 0},
			{"ann", "", `{"score":1,"user_id":"bob"}`, "", 403},
			{"ann", "?UserId=bob", `{"score":1}`, "", 403},
			{"ann", "?UserId=bob", `{"score":1,"user_id":"ann"}`, "", 400},
			{"anonymous", "", `{"score":1}`, "", 0},
			{"anonymous", "", `{"score":1,"user_id":"bob"}`, "", 403},
			{"anonymous", "?UserId=bob", `{"score":1}`, "", 403},
		} {
			b := a.as(c.caller)
			switch c.status {
			case 400:
				b.fails(400, 20001, "user_id must be absent or that of UserId", "PUT", onMessage+c.query, c.body)
			case 403:
				b.forbids("PUT", onMessage+c.query, c.body)
			default:
				put := b.ok(201, "PUT", onMessage+c.query, c.body)
				if got := decode[record](a, put.body).UserID; got != c.want {
					a.Errorf("%+v: the vote is %q's", c, got)
				}
				location := put.header.Get("Location")
				if got := b.ok(200, "GET", location, "").body; got != put.body {
					a.Errorf("%+v: the Location %s has %s", c, location, got)
				}
				path := onMessage
				if c.want != "" {
					path += "?UserId=" + url.QueryEscape(c.want)
				}
				if got := a.ok(200, "GET", path, "").body; fmt.Sprint(decode[record](a, got)) != fmt.Sprint(decode[record](a, put.body)) {
					a.Errorf("%+v: GET %s returned %s", c, path, got)
				}
				b.ok(204, "DELETE", location, "")
			}
			if list := a.list(nil); len(list) != 0 {
				a.Fatalf("%+v left %v", c, list)
			}
		}
	}},
	{"each person has one vote on each message and session", func(a *api) {
		paths := []string{onMessage, onSession, assistant + "/Sessions/demo/Messages/n/Feedback", assistant + "/Sessions/other/Messages/m/Feedback", "/v1/Assistants/aia_asst_2/Sessions/demo/Messages/m/Feedback"}
		for round, status := range []int{201, 200} {
			for i, path := range paths {
				for _, user := range []string{"", "ann", "Ann", "bob"} {
					a.ok(status, "PUT", path, encode(map[string]any{"score": float64(round), "user_id": user, "text": fmt.Sprint(i, user)}))
				}
			}
		}
		if n := len(a.list(nil)); n != 16 {
			a.Errorf("%d records, want 16: four people's on four of the paths", n)
		}
		if got := decode[record](a, a.ok(200, "GET", onMessage+"?UserId=Ann", "").body); got.Text != "0Ann" || got.UserID != "Ann" {
			a.Errorf("Ann's vote is %+v", got)
		}
		a.as("anonymous").ok(200, "PUT", onMessage, `{"score":0.5}`) // anonymous people share one
		if got := decode[record](a, a.ok(200, "GET", onMessage, "").body); got.Score != 0.5 {
			a.Errorf("the anonymous vote is %+v", got)
		}
	}},
	{"the path says what is voted on", func(a *api) {
		for _, c := range []struct{ path, body, message string }{
			{onMessage, `{"score":1,"session_id":"other"}`, `session_id must be absent or that of the path, "demo", got "other"`},
			{onMessage, `{"score":1,"message_id":"n"}`, `message_id must be absent or that of the path, "m", got "n"`},
			{onSession, `{"score":1,"message_id":"m"}`, `message_id must be absent or that of the path, "", got "m"`},
			{onSession, `{"score":1,"session_id":"Demo"}`, `session_id must be absent or that of the path, "demo", got "Demo"`},
		} {
			a.fails(400, 20001, c.message, "PUT", c.path, c.body)
		}
		for _, body := range []string{`{"score":1}`, `{"score":1,"session_id":"demo","message_id":"m"}`, `{"score":1,"session_id":null,"message_id":null}`, `{"score":1,"session_id":"","message_id":""}`} {
			if got := decode[record](a, a.ok(201, "PUT", onMessage, body).body); got.SessionID != "demo" || got.MessageID != "m" {
				a.Errorf("%s made %+v", body, got)
			}
			a.ok(204, "DELETE", onMessage, "")
		}
	}},
	{"ids in a vote's path may be anything", func(a *api) {
		ids := []string{"a/b", "Messages", "Sessions", "Feedback", "Summary", "{}", "é😀", " ", "%2F", "a?b#c", "a+b&c=d", "'; --", "...", strings.Repeat("x", 255)}
		seen := map[string]bool{}
		for i, id := range ids {
			session, message, user := id, ids[(i+1)%len(ids)], ids[(i+2)%len(ids)]
			for _, path := range []string{
				assistant + "/Sessions/" + url.PathEscape(session) + "/Feedback?UserId=" + url.QueryEscape(user),
				assistant + "/Sessions/" + url.PathEscape(session) + "/Messages/" + url.PathEscape(message) + "/Feedback?UserId=" + url.QueryEscape(user),
			} {
				put := a.ok(201, "PUT", path, `{"score":1}`)
				got := decode[record](a, put.body)
				if got.SessionID != session || got.UserID != user || got.MessageID != "" && got.MessageID != message || seen[got.ID] {
					a.Errorf("PUT %s made %s", path, put.body)
				}
				seen[got.ID] = true
				for _, url := range []string{path, put.header.Get("Location")} {
					if one := a.ok(200, "GET", url, ""); one.body != put.body {
						a.Errorf("GET %s returned %s, want %s", url, one.body, put.body)
					}
				}
			}
		}
		if n := len(a.list(nil)); n != 2*len(ids) {
			a.Errorf("%d records, want %d", n, 2*len(ids))
		}
	}},
	{"visitors vote, read and undo their own, and nothing else", func(a *api) {
		a.ok(201, "PUT", onMessage, `{"score":0,"user_id":"bob"}`)
		ann, onM := a.as("ann"), a.as("ann on m")
		put := ann.ok(201, "PUT", onMessage, `{"score":1}`)
		if put.header.Get("Location") != a.url+onMessage {
			a.Errorf("Location %s, want one without UserId", put.header.Get("Location"))
		}
		if got := onM.ok(200, "GET", onMessage+"?UserId=ann", ""); got.body != put.body {
			a.Errorf("ann's vote is %s, want %s", got.body, put.body)
		}
		ann.ok(201, "PUT", onSession, `{"score":1}`)
		for _, c := range []struct {
			caller *api
			path   string
		}{
			{ann, onMessage + "?UserId=bob"},
			{ann, assistant + "/Sessions/elsewhere/Feedback"},
			{ann, "/v1/Assistants/aia_asst_2/Sessions/demo/Messages/m/Feedback"},
			{onM, assistant + "/Sessions/demo/Messages/n/Feedback"},
			{onM, onSession},
			{a.as("elsewhere"), onMessage},
			{a.as("anonymous"), onMessage + "?UserId=ann"},
		} {
			c.caller.forbids("PUT", c.path, `{"score":0}`)
			c.caller.forbids("GET", c.path, "")
			c.caller.forbids("DELETE", c.path, "")
		}
		ann.forbids("POST", feedbacks, `{"session_id":"demo","message_id":"m","score":1}`)
		for _, c := range [][2]string{{"GET", feedbacks}, {"GET", summaries}, {"GET", summaries + "?UserId=ann"}, {"DELETE", feedbacks + "?UserId=ann"}, {"DELETE", feedbacks},
			{"GET", feedbacks + "/" + decode[record](a, put.body).ID}, {"DELETE", feedbacks + "/" + decode[record](a, put.body).ID}} {
			ann.forbids(c[0], c[1], "")
		}
		a.as("bob").ok(200, "GET", onMessage, "")
		ann.ok(204, "DELETE", onMessage, "")
		ann.absent("GET", onMessage)
		a.as("anonymous").absent("GET", onMessage)
		if list := a.list(nil); len(list) != 2 {
			a.Errorf("the list is %v, want bob's vote and ann's on the session", list)
		}
	}},
	{"another account's vote is as absent as none", func(a *api) {
		a.ok(201, "PUT", onMessage, `{"score":1}`)
		other := a.as("other")
		for _, method := range []string{"GET", "DELETE"} {
			if foreign, none := other.do(method, onMessage, ""), other.do(method, onSession, ""); foreign.status != 404 || foreign.body != none.body {
				a.Errorf("%s tells a foreign vote from an absent one: %d %s and %s", method, foreign.status, foreign.body, none.body)
			}
		}
		other.ok(201, "PUT", onMessage, `{"score":0}`)
		if got := decode[record](a, a.ok(200, "GET", onMessage, "").body); got.Score != 1 {
			a.Errorf("the vote is %+v", got)
		}
	}},
	{"a vote is a record, and a record no vote", func(a *api) {
		posted := a.created(`{"session_id":"demo","message_id":"m","user_id":"ann","score":0}`)
		if posted.Vote {
			a.Errorf("POST made the vote %+v", posted)
		}
		a.absent("GET", onMessage+"?UserId=ann")
		voted := decode[record](a, a.ok(201, "PUT", onMessage+"?UserId=ann", `{"score":1}`).body)
		if got := idsOf(a.list(url.Values{"MessageId": {"m"}, "UserId": {"ann"}})); !slices.Equal(got, []string{voted.ID, posted.ID}) {
			a.Errorf("the list is %v, want the vote and the record", got)
		}
		a.ok(204, "DELETE", feedbacks+"/"+voted.ID, "")
		a.absent("GET", onMessage+"?UserId=ann")
		a.ok(201, "PUT", onMessage+"?UserId=ann", `{"score":1}`)
	}},
}
