package httptests

import (
	"fmt"
	"net/url"
	"strings"
)

// stampedCases are about what the host adds to a visitor's records.
var stampedCases = []testCase{
	{"what a visitor gives bears its stamp", func(a *api) {
		ann := a.as("ann with a stamp")
		const seen, unseen = `"tags":["a"],"correction":"c"`, `"stamped":`
		const kept = `"tags":["a","secret:1","b b"],"metadata":{"trace_id":"secret"},"correction":"c","stamped":{"tags":["b b","secret:1"],"metadata":["trace_id"]}`
		sees := func(what string, ans answer) {
			a.Helper()
			if !strings.Contains(ans.body, seen) || strings.Contains(ans.body, unseen) || strings.Contains(ans.body, "secret") || strings.Contains(ans.body, "b b") {
				a.Errorf("%s shows ann %s", what, ans.body)
			}
		}
		stored := func(what string, body string) {
			a.Helper()
			if !strings.Contains(body, kept) {
				a.Errorf("%s is %s, want %s", what, body, kept)
			}
		}
		const body = `{"session_id":"demo","message_id":"m","score":0,"tags":["a"],"correction":"c"}`
		sees("PUT", ann.ok(201, "PUT", onMessage, body))
		sees("GET", ann.ok(200, "GET", onMessage, ""))
		stored("the vote", a.ok(200, "GET", onMessage+"?UserId=ann", "").body)
		sees("PUT again", ann.ok(200, "PUT", onMessage, body))
		stored("the changed vote", a.ok(200, "GET", onMessage+"?UserId=ann", "").body)
		posted := ann.ok(201, "POST", feedbacks, body, "Idempotency-Key", "k")
		sees("POST", posted)
		for _, who := range []string{"ann with a stamp", "ann who may post"} { // for a token may have another
			if again := a.as(who).ok(201, "POST", feedbacks, body, "Idempotency-Key", "k"); again.body != posted.body {
				a.Errorf("POST again answered %s, want %s", again.body, posted.body)
			}
			a.as(who).fails(409, 20409, "Idempotency-Key", "POST", feedbacks, strings.Replace(body, `["a"]`, `[]`, 1), "Idempotency-Key", "k")
		}
		stored("the record", a.ok(200, "GET", feedbacks+"/"+decode[record](a, posted.body).ID, "").body)
		for _, c := range a.changes {
			if fmt.Sprint(c.after.Stamped) != "{[b b secret:1] [trace_id]}" {
				a.Errorf("OnChange was told %+v", c.after)
			}
		}
		a.sums(url.Values{"Tag": {"secret:1"}}, "", a.list(nil))
		if n := len(a.list(url.Values{"Metadata": {"trace_id:secret"}})); n != 2 {
			a.Errorf("%d records have the stamp's metadata, want 2", n)
		}

		a.as("ann").ok(200, "PUT", onMessage, `{"score":1}`) // by a token without a stamp
		if got := a.ok(200, "GET", onMessage+"?UserId=ann", "").body; !strings.Contains(got, `"tags":[],"metadata":{},"vote"`) {
			a.Errorf("a vote without a stamp is %s", got)
		}
		sees("PUT of the stamped again", ann.ok(200, "PUT", onMessage, body))
		stored("the vote", a.ok(200, "GET", onMessage+"?UserId=ann", "").body)
		a.ok(200, "PUT", onMessage, `{"score":1,"user_id":"ann","tags":["a","b b"]}`) // by the host
		if got := a.ok(200, "GET", onMessage+"?UserId=ann", "").body; strings.Contains(got, unseen) || !strings.Contains(got, `"tags":["a","b b"]`) {
			a.Errorf("the host's vote is %s", got)
		}
		if got := a.as("ann").ok(200, "GET", onMessage, "").body; !strings.Contains(got, `"tags":["a","b b"]`) {
			a.Errorf("ann sees %s of the host's vote", got)
		}
	}},
	{"what the host set is exported and imported", func(a *api) {
		ann := a.as("ann with a stamp")
		ann.ok(201, "PUT", onMessage, `{"score":0,"tags":["a"]}`)
		ann.ok(201, "POST", feedbacks, `{"session_id":"demo","score":1}`)
		a.created(`{"session_id":"demo","score":1,"tags":["secret:1"]}`)
		file := a.ok(200, "GET", feedbacks+"?Format=ndjson", "").body
		if n := strings.Count(file, `"stamped":{"tags":["b b","secret:1"],"metadata":["trace_id"]}`); n != 2 {
			a.Errorf("%d of the lines are stamped, want 2:\n%s", n, file)
		}
		a.takes(0, 3, file)
		a.ok(200, "DELETE", feedbacks+"?MinScore=0", "")
		a.takes(3, 0, file)
		if again := a.ok(200, "GET", feedbacks+"?Format=ndjson", "").body; again != file {
			a.Errorf("the file was\n%sand is\n%s", file, again)
		}
		if got := ann.ok(200, "GET", onMessage, "").body; strings.Contains(got, "secret") || !strings.Contains(got, `"tags":["a"]`) {
			a.Errorf("ann sees %s of the import", got)
		}
		if got := a.imports(strings.ReplaceAll(file, `"secret:1"`, `"secret:2"`)); got.Repeated != 2 || got.Failed != 1 {
			a.Errorf("with other tags: %+v, want those repeated on which the host set them, and the other refused", got)
		}
	}},
	{"what is stamped is no caller's to say", func(a *api) {
		for _, who := range []string{"account", "ann with a stamp"} {
			a.as(who).fails(400, 20001, `"stamped" is not a known field`, "PUT", onMessage, `{"score":1,"tags":["a"],"stamped":{"tags":["a"]}}`)
			a.as(who).fails(400, 20001, `"stamped" is not a known field`, "POST", feedbacks, `{"session_id":"demo","score":1,"tags":["a"],"stamped":null}`)
		}
		for line, message := range map[string]string{
			`"stamped":{"tags":["b"]}`:              `stamped must name tags that the record has, none twice, got "b"`,
			`"stamped":{"tags":["a","a"]}`:          `stamped must name tags that the record has, none twice, got "a"`,
			`"stamped":{"metadata":["m"]}`:          `stamped must name metadata that the record has, none twice, got "m"`,
			`"stamped":["a"]`:                       "stamped must be an object of tags and metadata, got an array",
			`"stamped":{"tags":[1]}`:                "stamped must be an object of tags and metadata, got a number in it",
			`"stamped":{"tags":["a"],"text":"a"}`:   `stamped must be an object of tags and metadata, got "text" in it`,
			`"stamped":{"tags":["a"],"tags":["a"]}`: `stamped must not have "tags" twice`,
		} {
			got := a.imports(`{"id":"aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb1","session_id":"demo","score":1,"tags":["a"],` + line + "}")
			if got.Failed != 1 || got.Errors[0].Message != message {
				a.Errorf("%s: %+v, want %s", line, got, message)
			}
		}
	}},
}
