package httptests

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

const inSession = assistant + "/Sessions/demo/Feedbacks"

// votes returns what a person has voted on, newest first: "session" or a message's
// id, with the score.
func (a *api) votes(path string) (votes []string) {
	a.Helper()
	for _, r := range decode[struct{ Feedbacks []record }](a, a.ok(200, "GET", path, "").body).Feedbacks {
		votes = append(votes, strings.TrimPrefix(r.MessageID+" ", " ")+fmt.Sprint(r.Score))
	}
	return votes
}

var sessionCases = []testCase{
	{"a session's votes are one person's", func(a *api) {
		on := func(session, message string) string {
			return assistant + "/Sessions/" + session + "/Messages/" + message + "/Feedback"
		}
		for _, user := range []string{"ann", "bob", ""} {
			if got := a.as(map[string]string{"ann": "ann", "bob": "bob", "": "anonymous"}[user]).ok(200, "GET", inSession, "").body; got != `{"feedbacks":[]}` {
				a.Errorf("without votes %q has %s", user, got)
			}
		}
		for i, user := range []string{"ann", "bob", ""} {
			for _, path := range []string{on("demo", "m"), onSession, on("demo", "n"), on("other", "m"), "/v1/Assistants/aia_asst_2/Sessions/demo/Feedback"} {
				a.ok(201, "PUT", path, encode(map[string]any{"score": float64(i) / 4, "user_id": user, "metadata": map[string]string{"model": "secret"}}))
			}
			a.created(encode(map[string]any{"session_id": "demo", "message_id": "m", "user_id": user, "score": 1})) // no vote
		}
		a.as("other").ok(201, "PUT", onMessage, `{"score":1,"user_id":"ann"}`)
		for _, c := range []struct {
			caller, query string
			want          []string
		}{
			{"account", "?UserId=ann", []string{"n 0", "0", "m 0"}},
			{"account", "?UserId=bob", []string{"n 0.25", "0.25", "m 0.25"}},
			{"account", "?UserId=Ann", nil},
			{"ann", "", []string{"n 0", "0", "m 0"}},
			{"ann", "?UserId=ann", []string{"n 0", "0", "m 0"}},
			{"ann who may post", "", []string{"n 0", "0", "m 0"}},
			{"ann on m", "", []string{"m 0"}},
			{"bob", "", []string{"n 0.25", "0.25", "m 0.25"}},
			{"anonymous", "", []string{"n 0.5", "0.5", "m 0.5"}},
			{"other", "?UserId=ann", []string{"m 1"}},
			{"other", "?UserId=bob", nil},
		} {
			b := a.as(c.caller)
			if got := b.votes(inSession + c.query); !slices.Equal(got, c.want) {
				a.Errorf("%s%s has voted %q, want %q", c.caller, c.query, got, c.want)
			}
			if head := b.ok(200, "HEAD", inSession+c.query, ""); head.body != "" || head.header.Get("Content-Type") != "application/json" {
				a.Errorf("HEAD as %s: %v %s", c.caller, head.header, head.body)
			}
			if len(c.want) == 0 {
				continue
			}
			shown := b.ok(200, "GET", inSession+c.query, "").body
			if one := b.ok(200, "GET", onMessage+c.query, "").body; !strings.Contains(shown, one) {
				a.Errorf("%s is shown %s, want %s in it", c.caller, shown, one)
			}
			if strings.Contains(shown, "secret") != (c.caller == "account") {
				a.Errorf("%s is shown %s", c.caller, shown)
			}
		}
	}},
	{"who may see a session's votes", func(a *api) {
		a.fails(400, 20001, "UserId is required", "GET", inSession, "")
		a.fails(400, 20001, "UserId must not be empty", "GET", inSession+"?UserId=", "")
		a.fails(400, 20001, "not a parameter", "GET", inSession+"?UserId=ann&PageSize=5", "")
		for _, c := range [][2]string{
			{"ann", inSession + "?UserId=bob"}, {"ann on m", inSession + "?UserId=bob"}, {"anonymous", inSession + "?UserId=ann"}, {"elsewhere", inSession},
			{"ann", assistant + "/Sessions/elsewhere/Feedbacks"}, {"ann", "/v1/Assistants/aia_asst_2/Sessions/demo/Feedbacks"},
		} {
			a.as(c[0]).forbids("GET", c[1], "")
		}
		a.as("nobody").fails(401, 20003, "Authenticate", "GET", inSession, "")
	}},
	{"a session's votes are as they are now", func(a *api) {
		ann := a.as("ann")
		ann.ok(201, "PUT", onMessage, `{"score":0}`)
		ann.ok(201, "PUT", onSession, `{"score":1}`)
		ann.ok(200, "PUT", onMessage, `{"score":0.75}`)
		if got := ann.votes(inSession); !slices.Equal(got, []string{"1", "m 0.75"}) {
			a.Errorf("ann has voted %q", got)
		}
		ann.ok(204, "DELETE", onSession, "")
		if got := ann.votes(inSession); !slices.Equal(got, []string{"m 0.75"}) {
			a.Errorf("ann has voted %q", got)
		}
		a.ok(200, "DELETE", feedbacks+"?UserId=ann", "")
		if got := ann.votes(inSession); got != nil {
			a.Errorf("ann has voted %q", got)
		}
	}},
	{"a session's ids may be anything", func(a *api) {
		for _, id := range []string{"a/b", "Feedbacks", "Feedback", "Messages", "é😀", "%2F", "a?b#c", "a+b&c=d", "..."} {
			path := assistant + "/Sessions/" + url.PathEscape(id)
			a.ok(201, "PUT", path+"/Messages/"+url.PathEscape(id)+"/Feedback?UserId="+url.QueryEscape(id), `{"score":1}`)
			if got := a.votes(path + "/Feedbacks?UserId=" + url.QueryEscape(id)); !slices.Equal(got, []string{id + " 1"}) {
				a.Errorf("%s has voted %q", id, got)
			}
		}
	}},
	{"a session's votes are the newest thousand, of the newest ten thousand records", func(a *api) {
		made := noon
		line := func(session, message, user string, vote bool) string {
			made = made.Add(time.Millisecond)
			return encode(map[string]any{"id": store.NewID(made), "session_id": session, "message_id": message, "user_id": user, "score": 1, "vote": vote}) + "\n"
		}
		var file strings.Builder
		file.WriteString(line("demo", "m", "", true))
		for i := range 1100 {
			file.WriteString(line("demo", fmt.Sprint(i), "ann", true))
			file.WriteString(line("demo", fmt.Sprint(i), "ann", false))
			file.WriteString(line("elsewhere", fmt.Sprint(i), "ann", true))
		}
		for range 9999 - 2200 {
			file.WriteString(line("demo", "m", "bob", false))
		}
		a.takes(1+3300+9999-2200, 0, file.String())
		if got := a.as("ann").votes(inSession); len(got) != 1000 || got[0] != "1099 1" || got[999] != "100 1" {
			a.Errorf("%d votes, %q and so on", len(got), got[:min(len(got), 3)])
		}
		if got := a.as("anonymous").votes(inSession); !slices.Equal(got, []string{"m 1"}) {
			a.Errorf("after 9,999 records of others the anonymous have voted %q", got)
		}
		a.takes(1, 0, line("demo", "m", "bob", false))
		if got := a.as("anonymous").votes(inSession); got != nil {
			a.Errorf("after 10,000 records of others the anonymous have voted %q", got)
		}
	}},
}
