package httptests

import (
	"fmt"
	"net/url"
	"strings"
)

// carriedCases are about what records carry: metadata and corrections.
var carriedCases = []testCase{
	{"metadata and corrections come back as they were sent", func(a *api) {
		for _, c := range []struct{ sent, want string }{
			{``, `"metadata":{}`},
			{`,"metadata":null,"correction":null`, `"metadata":{}`},
			{`,"metadata":{},"correction":""`, `"metadata":{}`},
			{`,"metadata":{"trace_id":"t","model":"x-1","A.b-9":"a:b \"é😀\n","_":" "}`, `"metadata":{"A.b-9":"a:b \"é😀\n","_":" ","model":"x-1","trace_id":"t"}`},
			{`,"correction":"one\r\n\"two\" <é😀>"`, `"metadata":{},"correction":"one\r\n\"two\" <é😀>"`},
			{`,"metadata":{"model":"` + strings.Repeat("é", 500) + `"},"correction":"` + strings.Repeat("é", 10_000) + `"`,
				`"metadata":{"model":"` + strings.Repeat("é", 500) + `"},"correction":"` + strings.Repeat("é", 10_000) + `"`},
			{`,"metadata":` + manyNames(16), `"metadata":` + manyNames(16)},
			{`,"metadata":{"` + strings.Repeat("n", 64) + `":"x"}`, `"metadata":{"` + strings.Repeat("n", 64) + `":"x"}`},
		} {
			want := func(what, got, rest string) {
				a.Helper()
				if !strings.Contains(got, `"tags":[],`+c.want+rest) {
					a.Errorf("%s has %.500s, want %.500s", what, got, c.want)
				}
			}
			created := a.ok(201, "POST", feedbacks, `{"session_id":"demo","score":1`+c.sent+`}`)
			want("POST", created.body, `,"created_at"`)
			voted := a.ok(201, "PUT", onMessage, `{"score":1`+c.sent+`}`).body
			want("PUT", voted, `,"vote":true`)
			if again := a.ok(200, "PUT", onMessage, `{"score":1`+c.sent+`}`).body; !strings.Contains(again, decode[record](a, voted).ID) {
				a.Errorf("PUT again answered %s", again)
			}
			voted = a.ok(200, "GET", onMessage, "").body
			want("the vote", voted, `,"vote":true`)
			for what, got := range map[string]string{
				"the record": a.ok(200, "GET", created.header.Get("Location"), "").body,
				"the list":   a.ok(200, "GET", feedbacks+"?Order=asc", "").body,
				"the page":   a.ok(200, "GET", feedbacks+"?Order=asc&PageSize=2", "").body,
				"the export": strings.ReplaceAll(a.ok(200, "GET", feedbacks+"?Format=ndjson&Order=asc", "").body, "}\n{", "},{"),
			} {
				if !strings.Contains(got, created.body) || what != "the record" && !strings.Contains(got, created.body+","+voted) {
					a.Errorf("%s is %.1000s, want %.500s and %.500s", what, got, created.body, voted)
				}
			}
			told := a.changes[len(a.changes)-3:]
			if r := decode[record](a, created.body); fmt.Sprint(told[0].after.Metadata) != fmt.Sprint(r.Metadata) || told[0].after.Correction != r.Correction ||
				!told[2].before.Equal(*told[1].after) || fmt.Sprint(told[2].after.Metadata) != fmt.Sprint(r.Metadata) {
				a.Errorf("OnChange was told %v", told)
			}
			a.ok(200, "DELETE", feedbacks+"?MinScore=0", "")
		}
	}},
	{"a changed vote keeps neither metadata nor correction", func(a *api) {
		a.ok(201, "PUT", onMessage, `{"score":0,"metadata":{"model":"x-1","trace_id":"t"},"correction":"better"}`)
		for _, c := range []struct{ sent, metadata, correction string }{
			{`,"metadata":{"model":"x-2"},"correction":"best"`, "map[model:x-2]", "best"},
			{`,"metadata":{"span_id":"s"}`, "map[span_id:s]", ""},
			{`,"correction":"good"`, "map[]", "good"},
			{``, "map[]", ""},
		} {
			before := decode[record](a, a.ok(200, "GET", onMessage, "").body)
			got := decode[record](a, a.ok(200, "PUT", onMessage, `{"score":0`+c.sent+`}`).body)
			if fmt.Sprint(got.Metadata) != c.metadata || got.Correction != c.correction {
				a.Errorf("PUT %s left %+v", c.sent, got)
			}
			told := a.changes[len(a.changes)-1]
			if fmt.Sprint(told.before.Metadata) != fmt.Sprint(before.Metadata) || told.before.Correction != before.Correction ||
				fmt.Sprint(told.after.Metadata) != c.metadata || told.after.Correction != c.correction {
				a.Errorf("PUT %s: OnChange was told %+v", c.sent, told)
			}
			for filter, want := range map[string]int{"model:x-1": 0, "model:x-2": strings.Count(c.metadata, "x-2"), "trace_id:t": 0, "span_id:s": strings.Count(c.metadata, "span_id")} {
				if list := a.list(url.Values{"Metadata": {filter}}); len(list) != want {
					a.Errorf("after PUT %s, Metadata=%s selects %v", c.sent, filter, list)
				}
			}
		}
	}},
	{"an Idempotency-Key is for one metadata and correction", func(a *api) {
		const body = `{"session_id":"demo","score":1,"metadata":{"a":"1","b":"2"},"correction":"c"}`
		first := a.ok(201, "POST", feedbacks, body, "Idempotency-Key", "k").body
		for _, same := range []string{body, `{"correction":"c","metadata":{"b":"2","a":"1"},"session_id":"demo","score":1.0}`} {
			if got := a.ok(201, "POST", feedbacks, same, "Idempotency-Key", "k").body; got != first {
				a.Errorf("%s was answered %s, want %s", same, got, first)
			}
		}
		for _, other := range []string{`"metadata":{"a":"1"},"correction":"c"`, `"metadata":{"a":"1","b":"3"},"correction":"c"`, `"metadata":{"a":"1","c":"2"},"correction":"c"`,
			`"correction":"c"`, `"metadata":{"a":"1","b":"2"}`, `"metadata":{"a":"1","b":"2"},"correction":"C"`} {
			a.fails(409, 20409, "Idempotency-Key", "POST", feedbacks, `{"session_id":"demo","score":1,`+other+`}`, "Idempotency-Key", "k")
		}
	}},
	{"metadata is not a visitor's", func(a *api) {
		const secret = `"metadata":{"trace_id":"secret"}`
		for caller, path := range map[string]string{"ann": onMessage, "ann on m": onMessage, "anonymous": onSession, "bob who may post": onSession} {
			b := a.as(caller)
			b.forbids("PUT", path, `{"score":1,`+secret+`}`)
			b.forbids("PUT", path, `{"score":1,"metadata":{"":""}}`) // not even by the rules
			b.absent("GET", path)
			b.forbids("POST", feedbacks, `{"session_id":"demo","message_id":"m","score":1,`+secret+`}`)
			if list := a.list(nil); len(list) != 0 {
				a.Fatalf("%s made %v", caller, list)
			}
		}
		ann := a.as("ann who may post")
		hidden := func(what string, got answer) record {
			a.Helper()
			if strings.Contains(got.body, "metadata") || strings.Contains(got.body, "secret") || !strings.Contains(got.body, `"correction":"better"`) {
				a.Errorf("%s shows ann %s", what, got.body)
			}
			return decode[record](a, got.body)
		}
		for _, none := range []string{``, `,"metadata":null`, `,"metadata":{}`} {
			posted := hidden("POST", ann.ok(201, "POST", feedbacks, `{"session_id":"demo","score":1,"correction":"better"`+none+`}`, "Idempotency-Key", "k"))
			if again := hidden("POST again", ann.ok(201, "POST", feedbacks, `{"session_id":"demo","score":1,"correction":"better"`+none+`}`, "Idempotency-Key", "k")); again.ID != posted.ID {
				a.Errorf("POST again made %+v of %+v", again, posted)
			}
			a.ok(201, "PUT", onMessage+"?UserId=ann", `{"score":1,"correction":"better",`+secret+`}`)
			hidden("the host's vote for her", ann.ok(200, "GET", onMessage, ""))
			if got := a.ok(200, "GET", onMessage+"?UserId=ann", "").body; !strings.Contains(got, secret) {
				a.Errorf("the host sees %s", got)
			}
			hidden("PUT", ann.ok(200, "PUT", onMessage, `{"score":1,"correction":"better"`+none+`}`))
			if got := a.ok(200, "GET", onMessage+"?UserId=ann", "").body; !strings.Contains(got, `"metadata":{},"correction":"better"`) {
				a.Errorf("the host sees %s", got)
			}
			ann.ok(204, "DELETE", onMessage, "")
			hidden("PUT", ann.ok(201, "PUT", onMessage, `{"score":1,"correction":"better"`+none+`}`))
			ann.ok(204, "DELETE", onMessage, "")
		}
	}},
	{"metadata and corrections are imported", func(a *api) {
		id := func(i string) string { return "aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb" + i }
		line := func(i, rest string) string {
			return fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1%s}`, id(i), rest) + "\n"
		}
		file := line("1", `,"metadata":{"b":"2","a":"=1"},"correction":"c"`) + line("2", `,"metadata":null,"correction":null`) + line("3", `,"vote":true,"correction":"d"`)
		a.takes(3, 0, file)
		a.takes(0, 3, file)
		got := a.ok(200, "GET", feedbacks+"?Order=asc", "").body
		for _, want := range []string{`"metadata":{"a":"=1","b":"2"},"correction":"c","created_at"`, `"metadata":{},"created_at"`, `"metadata":{},"correction":"d","vote":true`} {
			if !strings.Contains(got, want) {
				a.Errorf("the list is %s, want %s in it", got, want)
			}
		}
		for _, c := range []struct{ line, message string }{
			{line("1", `,"metadata":{"b":"2","a":"1"},"correction":"c"`), "id is that of another feedback"},
			{line("1", `,"metadata":{"b":"2","a":"=1"},"correction":"C"`), "id is that of another feedback"},
			{line("1", `,"metadata":{"b":"2","a":"=1"}`), "id is that of another feedback"},
			{line("4", `,"metadata":{"a":1}`), "metadata must be an object of strings, got a number in it"},
			{line("4", `,"metadata":{"a":"1","a":"2"}`), `metadata must not have "a" twice`},
			{line("4", `,"metadata":`+manyNames(17)), "metadata must have at most 16 names, got 17"},
			{line("4", `,"correction":"`+strings.Repeat("x", 10_001)+`"`), "correction must be at most 10000 characters, got 10001"},
			{line("4", `,"correction":"\u0000"`), "correction must not contain U+0000"},
		} {
			if got := a.imports(c.line); got.Failed != 1 || got.Errors[0].Message != c.message {
				a.Errorf("%.200s: %+v, want %s", c.line, got, c.message)
			}
		}
	}},
}
