package httptests

import "fmt"

// rated is what the API says of records of score 1 and 0.
func rated(positive, negative int, tags string) string {
	return fmt.Sprintf(`"count":%d,"mean_score":%v,"positive":%d,"negative":%d,"with_text":0,"histogram":[%d,0,0,0,0,0,0,0,0,%d],"tags":{%s},"tags_complete":true`,
		positive+negative, float64(positive*1e6)/float64(positive+negative)/1e6, positive, negative, negative, positive, tags)
}

var comparisonCases = []testCase{
	{"a comparison in every byte", func(a *api) {
		is := func(query, want string) {
			a.Helper()
			if got := a.ok(200, "GET", summaries+query, "").body; got != want {
				a.Errorf("GET %s is\n%s, want\n%s", query, got, want)
			}
		}
		a.created(`{"session_id":"demo","score":1,"tags":["prompt:1","x"]}`)
		a.created(`{"session_id":"demo","score":1,"tags":["prompt:1"]}`)
		a.at(noon.AddDate(0, 0, 2))
		a.created(`{"session_id":"demo","score":0,"tags":["prompt:1"]}`)
		a.created(`{"session_id":"demo","score":0.5,"tags":["prompt:\u00e9"]}`)
		a.at(noon.AddDate(0, 0, 3))
		a.created(`{"session_id":"demo","score":1,"tags":["prompt"]}`)
		const all = `{"count":5,"mean_score":0.7,"positive":3,"negative":1,"with_text":0,"histogram":[1,0,0,0,0,1,0,0,0,3],"tags":{"prompt:1":3,"prompt":1,"prompt:é":1,"x":1},"tags_complete":true`
		const one = `{"tag":"prompt:1","count":3,"mean_score":0.6666666666666666,"positive":2,"negative":1,"positive_share":0.666667,` +
			`"low":0.20766,"high":0.938508,"first_day":"2026-11-22","last_day":"2026-11-24","complete":true}`
		const neutral = `{"tag":"prompt:é","count":1,"mean_score":0.5,"positive":0,"negative":0,"positive_share":null,"low":null,"high":null,"first_day":"2026-11-24","last_day":"2026-11-24","complete":true}`
		is("?Compare=prompt:", all+`,"comparison":[`+one+`,`+neutral+`]}`)
		is("?Compare=none", all+`,"comparison":[]}`)
		is("?Compare=prompt:1&Tag=x", `{"count":1,"mean_score":1,"positive":1,"negative":0,"with_text":0,"histogram":[0,0,0,0,0,0,0,0,0,1],"tags":{"x":1},"tags_complete":true,`+
			`"comparison":[{"tag":"prompt:1","count":1,"mean_score":1,"positive":1,"negative":0,"positive_share":1,"low":0.206549,"high":1,`+
			`"first_day":"2026-11-22","last_day":"2026-11-22","complete":true}]}`)
		a.fails(400, 20001, "Compare must be at most 64 characters each, got 65", "GET", summaries+fmt.Sprintf("?Compare=%065d", 0), "")
		a.fails(400, 20001, "Compare must not be empty", "GET", summaries+"?Compare=", "")
	}},
	{"the span before in every byte", func(a *api) {
		is := func(query, want string) {
			a.Helper()
			if got := a.ok(200, "GET", summaries+query, "").body; got != want {
				a.Errorf("GET %s is\n%s, want\n%s", query, got, want)
			}
		}
		for i, score := range "1111000110" {
			a.at(noon.AddDate(0, 0, i/7))
			a.created(fmt.Sprintf(`{"session_id":"demo","score":%c,"tags":["v:1"]}`, score))
		}
		const change = `"change":{"difference":0.095238,"low":-0.43747,"high":0.515856}`
		is("?DateCreatedAfter=2026-11-23&DateCreatedBefore=2026-11-24&Previous=true", "{"+rated(2, 1, `"v:1":3`)+`,"previous":{`+rated(4, 3, `"v:1":7`)+`},`+change+`}`)
		is("?DateCreatedAfter=2026-11-23T12:00:00Z&DateCreatedBefore=2026-11-24T12:00:00Z&Previous=true", "{"+rated(2, 1, `"v:1":3`)+`,"previous":{`+rated(4, 3, `"v:1":7`)+`},`+change+`}`)
		is("?DateCreatedAfter=2026-11-23&DateCreatedBefore=2026-11-24&Previous=false", "{"+rated(2, 1, `"v:1":3`)+`}`)
		const none = `{"count":0,"mean_score":null,"positive":0,"negative":0,"with_text":0,"histogram":[0,0,0,0,0,0,0,0,0,0],"tags":{},"tags_complete":true`
		is("?DateCreatedAfter=2026-11-22&DateCreatedBefore=2026-11-23&Previous=true", "{"+rated(4, 3, `"v:1":7`)+`,"previous":`+none+`},"change":null}`)
		is("?DateCreatedAfter=1970-01-01&DateCreatedBefore=2026-11-23&Previous=true", "{"+rated(4, 3, `"v:1":7`)+`,"previous":`+none+`},"change":null}`)
		is("?DateCreatedAfter=2026-11-24&DateCreatedBefore=9999-12-31&Previous=true", none+`,"previous":{`+rated(6, 4, `"v:1":10`)+`},"change":null}`)
		for _, query := range []string{"", "DateCreatedAfter=2026-11-23&", "DateCreatedBefore=2026-11-23&", "DateCreatedAfter=2026-11-23&DateCreatedBefore=2026-11-23&"} {
			a.fails(400, 20001, "Previous needs DateCreatedAfter and, later than that, DateCreatedBefore", "GET", summaries+"?"+query+"Previous=true", "")
		}
		a.fails(400, 20001, "Previous must be true or false", "GET", summaries+"?Previous=yes", "")
	}},
}
