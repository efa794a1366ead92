package httptests

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// reviewCases are about what staff says of records.
var reviewCases = []testCase{
	{"a review handles what waits", func(a *api) {
		bob := a.as("bob of the staff")
		liked := a.created(`{"session_id":"demo","score":1}`)
		f := a.created(`{"session_id":"demo","message_id":"m","user_id":"ann","score":0,"text":"t","correction":"c","tags":["a"],"metadata":{"n":"v"}}`)
		a.selects("Waiting=true", f.ID)
		a.selects("Waiting=false", liked.ID)
		path := reviewOf(f)
		a.changes = nil
		ans := bob.ok(200, "PUT", path, `{"verdict":"agree","note":"a <b>note</b>"}`)
		got := decode[record](a, ans.body)
		if got.Review == nil || *got.Review != (review{"agree", "a <b>note</b>", "bob", f.CreatedAt.Add(time.Millisecond)}) { // by the test's clock
			a.Errorf("the review is %+v", got.Review)
		}
		got.Review = nil
		if fmt.Sprint(got) != fmt.Sprint(f) {
			a.Errorf("the record was %+v, and is %+v", f, got)
		}
		if one := a.ok(200, "GET", feedbacks+"/"+f.ID, ""); one.body != ans.body {
			a.Errorf("GET answers %s, want %s", one.body, ans.body)
		}
		a.told(1, func(c change) bool { return !c.before.Handled() && c.after.Handled() && c.after.Review.Actor == "bob" })
		a.selects("Waiting=true")
		a.selects("Handled=true", f.ID)
		a.sums(nil, "", a.list(nil))

		// What is sent again changes nothing, another verdict does.
		if again := bob.ok(200, "PUT", path, `{"note":"a <b>note</b>","verdict":"agree"}`); again.body != ans.body {
			a.Errorf("again: %s, want %s", again.body, ans.body)
		}
		a.told(0, nil)
		a.ok(200, "PUT", path, `{"verdict":"agree","note":"a <b>note</b>"}`) // of somebody else
		a.told(1, func(c change) bool { return c.before.Review.Actor == "bob" && c.after.Review.Actor == "" })
		other := decode[record](a, a.ok(200, "PUT", path, `{"verdict":"unclear","note":null}`).body).Review
		if other == nil || *other != (review{Verdict: "unclear", At: f.CreatedAt.Add(4 * time.Millisecond)}) {
			a.Errorf("the other review is %+v", other)
		}
		a.told(1, func(c change) bool { return c.before.Review.Verdict == "agree" && c.after.Review.Verdict == "unclear" })

		if ans := bob.ok(204, "DELETE", path, ""); ans.body != "" {
			a.Errorf("DELETE answers %s", ans.body)
		}
		a.told(1, func(c change) bool { return c.before.Handled() && !c.after.Handled() })
		if got := a.ok(200, "GET", feedbacks+"/"+f.ID, "").body; strings.Contains(got, `"review"`) {
			a.Errorf("without a review it is %s", got)
		}
		a.selects("Waiting=true", f.ID)
		a.absent("DELETE", path)
		a.told(0, nil)
	}},
	{"a review is of what was looked at", func(a *api) {
		const vote = `{"user_id":"ann","score":0,"correction":"c"}`
		seen := decode[record](a, a.ok(201, "PUT", onMessage, vote).body)
		path, body := reviewOf(seen), `{"verdict":"agree","updated_at":`+encode(seen.UpdatedAt)+`}`
		a.ok(200, "PUT", onMessage, strings.Replace(vote, `"c"`, `"d"`, 1))
		a.fails(409, 20409, "changed meanwhile", "PUT", path, body)
		a.selects("Handled=true")
		now := decode[record](a, a.ok(200, "GET", onMessage+"?UserId=ann", "").body)
		a.ok(200, "PUT", path, `{"verdict":"agree","updated_at":`+encode(now.UpdatedAt)+`}`)
		a.selects("Handled=true", seen.ID)
		a.ok(204, "DELETE", feedbacks+"/"+now.ID, "")
		a.fails(404, 20404, "not found", "PUT", path, `{"verdict":"agree","updated_at":`+encode(now.UpdatedAt)+`}`)
	}},
	{"a vote that changes is no longer handled", func(a *api) {
		ann := a.as("ann with a stamp")
		put := func(body string, handled bool) {
			a.Helper()
			ann.ok(200, "PUT", onMessage, body)
			if got := a.ok(200, "GET", onMessage+"?UserId=ann", "").body; strings.Contains(got, `"review":{"verdict":"agree"`) != handled {
				a.Errorf("after %s, handled should be %t: %s", body, handled, got)
			}
		}
		f := decode[record](a, ann.ok(201, "PUT", onMessage, `{"score":0,"text":"t","correction":"c"}`).body)
		for _, changed := range []string{`{"score":0.1,"text":"t","correction":"c"}`, `{"score":0.1,"text":"u","correction":"c"}`, `{"score":0.1,"text":"u"}`} {
			put(changed, false)
			a.ok(200, "PUT", reviewOf(f), `{"verdict":"agree"}`)
			put(changed, true)
			put(strings.Replace(changed, `{`, `{"tags":["a"],`, 1), true)
		}
	}},
	{"nobody but staff reviews, and sees reviews", func(a *api) {
		f := decode[record](a, a.as("ann").ok(201, "PUT", onMessage, `{"score":0,"text":"t"}`).body)
		posted := decode[record](a, a.as("ann who may post").ok(201, "POST", feedbacks, `{"session_id":"demo","score":0}`, "Idempotency-Key", "k").body)
		for _, id := range []string{f.ID, posted.ID} {
			a.ok(200, "PUT", reviewOf(record{ID: id}), `{"verdict":"disagree","note":"secret"}`)
		}
		for _, who := range []string{"ann", "ann on m", "bob", "anonymous", "elsewhere", "ann who may post"} {
			a.as(who).forbids("PUT", reviewOf(f), `{"verdict":"agree"}`)
			a.as(who).forbids("PUT", reviewOf(f), `{`)
			a.as(who).forbids("DELETE", reviewOf(f), "")
		}
		a.as("other").fails(404, 20404, "not found", "PUT", reviewOf(f), `{"verdict":"agree"}`)
		a.as("other").absent("DELETE", reviewOf(f))
		a.as("nobody").fails(401, 20003, "credentials", "PUT", reviewOf(f), `{"verdict":"agree"}`)
		for what, ans := range map[string]answer{
			"the vote":    a.as("ann").ok(200, "GET", onMessage, ""),
			"PUT again":   a.as("ann").ok(200, "PUT", onMessage, `{"score":0,"text":"t"}`),
			"the session": a.as("ann").ok(200, "GET", assistant+"/Sessions/demo/Feedbacks", ""),
			"POST again":  a.as("ann who may post").ok(201, "POST", feedbacks, `{"session_id":"demo","score":0}`, "Idempotency-Key", "k"),
		} {
			if strings.Contains(ans.body, "review") || strings.Contains(ans.body, "secret") || !strings.Contains(ans.body, "aia_fdbk_") {
				a.Errorf("%s shows ann %s", what, ans.body)
			}
		}
		a.as("ann who may post").fails(409, 20409, "Idempotency-Key", "POST", feedbacks, `{"session_id":"demo","score":1}`, "Idempotency-Key", "k")
		a.selects("Handled=true", posted.ID, f.ID)
		a.as("ann").fails(400, 20001, `"review" is not a known field`, "PUT", onMessage, `{"score":0,"review":{"verdict":"agree"}}`)
		a.fails(400, 20001, `"review" is not a known field`, "POST", feedbacks, `{"session_id":"demo","score":0,"review":null}`)
	}},
	{"a review has its rules", func(a *api) {
		f := a.created(`{"session_id":"demo","score":0}`)
		path := reviewOf(f)
		for body, message := range map[string]string{
			`{}`:                                    `verdict must be agree, disagree or unclear, got ""`,
			`{"verdict":"Agree"}`:                   `verdict must be agree, disagree or unclear, got "Agree"`,
			`{"verdict":1}`:                         "verdict must be a string, got a number",
			`{"verdict":null}`:                      "verdict must be",
			`{"verdict":"agree","verdict":"agree"}`: `must not have "verdict" twice`,
			`{"verdict":"agree","actor":"eve"}`:     `"actor" is not a known field: a body has verdict, note and updated_at`,
			`{"verdict":"agree","note":"\u0000"}`:   "note must not contain U+0000",
			`{"verdict":"agree","note":"` + strings.Repeat("é", 10_001) + `"}`: "note must be at most 10000 characters, got 10001",
			`{"verdict":"agree","updated_at":"yesterday"}`:                     "updated_at must be a time like",
			`null`: "the body must be a JSON object, got null",
			`[]`:   "the body must be a JSON object, got an array",
			`{`:    "the body is not valid JSON",
		} {
			a.fails(400, 20001, message, "PUT", path, body)
		}
		a.fails(400, 20001, "the body is empty", "PUT", path, "", "Content-Type", "application/json")
		a.fails(415, 20001, "application/json", "PUT", path, "verdict=agree", "Content-Type", "application/x-www-form-urlencoded")
		a.fails(413, 20413, "at most", "PUT", path, `{"note":"`+strings.Repeat("x", 300_000)+`"}`)
		a.fails(400, 20001, `"Verdict" is not a parameter`, "PUT", path+"?Verdict=agree", `{"verdict":"agree"}`)
		a.fails(400, 20001, `"UserId" is not a parameter`, "DELETE", path+"?UserId=ann", "")
		a.fails(405, 20004, "method", "GET", path, "")
		a.fails(404, 20404, "not found", "PUT", feedbacks+"/Summary/Review", `{"verdict":"agree"}`)
		a.selects("Handled=true")
		a.told(1, nil) // of the record
		a.ok(200, "PUT", path, `{"verdict":"agree","note":"`+strings.Repeat("é", 10_000)+`"}`)
	}},
	{"a review goes with its record", func(a *api) {
		vote := decode[record](a, a.ok(201, "PUT", onMessage, `{"user_id":"ann","score":0,"text":"t"}`).body)
		posted := a.created(`{"session_id":"demo","user_id":"ann","score":0}`)
		want := map[string]string{}
		for _, f := range []record{vote, posted} {
			want[f.ID] = a.as("bob of the staff").ok(200, "PUT", reviewOf(f), `{"verdict":"agree","note":"n"}`).body
		}
		file := a.ok(200, "GET", feedbacks+"?Format=ndjson", "").body
		a.ok(200, "DELETE", feedbacks+"?UserId=ann", "")
		a.selects("Handled=true")
		a.fails(404, 20404, "not found", "PUT", reviewOf(vote), `{"verdict":"agree"}`)
		a.takes(2, 0, file)
		a.takes(0, 2, strings.ReplaceAll(file, `"agree"`, `"disagree"`)) // they are there, whatever staff says of them
		for id, want := range want {
			if got := a.ok(200, "GET", feedbacks+"/"+id, "").body; got != want {
				a.Errorf("after an import it is %s, want %s", got, want)
			}
		}
	}},
}

func reviewOf(f record) string { return feedbacks + "/" + f.ID + "/Review" }

// selects fails the test unless a query selects the records with these ids.
func (a *api) selects(query string, ids ...string) {
	a.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		a.Fatal(err)
	}
	if got := idsOf(a.list(q)); fmt.Sprint(got) != fmt.Sprint(ids) {
		a.Errorf("%s selects %v, want %v", query, got, ids)
	}
}

// told fails the test unless OnChange was told of n changes since it was last asked,
// of which each is so.
func (a *api) told(n int, so func(change) bool) {
	a.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.changes) != n {
		a.Errorf("OnChange was told of %d changes, want %d", len(a.changes), n)
	}
	for _, c := range a.changes {
		if so != nil && !so(c) {
			a.Errorf("OnChange was told %+v became %+v", c.before, c.after)
		}
	}
	a.changes = nil
}
