package httptests

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// some adds records with something in every field, and returns them newest
// first, each as the API shows it.
func (a *api) some() []string {
	a.Helper()
	for i, body := range []string{
		`{"session_id":"demo","score":1}`,
		`{"session_id":"=1+1","message_id":"a,\"b\"","user_id":"US0123456789abcdef0123456789abcdef","score":0.123456789,"text":"one\r\ntwo 😀 <&> \u2028","tags":["b;c","=d"],"metadata":{"model":"=x","a.b":"\"é,\r\n"},"correction":"=1+1;\n\"2\""}`,
		`{"session_id":"demo","message_id":"m","user_id":"bob","score":1e-9,"text":" ","correction":" "}`,
	} {
		a.created(body, "Idempotency-Key", fmt.Sprint(i))
	}
	a.ok(201, "PUT", onMessage+"?UserId=ann", `{"score":0,"text":"no","tags":["a"],"metadata":{"model":"x-1"}}`)
	a.ok(201, "PUT", onSession, `{"score":0.5}`)
	a.ok(200, "PUT", onMessage+"?UserId=ann", `{"score":1,"text":"yes","tags":["a"],"metadata":{"model":"x-2","trace_id":"t"},"correction":"+1"}`)
	a.as("ann with a stamp").ok(201, "PUT", onSession, `{"score":1,"tags":["a"]}`)
	var lines []string
	for _, r := range a.list(nil) {
		lines = append(lines, a.ok(200, "GET", feedbacks+"/"+r.ID, "").body)
	}
	return lines
}

const ndjson, csvType = "application/x-ndjson", "text/csv; charset=utf-8; header=present"

var exportCases = []testCase{
	{"an export has every record as the API shows it", func(a *api) {
		lines := a.some()
		want := strings.Join(lines, "\n") + "\n"
		got := a.ok(200, "GET", feedbacks+"?Format=ndjson", "")
		if got.body != want || got.header.Get("Content-Type") != ndjson {
			a.Errorf("%v\n%swant\n%s", got.header, got.body, want)
		}
		if name := got.header.Get("Content-Disposition"); name != "attachment; filename=feedback-aia_asst_1-2026-11-22.ndjson" {
			a.Errorf("the file is an %s", name)
		}
		slices.Reverse(lines)
		if got := a.ok(200, "GET", feedbacks+"?Format=ndjson&Order=asc", "").body; got != strings.Join(lines, "\n")+"\n" {
			a.Errorf("ascending:\n%s", got)
		}
		sheet := a.ok(200, "GET", feedbacks+"?Format=csv", "")
		text, marked := strings.CutPrefix(sheet.body, "\uFEFF")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !marked || len(rows) != len(lines)+1 || rows[0][0] != "id" || sheet.header.Get("Content-Type") != csvType ||
			sheet.header.Get("Content-Disposition") != "attachment; filename=feedback-aia_asst_1-2026-11-22.csv" {
			a.Fatalf("%v %v %s", err, sheet.header, sheet.body)
		}
		if got := a.ok(200, "GET", feedbacks, "", "Accept", "text/csv").body; got != text { // a program's
			a.Errorf("by Accept: %s\nwant %s", got, text)
		}
		for i, row := range rows[1:] {
			r := decode[record](a, lines[len(lines)-1-i])
			stamped := ""
			if len(r.Stamped.Tags) > 0 {
				stamped = `{"tags":["b b","secret:1"],"metadata":["trace_id"]}`
			}
			if row[0] != r.ID || row[11] != stamped || strings.TrimPrefix(row[3], "'") != r.SessionID || row[13] != fmt.Sprint(r.Vote) || strings.TrimPrefix(row[10], "'") != r.Correction ||
				fmt.Sprint(decode[map[string]string](a, row[9])) != fmt.Sprint(r.Metadata) {
				a.Errorf("%q, want %+v", row, r)
			}
		}
	}},
	{"an export has what the filters select", func(a *api) {
		a.some()
		for _, query := range []string{"SessionId=demo", "MessageId=m", "UserId=ann", "Tag=a", "MinScore=0.5", "MaxScore=0.5&Order=asc", "HasText=true", "HasCorrection=true", "HasCorrection=false&Order=asc", "Metadata=model:x-2", "Metadata=model%3A%3Dx", "Metadata=model:none", "DateCreatedAfter=2026-11-23", "DateCreatedBefore=2026-11-23", "UserId=nobody"} {
			list := decode[[]record](a, a.ok(200, "GET", feedbacks+"?"+query, "").body)
			var got []string
			for line := range strings.Lines(a.ok(200, "GET", feedbacks+"?Format=ndjson&"+query, "").body) {
				got = append(got, decode[record](a, line).ID)
			}
			if !slices.Equal(got, idsOf(list)) {
				a.Errorf("%s selects %v, want %v", query, got, idsOf(list))
			}
			sheet := a.ok(200, "GET", feedbacks+"?Format=csv&"+query, "").body
			if rows, err := csv.NewReader(strings.NewReader(sheet)).ReadAll(); err != nil || len(rows) != len(list)+1 {
				a.Errorf("%s: %v %q, want %d rows", query, err, sheet, len(list))
			}
		}
		if got := a.as("other").ok(200, "GET", feedbacks+"?Format=ndjson", ""); got.body != "" || got.header.Get("Content-Type") != ndjson {
			a.Errorf("the other account exports %v %q", got.header, got.body)
		}
		a.as("ann").forbids("GET", feedbacks+"?Format=csv", "")
	}},
	{"the format is by Format or Accept", func(a *api) {
		a.created(`{"session_id":"demo","score":1}`)
		const plain = "application/json"
		for _, c := range []struct{ query, accept, want string }{
			{"", "text/csv", csvType},
			{"", "application/x-ndjson", ndjson},
			{"", "Application/X-NDJSON ; q=0.5", ndjson},
			{"", "text/csv;q=0.5, application/x-ndjson", ndjson},
			{"", "text/csv, */*;q=0.1", csvType},
			{"", "text/csv;q=0", plain},
			{"", "text/csv;q=x", plain},
			{"", "application/json, text/csv", plain},
			{"", "text/html,application/xhtml+xml,*/*;q=0.8", plain},
			{"", "text/plain", plain},
			{"", "", plain},
			{"?Format=csv", "application/json", csvType},
			{"?Format=ndjson", "text/csv", ndjson},
		} {
			got := a.ok(200, "GET", feedbacks+c.query, "", "Accept", c.accept).header
			head := a.ok(200, "HEAD", feedbacks+c.query, "", "Accept", c.accept)
			if got.Get("Content-Type") != c.want || (got.Get("Content-Disposition") != "") != (c.want != plain) || got.Get("Vary") != "Accept, User-Agent" {
				a.Errorf("%+v: %v", c, got)
			}
			if head.header.Get("Content-Type") != c.want || head.header.Get("Content-Disposition") != got.Get("Content-Disposition") || head.body != "" {
				a.Errorf("%+v: HEAD %v, GET %v", c, head.header, got)
			}
		}
		if got := a.ok(200, "GET", feedbacks+"?Format=csv", "", "User-Agent", "twilio-node/6.0.2").header.Get("Content-Type"); got != csvType {
			a.Errorf("a library got %s", got)
		}
		for query, message := range map[string]string{
			"?Format=xls": `Format must be csv, ndjson, kto, dpo or promptfoo, got "xls"`, "?Format=CSV": "Format must be", "?Format=kto": `Format must be csv or ndjson here, got "kto"`, "?Format=json": "Format must be", "?Format=": "Format must not be empty", "?Format=csv&Format=csv": "Format must be given once",
			"?Format=csv&PageSize=5": "PageSize must be absent", "?Format=ndjson&Page=0": "Page must be absent", "?Format=csv&PageToken=" + url.QueryEscape("x"): "PageToken must be absent",
			"?Format=csv&MinScore=2": "MinScore", "?Format=csv&Order=up": "Order", "?Format=csv&format=csv": `"format" is not a parameter`,
		} {
			a.fails(400, 20001, message, "GET", feedbacks+query, "")
		}
		a.fails(400, 20001, "PageSize must be absent", "GET", feedbacks+"?PageSize=5", "", "Accept", "text/csv")
		a.fails(400, 20001, `"Format" is not a parameter`, "GET", summaries+"?Format=csv", "")
		a.fails(400, 20001, `"Format" is not a parameter`, "DELETE", feedbacks+"?UserId=ann&Format=csv", "")
	}},
}
