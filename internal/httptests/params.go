package httptests

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/params"
)

// A badParam is a query with one bad parameter, and what the message says of it.
type badParam struct{ query, message string }

// badFilters has each of the API's filters.
var badFilters = func() (rows []badParam) {
	byKind := map[params.Kind]func(name string) []badParam{
		params.ID: badIDs, params.Tag: badTags, params.Score: badScores, params.Bool: badBools, params.Words: badWords, params.Pair: badPairs, params.Time: badTimes,
	}
	for _, p := range params.Filters {
		rows = append(rows, byKind[p.Kind](p.Name)...) // of a kind that these tests do not know it panics
	}
	return rows
}()

var badOrders = bad("Order", "must be asc or desc, got", "newest", "DESC", "asc,desc", "-1")

var badPaging = slices.Concat(
	bad("PageSize", "must be a whole number between 1 and 1000, got", "0", "1001", "-1", "5.0", "+5", "05", "x", "1e2", " 5", "99999999999999999999"),
	bad("Page", "must be a whole number between 0 and 2147483647, got", "-1", "x", "1.5", "00", "2147483648", "99999999999999999999"),
	bad("PageToken", "is damaged or belongs to another list", "x", "MS5uLjEueC4wMDAwMDAwMDAwMDAwMDAw", "%00", "../..", strings.Repeat("a", 3000)),
)

var badIntervals = bad("Interval", "must be hour, day, week or month, got", "year", "Day", "DAY", "1d", "minute", "0", " day", strings.Repeat("day", 100))

// bad returns queries with each of the values, and those that no parameter may
// have: none, an empty one, two.
func bad(name, message string, values ...string) []badParam {
	rows := []badParam{
		{name, name + " must not be empty"},
		{name + "=", name + " must not be empty"},
		{name + "=1&" + name + "=1", name + " must be given once, got 2 times"},
		{name + "=&" + name + "=", name + " must be given once, got 2 times"},
		{strings.ToLower(name) + "=1", fmt.Sprintf("%q is not a parameter of this call", strings.ToLower(name))},
	}
	for _, v := range values {
		rows = append(rows, badParam{name + "=" + url.QueryEscape(v), name + " " + message})
	}
	return rows
}

func badIDs(name string) []badParam {
	return badStrings(name, "must be at most 255 bytes, got 256", strings.Repeat("é", 128))
}

func badTags(name string) []badParam {
	return badStrings(name, "must be at most 64 characters", strings.Repeat("é", 65))
}

func badWords(name string) []badParam {
	return append(bad(name, "must have 1 to 200 characters, got 201", strings.Repeat("é", 201)),
		append(bad(name, "must be valid UTF-8", "a\xff"), bad(name, "must not contain U+0000", "a\x00")...)...)
}

func badBools(name string) []badParam {
	return bad(name, "must be true or false, got", "1", "True", "TRUE", "yes", "null", " true")
}

func badPairs(name string) []badParam {
	return slices.Concat(
		bad(name, "must be a name, a colon and a value, like model:x-1, got", "x", ":", ":x", "x:", "x=y"),
		bad(name, "must have names of 1 to 64 letters, digits and _.-, got", "a b:c", " a:b", "é:x", "a\x00:b", strings.Repeat("n", 65)+":x"),
		bad(name, "must have values of 1 to 500 characters, got 501 of a", "a:"+strings.Repeat("é", 501)),
		bad(name, "must not contain U+0000", "a:\x00"),
		bad(name, "must be valid UTF-8", "a:\xff"),
	)
}

func badStrings(name, tooLong, long string) []badParam {
	return slices.Concat(
		bad(name, tooLong, long),
		bad(name, "must not contain control characters", "\x00", "a\n", "\x7f", "\u0085"),
		bad(name, "must be valid UTF-8", "\xff", "\xed\xa0\x80", "\xc0\xaf"),
	)
}

func badScores(name string) []badParam {
	return slices.Concat(
		bad(name, "must be a number between 0 and 1, got", "-0.1", "1.1", "-1e-400", "1e999", "1.0000000000000000000001", "100"),
		bad(name, "must be a number between 0 and 1, got", "x", "NaN", "Inf", "0x1p-2", "1_0", "--1", "+1", ".5", "1.", "01", "0,5", " 1", "1 ", "\t1", "1\r\n", "null", `"1"`),
	)
}

func badTimes(name string) []badParam {
	return bad(name, "must be a time like", "yesterday", "now", "2026", "2027-01", "2026-13-01", "2026-02-29", "2026-11-22T10:00:00", "2026-11-22 10:00:00Z",
		"2026-11-22T10:00:00+0100", "2026-11-22T10:00:00 01:00", "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z", "1790000000", "0001-01-01", "0000-12-31",
		"0001-01-01T00:30:00+01:00", "9999-12-31T23:30:00-01:00", "10000-01-01", "-2026-11-22", "2026-11-22Z", "22.11.2026")
}

// badFields are bodies that neither POST nor PUT takes.
var badFields = []struct{ body, message string }{
	{`{"session_id":"demo"}`, "score is required"},
	{`{"session_id":"demo","score":null}`, "score is required"},
	{`{"session_id":"demo","score":1.5}`, "score must be between 0 and 1, got 1.5"},
	{`{"session_id":"demo","score":-1e-400}`, "score must be between 0 and 1"},
	{`{"session_id":"demo","score":"1"}`, "score must be a number, got a string"},
	{`{"session_id":1,"score":1}`, "session_id must be a string, got a number"},
	{`{"session_id":"demo","score":1,"message_id":[]}`, "message_id must be a string, got an array"},
	{`{"session_id":"demo","score":1,"user_id":{}}`, "user_id must be a string, got an object"},
	{`{"session_id":"demo","score":1,"user_id":"\u0000"}`, "user_id must not contain control characters"},
	{`{"session_id":"demo","score":1,"user_id":"` + strings.Repeat("x", 256) + `"}`, "user_id must be at most 255 bytes, got 256"},
	{`{"session_id":"demo","score":1,"text":1}`, "text must be a string, got a number"},
	{`{"session_id":"demo","score":1,"text":"\u0000"}`, "text must not contain U+0000"},
	{`{"session_id":"demo","score":1,"text":"` + strings.Repeat("é", 10_001) + `"}`, "text must be at most 10000 characters, got 10001"},
	{`{"session_id":"demo","score":1,"tags":"a"}`, "tags must be an array of strings, got a string"},
	{`{"session_id":"demo","score":1,"tags":["a","a"]}`, `tags must not repeat, got "a" twice`},
	{`{"session_id":"demo","score":1,"tags":[""]}`, "tags must not be empty strings"},
	{`{"session_id":"demo","score":1,"tags":["` + strings.Repeat("x", 65) + `"]}`, "tags must be at most 64 characters each, got 65"},
	{`{"session_id":"demo","score":1,"tags":["1","2","3","4","5","6","7","8","9","10","11"]}`, "tags must be at most 10, got 11"},
	{`{"session_id":"demo","score":1,"metadata":"a"}`, "metadata must be an object of strings, got a string"},
	{`{"session_id":"demo","score":1,"metadata":[]}`, "metadata must be an object of strings, got an array"},
	{`{"session_id":"demo","score":1,"metadata":{"a":1}}`, "metadata must be an object of strings, got a number in it"},
	{`{"session_id":"demo","score":1,"metadata":{"a":{"b":"c"}}}`, "metadata must be an object of strings, got an object in it"},
	{`{"session_id":"demo","score":1,"metadata":{"a":"1","a":"2"}}`, `metadata must not have "a" twice`},
	{`{"session_id":"demo","score":1,"metadata":{"a":null}}`, "metadata must have values of 1 to 500 characters, got 0 of a"},
	{`{"session_id":"demo","score":1,"metadata":{"a":""}}`, "metadata must have values of 1 to 500 characters, got 0 of a"},
	{`{"session_id":"demo","score":1,"metadata":{"a":"` + strings.Repeat("é", 501) + `"}}`, "metadata must have values of 1 to 500 characters, got 501 of a"},
	{`{"session_id":"demo","score":1,"metadata":{"a":"\u0000"}}`, "metadata must not contain U+0000"},
	{`{"session_id":"demo","score":1,"metadata":{"":"x"}}`, "metadata must have names of 1 to 64 letters, digits and _.-"},
	{`{"session_id":"demo","score":1,"metadata":{"a b":"x"}}`, `metadata must have names of 1 to 64 letters, digits and _.-, got "a b"`},
	{`{"session_id":"demo","score":1,"metadata":{"` + strings.Repeat("n", 65) + `":"x"}}`, "metadata must have names of 1 to 64 letters"},
	{`{"session_id":"demo","score":1,"metadata":` + manyNames(17) + `}`, "metadata must have at most 16 names, got 17"},
	{`{"session_id":"demo","score":1,"correction":1}`, "correction must be a string, got a number"},
	{`{"session_id":"demo","score":1,"correction":"\u0000"}`, "correction must not contain U+0000"},
	{`{"session_id":"demo","score":1,"correction":"` + strings.Repeat("é", 10_001) + `"}`, "correction must be at most 10000 characters, got 10001"},
	{`{"session_id":"demo","score":1,"rating":5}`, `"rating" is not a known field`},
	{`{"session_id":"demo","score":1,"vote":true}`, `"vote" is not a known field`},
	{`{"session_id":"demo","score":1,"score":0}`, `must not have "score" twice`},
	{`{"session_id":"demo","score":1`, "the body is not valid JSON"},
	{`[]`, "the body must be a JSON object, got an array"},
	{`null`, "the body must be a JSON object, got null"},
	{` `, "the body is empty"},
}

// manyNames returns metadata of n names.
func manyNames(n int) string {
	metadata := map[string]string{}
	for i := range n {
		metadata[fmt.Sprint("n", i)] = "x"
	}
	return encode(metadata)
}

var votePaths = []string{onSession, onMessage}

var paramCases = []testCase{
	{"bad parameters are named, and change nothing", func(a *api) {
		a.ok(201, "PUT", onMessage, `{"score":1}`)
		kept := a.ok(201, "POST", feedbacks, `{"session_id":"demo","score":1}`)
		before := a.ok(200, "GET", feedbacks, "").body
		for _, c := range []struct {
			method, path string
			rows         []badParam
		}{
			{"GET", feedbacks, slices.Concat(badFilters, badOrders, badPaging)},
			{"HEAD", feedbacks, badOrders},
			{"GET", feedbacks + "?PageSize=5", slices.Concat(badFilters, badOrders)},
			{"GET", summaries, slices.Concat(badFilters, badIntervals)},
			{"DELETE", feedbacks, badFilters},
			{"DELETE", feedbacks + "?UserId=ann&DateCreatedBefore=2100-01-01", bad("Tag", "must not contain control characters", "\n")},
			{"GET", onSession, badIDs("UserId")},
			{"DELETE", onSession, badIDs("UserId")},
			{"PUT", onSession, badIDs("UserId")},
			{"GET", onMessage, badIDs("UserId")},
			{"DELETE", onMessage, badIDs("UserId")},
			{"PUT", onMessage, badIDs("UserId")},
		} {
			body := map[string]string{"PUT": `{"score":1}`}[c.method]
			for _, row := range c.rows {
				target := c.path + "?" + row.query
				if strings.Contains(c.path, "?") {
					target = c.path + "&" + row.query
				}
				if c.method == "HEAD" {
					a.ok(400, c.method, target, body)
					continue
				}
				a.fails(400, 20001, row.message, c.method, target, body)
			}
		}
		everywhere := []string{"x=1", "=", "Limit=5", "sort=asc", "%20UserId=ann"}
		for _, c := range []struct {
			method, path, body string
			unknown            []string
		}{
			{"POST", feedbacks, `{"session_id":"demo","score":1}`, []string{"UserId=ann", "PageSize=1"}},
			{"GET", feedbacks, "", []string{"Interval=day"}},
			{"GET", summaries, "", []string{"Order=asc", "PageSize=5", "Page=1", "PageToken=x"}},
			{"DELETE", feedbacks, "", []string{"Order=asc", "PageSize=5", "Page=1", "PageToken=x", "Interval=day"}},
			{"GET", kept.header.Get("Location"), "", []string{"UserId=ann"}},
			{"DELETE", kept.header.Get("Location"), "", []string{"UserId=ann"}},
			{"PUT", onSession, `{"score":1}`, []string{"MessageId=m", "SessionId=demo"}},
			{"GET", onMessage, "", []string{"SessionId=demo", "MessageId=m"}},
			{"DELETE", onMessage, "", []string{"SessionId=demo", "HasText=true"}},
		} {
			for _, query := range slices.Concat(everywhere, c.unknown) {
				name, _, _ := strings.Cut(query, "=")
				name, _ = url.QueryUnescape(name)
				a.fails(400, 20001, fmt.Sprintf("%q is not a parameter of this call", name), c.method, c.path+"?"+query, c.body)
			}
			for _, query := range []string{"a;b=c", "%zz=1", "UserId=%f"} {
				a.fails(400, 20001, "the query is malformed", c.method, c.path+"?"+query, c.body)
			}
		}
		if after := a.ok(200, "GET", feedbacks, "").body; after != before {
			a.Errorf("the list was\n%s and is\n%s", before, after)
		}
	}},
	{"bad fields are named, and change nothing", func(a *api) {
		a.ok(201, "PUT", onMessage, `{"score":1}`)
		before := a.ok(200, "GET", feedbacks, "").body
		for _, row := range badFields {
			a.fails(400, 20001, row.message, "POST", feedbacks, row.body)
			for _, path := range votePaths {
				a.fails(400, 20001, row.message, "PUT", path, row.body)
			}
		}
		a.fails(400, 20001, "session_id is required", "POST", feedbacks, `{"score":1}`)
		for _, path := range append(votePaths, feedbacks) {
			method := map[bool]string{true: "POST", false: "PUT"}[path == feedbacks]
			a.fails(400, 20001, "the body is empty", method, path, "", "Content-Type", "application/json")
			for _, ct := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"} {
				a.fails(415, 20001, "Content-Type must be application/json", method, path, `{"session_id":"demo","score":1}`, "Content-Type", ct)
			}
			a.fails(415, 20001, "Content-Type must be application/json", method, path, "")
			a.fails(413, 20413, "the body must be at most 262144 bytes", method, path, strings.Repeat(" ", 1<<18+1))
		}
		if after := a.ok(200, "GET", feedbacks, "").body; after != before {
			a.Errorf("the list was\n%s and is\n%s", before, after)
		}
	}},
	{"what has no such path or method", func(a *api) {
		long := strings.Repeat("x", 256)
		for _, id := range []string{"", "%00", "%ff", "%0d%0a", long} {
			for _, path := range []string{
				assistant + "/Sessions/" + id + "/Feedback", assistant + "/Sessions/" + id + "/Messages/m/Feedback", assistant + "/Sessions/demo/Messages/" + id + "/Feedback",
				"/v1/Assistants/" + id + "/Feedbacks/Summary", "/v1/Assistants/" + id + "/Sessions/demo/Feedback",
			} {
				a.fails(404, 20404, "not found", "GET", path, "")
				a.fails(404, 20404, "not found", "DELETE", strings.Replace(path, "/Feedbacks/Summary", "/Feedbacks?HasText=false", 1), "")
				a.fails(404, 20404, "not found", "PUT", strings.Replace(path, "/Feedbacks/Summary", "/Sessions/demo/Feedback", 1), `{"score":1}`)
			}
		}
		for _, path := range []string{feedbacks + "/summary", feedbacks + "/Summary/", feedbacks + "/aia_fdbk_x", feedbacks + "/", onSession + "/", onMessage + "s", assistant + "/Sessions/demo",
			assistant + "/Sessions/demo/Messages/Feedback", assistant + "/Sessions/demo/Messages/m", assistant + "/Messages/m/Feedback", onSession + "/Summary"} {
			a.fails(404, 20404, "not found", "GET", path, "")
		}
		for path, allow := range map[string]string{feedbacks: "DELETE, GET, HEAD, POST", summaries: "GET, HEAD", onSession: "DELETE, GET, HEAD, PUT", onMessage: "DELETE, GET, HEAD, PUT"} {
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
				if strings.Contains(allow, method) {
					continue
				}
				a.fails(405, 20004, "method not allowed", method, path, "")
				if got := a.do(method, path, "").header.Get("Allow"); got != allow {
					a.Errorf("%s %s: Allow %q, want %q", method, path, got, allow)
				}
			}
		}
		for _, path := range []string{feedbacks, summaries, onSession, onMessage} {
			for _, method := range []string{"GET", "PUT", "DELETE", "PATCH"} {
				a.as("nobody").fails(401, 20003, "Authenticate", method, path, "")
			}
		}
	}},
}
