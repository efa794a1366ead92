package httptests

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// scatter adds records of ann and others to assistants of two accounts, and returns
// ann's in the account as the API shows them: by assistant, newest first.
func (a *api) scatter() (anns []string) {
	a.Helper()
	for _, assistant := range []string{"B", "a", "a%2F%C3%A9", "empty", "z"} { // in byte order
		at := "/v1/Assistants/" + assistant
		var here []string
		for i, user := range []string{"ann", "bob", "ann", "", "ann2"} {
			if user == "ann" && assistant == "empty" {
				continue
			}
			body := fmt.Sprintf(`{"session_id":"s","user_id":%q,"score":0.5,"text":"=1+%d","tags":["of %[1]s"],"metadata":{"model":"of %[1]s"},"correction":"of %[1]s"}`, user, i)
			if one := a.ok(201, "POST", at+"/Feedbacks", body).body; user == "ann" {
				here = append(here, one)
			}
		}
		if assistant != "empty" {
			here = append(here, a.ok(201, "PUT", at+"/Sessions/demo/Feedback?UserId=ann", `{"score":1}`).body)
		}
		slices.Reverse(here)
		anns = append(anns, here...)
		a.as("other").ok(201, "PUT", at+"/Sessions/demo/Feedback?UserId=ann", `{"score":0}`)
	}
	return anns
}

var personCases = []testCase{
	{"one person's data is read in all assistants", func(a *api) {
		anns := a.scatter()
		got := a.ok(200, "GET", ofPerson+"?UserId=ann", "")
		if want := "[" + strings.Join(anns, ",") + "]"; got.body != want || got.header.Get("Content-Type") != "application/json" {
			a.Errorf("%v\n%s, want\n%s", got.header, got.body, want)
		}
		if got := a.ok(200, "GET", ofPerson+"?UserId=ann", "", "User-Agent", "twilio-node/6.0.2").body; got != "["+strings.Join(anns, ",")+"]" {
			a.Errorf("one of Twilio's libraries got %s", got)
		}
		if got := a.ok(200, "GET", ofPerson+"?UserId=nobody", "").body; got != "[]" {
			a.Errorf("nobody gave %s", got)
		}
		lines := a.ok(200, "GET", ofPerson+"?UserId=ann&Format=ndjson", "")
		if want := strings.Join(anns, "\n") + "\n"; lines.body != want || lines.header.Get("Content-Type") != ndjson ||
			lines.header.Get("Content-Disposition") != "attachment; filename=feedback-user-ann-2026-11-22.ndjson" {
			a.Errorf("%v\n%s, want\n%s", lines.header, lines.body, want)
		}
		sheet := a.ok(200, "GET", ofPerson+"?UserId=ann", "", "Accept", "text/csv")
		rows, err := csv.NewReader(strings.NewReader(sheet.body)).ReadAll()
		if err != nil || len(rows) != len(anns)+1 || rows[0][1] != "assistant_id" || sheet.header.Get("Content-Type") != csvType {
			a.Fatalf("%v %v %s", err, sheet.header, sheet.body)
		}
		for i, row := range rows[1:] {
			r := decode[struct {
				ID          string
				AssistantID string `json:"assistant_id"`
			}](a, anns[i])
			if row[0] != r.ID || row[1] != r.AssistantID {
				a.Errorf("row %d is %q, want %+v", i, row, r)
			}
		}
		for _, query := range []string{"", "&Format=csv", "&Format=ndjson"} {
			get, head := a.ok(200, "GET", ofPerson+"?UserId=ann"+query, ""), a.ok(200, "HEAD", ofPerson+"?UserId=ann"+query, "")
			if head.body != "" || head.header.Get("Content-Type") != get.header.Get("Content-Type") || head.header.Get("Content-Disposition") != get.header.Get("Content-Disposition") {
				a.Errorf("%s: HEAD %v %q, GET %v", query, head.header, head.body, get.header)
			}
		}
	}},
	{"one person's data is erased in all assistants", func(a *api) {
		anns := a.scatter()
		changes := len(a.changes)
		before := a.ok(200, "GET", ofPerson+"?UserId=bob", "").body
		if got := a.ok(200, "DELETE", ofPerson+"?UserId=ann", ""); got.body != fmt.Sprintf(`{"deleted":%d}`, len(anns)) || got.header.Get("Content-Type") != "application/json" {
			a.Errorf("DELETE answered %s %v, want %d", got.body, got.header, len(anns))
		}
		if got := a.ok(200, "GET", ofPerson+"?UserId=ann", "").body; got != "[]" {
			a.Errorf("what is left is %s", got)
		}
		for _, assistant := range []string{"B", "a", "z"} {
			at := "/v1/Assistants/" + assistant
			a.absent("GET", at+"/Sessions/demo/Feedback?UserId=ann")
			sum := decode[struct {
				Count int64
				Tags  map[string]int64
			}](a, a.ok(200, "GET", at+"/Feedbacks/Summary", "").body)
			if sum.Count != 3 || sum.Tags["of ann"] != 0 || sum.Tags["of bob"] != 1 {
				a.Errorf("%s still counts %+v", assistant, sum)
			}
			a.as("other").ok(200, "GET", at+"/Sessions/demo/Feedback?UserId=ann", "")
		}
		if after := a.ok(200, "GET", ofPerson+"?UserId=bob", "").body; after != before || len(a.changes) != changes {
			a.Errorf("bob's data was\n%s and is\n%s; OnChange was told of %d erasures, want none", before, after, len(a.changes)-changes)
		}
		if got := a.ok(200, "DELETE", ofPerson+"?UserId=ann", "").body; got != `{"deleted":0}` {
			a.Errorf("DELETE again answered %s, want 0", got)
		}
	}},
	{"one person's data takes a person, and nothing else", func(a *api) {
		anns := a.scatter()
		for query, message := range map[string]string{
			"": "UserId is required", "?": "UserId is required", "?Format=csv": "UserId is required",
			"?UserId=": "UserId must not be empty", "?UserId=ann&UserId=bob": "UserId must be given once", "?UserId=%00": "UserId must not contain control characters",
			"?userId=ann": `"userId" is not a parameter`, "?UserId=ann&SessionId=s": `"SessionId" is not a parameter`, "?UserId=ann&DateCreatedBefore=2026-01-01": `"DateCreatedBefore" is not a parameter`,
			"?UserId=ann&Order=asc": `"Order" is not a parameter`, "?UserId=ann&PageSize=5": `"PageSize" is not a parameter`, "?UserId=ann&Interval=day": `"Interval" is not a parameter`,
		} {
			if query != "?Format=csv" {
				a.fails(400, 20001, message, "DELETE", ofPerson+query, "")
			}
			a.fails(400, 20001, message, "GET", ofPerson+query, "")
			a.ok(400, "HEAD", ofPerson+query, "")
		}
		a.fails(400, 20001, `"Format" is not a parameter`, "DELETE", ofPerson+"?UserId=ann&Format=csv", "")
		for _, visitor := range []string{"ann", "bob", "anonymous", "ann who may post"} {
			for _, query := range []string{"", "?UserId=ann", "?UserId=ann&Format=csv"} {
				a.as(visitor).forbids("GET", ofPerson+query, "")
				a.as(visitor).forbids("DELETE", ofPerson+query, "")
			}
		}
		for _, method := range []string{"POST", "PUT", "PATCH"} {
			a.fails(405, 20004, "method not allowed", method, ofPerson+"?UserId=ann", "")
		}
		if got := a.do("PUT", ofPerson, "").header.Get("Allow"); got != "DELETE, GET, HEAD" {
			a.Errorf("Allow %q", got)
		}
		if got := a.ok(200, "GET", ofPerson+"?UserId=ann", "").body; got != "["+strings.Join(anns, ",")+"]" {
			a.Errorf("the records became %s", got)
		}
	}},
}
