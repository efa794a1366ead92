package httptests

import (
	"fmt"
	"net/url"
)

var eraseCases = []testCase{
	{"what is erased is gone everywhere at once", func(a *api) {
		for _, user := range []string{"ann", "bob"} {
			a.created(fmt.Sprintf(`{"session_id":"demo","user_id":%q,"score":1,"text":"x","tags":["a"]}`, user))
			a.ok(201, "PUT", onMessage+"?UserId="+user, `{"score":0,"tags":["a"]}`)
			a.ok(201, "PUT", onSession+"?UserId="+user, `{"score":0}`)
		}
		a.ok(201, "PUT", onSession, `{"score":0}`)
		elsewhere := []string{"/v1/Assistants/aia_asst_2/Sessions/demo/Feedback?UserId=ann"}
		a.ok(201, "PUT", elsewhere[0], `{"score":1}`)
		a.as("other").ok(201, "PUT", onSession+"?UserId=ann", `{"score":1}`)
		changes := len(a.changes)

		if got := a.ok(200, "DELETE", feedbacks+"?UserId=ann", ""); got.body != `{"deleted":3}` || got.header.Get("Content-Type") != "application/json" {
			a.Errorf("DELETE answered %s %v, want 3", got.body, got.header)
		}
		rest := a.list(nil)
		for _, r := range rest {
			if r.UserID == "ann" {
				a.Errorf("the list still has %+v", r)
			}
		}
		a.absent("GET", onMessage+"?UserId=ann")
		a.as("ann").absent("GET", onSession)
		a.sums(nil, "day", rest)
		a.sums(url.Values{"Tag": {"a"}}, "day", rest)
		a.sums(url.Values{"UserId": {"ann"}}, "", rest)
		if len(rest) != 4 || len(a.changes) != changes {
			a.Errorf("%d records are left, want 4; OnChange was told of %d erasures, want none", len(rest), len(a.changes)-changes)
		}
		a.ok(200, "GET", onMessage+"?UserId=bob", "")
		a.ok(200, "GET", elsewhere[0], "")
		a.as("other").ok(200, "GET", onSession+"?UserId=ann", "")
		if got := a.ok(200, "DELETE", feedbacks+"?UserId=ann", ""); got.body != `{"deleted":0}` {
			a.Errorf("DELETE again answered %s, want 0", got.body)
		}
		a.as("ann").ok(201, "PUT", onMessage, `{"score":1}`)
	}},
	{"an erasure without a filter erases nothing", func(a *api) {
		rs := []record{a.created(`{"session_id":"demo","score":1}`), a.created(`{"session_id":"demo","user_id":"ann","score":0,"text":"x"}`)}
		for query, message := range map[string]string{
			"":                         "at least one filter",
			"?":                        "at least one filter",
			"?UserId=":                 "UserId must not be empty",
			"?UserId":                  "UserId must not be empty",
			"?UserId=&SessionId=demo":  "UserId must not be empty",
			"?UserId=ann&UserId=bob":   "UserId must be given once",
			"?userId=ann":              `"userId" is not a parameter`,
			"?user_id=ann":             `"user_id" is not a parameter`,
			"?UserId=ann&PageSize=1":   `"PageSize" is not a parameter`,
			"?UserId=ann&Page=0":       `"Page" is not a parameter`,
			"?PageToken=x":             `"PageToken" is not a parameter`,
			"?UserId=ann&Order=asc":    `"Order" is not a parameter`,
			"?UserId=ann&Interval=day": `"Interval" is not a parameter`,
		} {
			a.fails(400, 20001, message, "DELETE", feedbacks+query, "")
			a.fails(400, 20001, message, "DELETE", feedbacks+query, "", "User-Agent", "twilio-node/6.0.2")
		}
		a.fails(400, 20001, "at least one filter", "DELETE", feedbacks, `{"user_id":"ann"}`)
		a.fails(404, 20404, "not found", "DELETE", feedbacks+"/", "") // an empty variable for an id
		a.fails(404, 20404, "not found", "DELETE", feedbacks+"/?UserId=ann", "")
		if got := a.list(nil); len(got) != len(rs) {
			a.Errorf("the list is %v, want both records", got)
		}
		a.ok(200, "DELETE", feedbacks+"?DateCreatedBefore=2100-01-01", "")
		if got := a.list(nil); len(got) != 0 {
			a.Errorf("the list is %v, want nothing", got)
		}
	}},
}
