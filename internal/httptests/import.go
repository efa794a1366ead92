package httptests

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// An imported is the answer to an import.
type imported struct {
	Created, Repeated, Failed int
	Errors                    []struct {
		Line    int
		Message string
	}
}

func (a *api) imports(file string) imported {
	a.Helper()
	return decode[imported](a, a.ok(200, "POST", feedbacks, file, "Content-Type", ndjson).body)
}

// takes imports a file in which nothing is wrong.
func (a *api) takes(created, repeated int, file string) {
	a.Helper()
	got := a.ok(200, "POST", feedbacks, file, "Content-Type", ndjson)
	if want := fmt.Sprintf(`{"created":%d,"repeated":%d,"failed":0,"errors":[]}`, created, repeated); got.body != want || got.header.Get("Content-Type") != "application/json" {
		a.Errorf("%s %v, want %s of\n%.1000s", got.body, got.header, want, file)
	}
}

// testTransfer takes records from one store to the next.
func testTransfer(apis ...*api) {
	a := apis[0]
	lines := a.some()
	a.at(noon.AddDate(0, 0, 1))
	for i := range 1500 { // more than one batch
		a.created(fmt.Sprintf(`{"session_id":"s%d","score":%g,"tags":["t%d"]}`, i%10, float64(i%11)/10, i%3))
	}
	files := map[string]string{}
	for _, query := range []string{"?Format=ndjson", "?Format=ndjson&Order=asc", "?Format=csv", ""} {
		files[query] = a.ok(200, "GET", feedbacks+query, "").body
	}
	summary := a.ok(200, "GET", summaries+"?Interval=day", "").body
	file := files["?Format=ndjson"]
	for _, b := range apis[1:] {
		b.at(noon)
		b.takes(len(lines)+1500, 0, file)
		for query, want := range files {
			if got := b.ok(200, "GET", feedbacks+query, "").body; got != want {
				b.Errorf("%q: %d bytes after the import, want %d: %.2000s", query, len(got), len(want), got)
			}
		}
		if got := b.ok(200, "GET", summaries+"?Interval=day", "").body; got != summary {
			b.Errorf("the summary is %s, want %s", got, summary)
		}
		if len(b.changes) != 0 {
			b.Errorf("OnChange was told of %d records", len(b.changes))
		}
		file = b.ok(200, "GET", feedbacks+"?Format=ndjson&Order=asc", "").body
		b.takes(0, len(lines)+1500, file)
		b.takes(0, len(lines)+1500, files["?Format=ndjson"])
		if got := b.ok(200, "GET", feedbacks+"?Format=csv", "").body; got != files["?Format=csv"] {
			b.Error("a repeated import changed something")
		}
	}
	a.takes(0, len(lines)+1500, file)          // into where it came from, whose Idempotency-Keys no file tells
	a.takes(0, len(lines)+1500, "\uFEFF"+file) // as an editor saves it
	a.takes(0, 0, "\n \n")
	a.takes(0, 0, "\uFEFF")
}

var importCases = []testCase{
	{"a vote that was imported is the person's", func(a *api) {
		id := store.NewID(noon)
		vote := fmt.Sprintf(`{"id":%q,"session_id":"demo","message_id":"m","user_id":"ann","score":0,"vote":true,"updated_at":"2026-11-22T13:00:00.5Z"}`, id)
		a.takes(1, 0, vote)
		got := a.as("ann").ok(200, "GET", onMessage, "").body
		if r := decode[record](a, got); r.ID != id || !r.Vote || !r.CreatedAt.Equal(noon) || !r.UpdatedAt.Equal(time.Date(2026, 11, 22, 13, 0, 0, 5e8, time.UTC)) {
			a.Errorf("ann's vote is %s", got)
		}
		a.at(noon.Add(2 * time.Hour))
		changed := a.as("ann").ok(200, "PUT", onMessage, `{"score":1}`).body
		a.takes(0, 1, vote) // the newer one stays
		if got := a.as("ann").ok(200, "GET", onMessage, "").body; got != changed {
			a.Errorf("ann's vote is %s, want %s", got, changed)
		}
		a.ok(204, "DELETE", onMessage+"?UserId=ann", "")
		a.as("ann").ok(201, "PUT", onMessage, `{"score":1}`)
		again := a.ok(200, "GET", onMessage+"?UserId=ann", "").body
		a.takes(0, 1, vote)
		a.takes(0, 2, vote+"\n"+vote)
		if list := a.ok(200, "GET", feedbacks, "").body; list != "["+again+"]" {
			a.Errorf("the list is %s, want %s", list, again)
		}
		a.ok(204, "DELETE", onMessage+"?UserId=ann", "")
		a.takes(1, 2, vote+"\n"+vote+"\n"+vote)
	}},
	{"of a person's votes in a file the first is taken", func(a *api) {
		var file strings.Builder
		for i := range 100 { // two each
			fmt.Fprintf(&file, `{"id":%q,"session_id":"s%d","score":%d,"vote":true}`+"\n", store.NewID(noon.Add(-time.Duration(i)*time.Second)), i/2, 1-i%2)
		}
		a.takes(50, 50, file.String())
		if list := a.list(url.Values{"MaxScore": {"0"}}); len(list) != 0 {
			a.Errorf("%d second votes were taken", len(list))
		}
	}},
	{"what Twilio's lists had is taken", func(a *api) {
		const twilios = `{"id":"aia_fdbk_1b671a64-40d5-491e-99b0-da01ff1f3341","assistant_id":"aia_asst_1","account_sid":"AC00000000000000000000000000000001","user_sid":"US0123456789abcdef0123456789abcdef",` +
			`"message_id":"","score":0.3,"session_id":"demo","text":"no","date_created":"2025-03-04T05:06:07Z","date_updated":"2025-03-04T05:06:08Z"}`
		const nodes = `{"assistantId":"aia_asst_1","id":"aia_fdbk_2","accountSid":"AC00000000000000000000000000000001","userSid":null,` +
			`"messageId":"m","score":1,"sessionId":"demo","text":"","dateCreated":"2025-03-04T05:06:07.000Z","dateUpdated":"2025-03-04T05:06:07.000Z"}`
		const seventh = `{"id":"aia_fdbk_0195000a-0000-7000-8000-000000000000","session_id":"demo","score":1,"date_created":"2025-03-04T05:06:07Z"}` // a UUIDv7 of another time
		file := twilios + "\r\n\n" + nodes + "\n \t\n" + seventh
		a.takes(3, 0, file)
		a.takes(0, 3, file)
		a.takes(0, 3, seventh+"\n"+nodes+"\n"+twilios+"\n")
		list := a.list(url.Values{"Order": {"asc"}})
		if len(list) != 3 {
			a.Fatalf("the list is %v", list)
		}
		for _, r := range list {
			if at, err := store.IDTime(r.ID); err != nil || !at.Equal(time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)) || !r.CreatedAt.Equal(at) || r.Vote {
				a.Errorf("%v %+v", err, r)
			}
		}
		first := list[slices.IndexFunc(list, func(r record) bool { return r.Text == "no" })]
		if first.UserID != "US0123456789abcdef0123456789abcdef" || first.Score != 0.3 || !first.UpdatedAt.Equal(time.Date(2025, 3, 4, 5, 6, 8, 0, time.UTC)) {
			a.Errorf("Twilio's is %+v", first)
		}
		second := list[slices.IndexFunc(list, func(r record) bool { return r.MessageID == "m" })]
		if second.SessionID != "demo" || second.UserID != "" || !second.UpdatedAt.Equal(second.CreatedAt) {
			a.Errorf("the object of twilio-node is %+v", second)
		}
		a.takes(0, 3, a.ok(200, "GET", feedbacks+"?Format=ndjson", "").body)
	}},
	{"a bad line costs no good one", func(a *api) {
		id := func(i int) string { return store.NewID(noon.Add(time.Duration(i) * time.Second)) }
		taken := id(0)
		a.takes(1, 0, fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1}`, taken))
		bad := []struct{ line, message string }{
			{`{`, "the line is not valid JSON"},
			{`x`, "the line is not valid JSON"},
			{`null`, "the line must be a JSON object"},
			{`[]`, "the line must be a JSON object"},
			{`{"id":"a","id":"b"}`, `the line must not have "id" twice`},
			{`{"Id":"a"}`, `"Id" is not a known field: a line has those of a feedback`},
			{`{"feedbacks":[]}`, `"feedbacks" is not a known field`},
			{`{"score":1,"session_id":"demo"}`, "id is required"},
			{`{"id":"x","score":1,"session_id":"demo"}`, "date_created is required"},
			{`{"id":"x","score":1,"session_id":"demo","date_created":"1969-12-31T23:59:59Z"}`, "date_created must be in the years 1970 to 9999"},
			{`{"id":"x","score":1,"session_id":"demo","date_created":"yesterday"}`, "date_created must be a time like"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo"}`, id(1)), "score is required"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":"1"}`, id(1)), "score must be a number"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1.5}`, id(1)), "score must be between 0 and 1"},
			{fmt.Sprintf(`{"id":%q,"score":1}`, id(1)), "session_id is required"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"tags":["a","a"]}`, id(1)), "tags must not repeat"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"tags":"a"}`, id(1)), "tags must be an array of strings"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"vote":1}`, id(1)), "vote must be true or false"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"text":1}`, id(1)), "text must be a string"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"text":%q}`, id(1), strings.Repeat("x", 10_001)), "text must be at most 10000 characters"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"text":%q}`, id(1), strings.Repeat("x", 256<<10)), "the line must be at most 262144 bytes"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"user_id":"a","user_sid":"b"}`, id(1)), "user_sid must be absent or the user_id"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"created_at":"2026-11-22T12:00:00Z"}`, id(1)), "created_at must be the time that the id carries, 2026-11-22T12:00:01.123456Z"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"account_sid":"AC00000000000000000000000000000002"}`, id(1)), "account_sid must be absent or your account"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"assistant_id":"aia_asst_2"}`, id(1)), "assistant_id must be absent or that of the path"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":0}`, taken), "id is that of another feedback"},
			{fmt.Sprintf(`{"id":%q,"session_id":"demo","score":1,"vote":true}`, taken), "id is that of another feedback"},
		}
		var file strings.Builder
		for i, b := range bad {
			fmt.Fprintf(&file, "%s\n\n{\"id\":%q,\"session_id\":\"good\",\"score\":1}\n", b.line, id(100+i))
		}
		got := a.imports(file.String())
		if got.Created != len(bad) || got.Repeated != 0 || got.Failed != len(bad) || len(got.Errors) != len(bad) {
			a.Fatalf("%+v, want %d each", got, len(bad))
		}
		for i, e := range got.Errors {
			if e.Line != 3*i+1 || !strings.Contains(e.Message, bad[i].message) {
				a.Errorf("%.100s is error %+v, want line %d: %s", bad[i].line, e, 3*i+1, bad[i].message)
			}
		}
		if list := a.list(nil); len(list) != len(bad)+1 {
			a.Errorf("%d records, want %d", len(list), len(bad)+1)
		}
		if got := a.imports(strings.Repeat("x\n", 2500)); got.Failed != 2500 || len(got.Errors) != 100 || got.Errors[99].Line != 100 {
			a.Errorf("%d failed with %d errors, want the first hundred of 2500", got.Failed, len(got.Errors))
		}
	}},
	{"an import is for full access", func(a *api) {
		line := fmt.Sprintf(`{"id":%q,"session_id":"demo","user_id":"ann","score":1}`, store.NewID(noon))
		for _, caller := range []string{"ann", "anonymous", "elsewhere"} {
			a.as(caller).fails(403, 20403, "does not allow", "POST", feedbacks, line, "Content-Type", ndjson)
		}
		a.as("nobody").fails(401, 20003, "credentials", "POST", feedbacks, line, "Content-Type", ndjson)
		a.fails(400, 20001, `"Format" is not a parameter`, "POST", feedbacks+"?Format=ndjson", line, "Content-Type", ndjson)
		a.fails(415, 20001, "Content-Encoding", "POST", feedbacks, line, "Content-Type", ndjson, "Content-Encoding", "gzip")
		a.fails(415, 20001, "Content-Type", "POST", feedbacks, line, "Content-Type", ndjson+"; charset=latin1")
		a.fails(415, 20001, "Content-Type", "POST", feedbacks, line, "Content-Type", "text/csv")
		a.fails(415, 20001, "Content-Type", "PUT", onMessage, line, "Content-Type", ndjson)
		if list := a.list(nil); len(list) != 0 {
			a.Errorf("the list is %v", list)
		}
		a.takes(1, 0, line)
		a.as("other").takes(1, 0, line) // the same id is another record there
		if list := a.as("other").list(nil); len(list) != 1 {
			a.Errorf("the other account's list is %v", list)
		}
		a.ok(200, "POST", feedbacks, line, "Content-Type", "Application/X-NDJSON; charset=UTF-8")
		a.ok(200, "POST", feedbacks, line, "Content-Type", ndjson+"; charset=utf8")
	}},
}
