package console_test

import (
	"fmt"
	"html"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestFiltersSelectWhatTheStoreDoes(t *testing.T) {
	st, fs := memoryWith(t, 60)
	b := open(t, st)
	start, middle := now.Add(-59*time.Minute), now.Add(-30*time.Minute)
	choices := map[string][]struct {
		value string
		set   func(*store.Filter)
	}{
		"SessionId":         {{"session 3", func(f *store.Filter) { f.SessionID = "session 3" }}, {"none", func(f *store.Filter) { f.SessionID = "none" }}},
		"MessageId":         {{"message 4", func(f *store.Filter) { f.MessageID = "message 4" }}},
		"UserId":            {{"user 1", func(f *store.Filter) { f.UserID = "user 1" }}},
		"Tag":               {{"late", func(f *store.Filter) { f.Tag = "late" }}, {"tag 2", func(f *store.Filter) { f.Tag = "tag 2" }}},
		"Text":              {{"Late", func(f *store.Filter) { f.Text = "Late" }}, {"E", func(f *store.Filter) { f.Text = "E" }}, {"none", func(f *store.Filter) { f.Text = "none" }}},
		"MinScore":          {{"0.5", func(f *store.Filter) { f.MinScore = new(.5) }}, {"75%", func(f *store.Filter) { f.MinScore = new(.75) }}, {" 50.0 %", func(f *store.Filter) { f.MinScore = new(.5) }}},
		"MaxScore":          {{"0.499999", func(f *store.Filter) { f.MaxScore = new(.499999) }}, {"25%", func(f *store.Filter) { f.MaxScore = new(.25) }}},
		"HasText":           {{"true", func(f *store.Filter) { f.HasText = new(true) }}, {"false", func(f *store.Filter) { f.HasText = new(false) }}},
		"HasCorrection":     {{"true", func(f *store.Filter) { f.HasCorrection = new(true) }}, {"false", func(f *store.Filter) { f.HasCorrection = new(false) }}},
		"Handled":           {{"true", func(f *store.Filter) { f.Handled = new(true) }}, {"false", func(f *store.Filter) { f.Handled = new(false) }}},
		"Waiting":           {{"true", func(f *store.Filter) { f.Waiting = new(true) }}, {"false", func(f *store.Filter) { f.Waiting = new(false) }}},
		"Metadata":          {{"model:m:4", func(f *store.Filter) { f.Metadata = store.Pair{Name: "model", Value: "m:4"} }}, {"model:m", func(f *store.Filter) { f.Metadata = store.Pair{Name: "model", Value: "m"} }}},
		"DateCreatedAfter":  {{middle.Format(time.RFC3339Nano), func(f *store.Filter) { f.CreatedAfter = middle }}, {"2026-11-22", func(f *store.Filter) { f.CreatedAfter = store.Day.Start(now) }}},
		"DateCreatedBefore": {{"2026-11-22T12:00:30+02:00", func(f *store.Filter) { f.CreatedBefore = now.Add(-20 * time.Minute) }}, {"2026-11-22", func(f *store.Filter) { f.CreatedBefore = store.Day.Start(start) }}},
	}
	rnd := rand.New(rand.NewSource(1))
	for range 40 {
		var f store.Filter
		var params []string
		for name, values := range choices {
			if rnd.Intn(5) == 0 {
				c := values[rnd.Intn(len(values))]
				c.set(&f)
				params = append(params, name, c.value)
			} else if rnd.Intn(3) == 0 {
				params = append(params, name, "") // as forms send it
			}
		}
		var want []string
		for _, r := range slices.Backward(fs) {
			if f.Match(r) {
				want = append(want, r.ID)
			}
		}
		var got []string
		path := at("feedback", params...)
		for next := path; next != ""; {
			p := b.is(200, next)
			got = append(got, p.records()...)
			if next = p.link("Older"); len(want) == 0 && !strings.Contains(p.text(), "No feedback matches") {
				t.Errorf("%s: nothing says that nothing matches", path)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d records, want %d", path, len(got), len(want))
		}
	}
}

// TestEveryFilterOfTheAPIIsInTheForm has no filter added to the API that the form
// has no field for, or that a page, a link or a download loses.
func TestEveryFilterOfTheAPIIsInTheForm(t *testing.T) {
	st, _ := memoryWith(t, 30)
	b := open(t, st)
	values := map[params.Kind]string{params.ID: "user 1", params.Tag: "late", params.Score: "0.75", params.Bool: "true", params.Pair: "model:m:4", params.Words: "late again", params.Time: "2026-11-22T10:00:00Z"}
	for _, filter := range params.Filters {
		value := values[filter.Kind]
		var want params.Values
		if err := filter.Set(&want, value); err != nil {
			t.Fatalf("%s: %v; this test needs a value of the kind %s", filter.Name, err, filter.Kind)
		}
		p := b.is(200, at("feedback", filter.Name, value), "1 set")
		if n := strings.Count(p.body, ` name="`+filter.Name+`"`); n != 1 || !strings.Contains(p.body, `<label for="`+filter.Name+`">`) {
			t.Errorf("%s: %d fields, or no label", filter.Name, n)
		}
		if chip := (page{body: between(p.body, `<span class="chip">`, `<a`)}).text(); !strings.HasPrefix(strings.TrimSpace(chip), filter.Title+" ") {
			t.Errorf("%s: the chip says %q", filter.Name, chip)
		}
		if got, want := html.UnescapeString(between(p.body, `<span class="chip">`, `" aria-label`)), `href="`+at("feedback"); !strings.HasSuffix(got, want) {
			t.Errorf("%s: the chip's link is in %s, want %s", filter.Name, got, want)
		}
		for page, link := range map[string]string{"summary": "Summary", "compare": "Compare", "export": "NDJSON"} {
			extra := map[string][]string{"export": {"Format", "ndjson"}}[page]
			if got := p.link(link); len(p.records()) > 0 && got != at(page, append(extra, filter.Name, value)...) {
				t.Errorf("%s: %s leads to %s", filter.Name, link, got)
			}
		}
		var ids []string
		for f, err := range store.All(t.Context(), st, store.Scope{Account: accountA, Assistant: assistant}, store.Query{Filter: want.Filter}) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, f.ID)
		}
		if got := p.records(); !slices.Equal(got, ids[:min(25, len(ids))]) {
			t.Errorf("%s=%s: %d records, want %d", filter.Name, value, len(got), len(ids))
		}
		lines := b.is(200, at("export", "Format", "ndjson", filter.Name, value)).body
		if got := strings.Count(lines, "\n"); got != len(ids) {
			t.Errorf("%s=%s: a download has %d records, want %d", filter.Name, value, got, len(ids))
		}
	}
}

func TestTheFormKeepsWhatIsSet(t *testing.T) {
	st, _ := memoryWith(t, 5)
	b := open(t, st)
	p := b.is(200, at("feedback", "MinScore", "0.1", "MaxScore", "99.95%", "HasText", "true", "Tag", "late", "SessionId", "a b", "DateCreatedAfter", "2026-11-01", "DateCreatedBefore", "2026-12-01T00:00:01Z", "HasCorrection", "false", "Metadata", "model:m:0"),
		"9 set", "Correction without", "Metadata model:m:0", "Score 10% or more", "Score 99.95% or less", "Note with", "Tag late", "Session a b", "From 1 Nov 2026", "Before 1 Dec 2026, 00:00:01 UTC", "No feedback matches")
	for _, part := range []string{`name="MinScore" type="text" value="10%"`, `name="MaxScore" type="text" value="99.95%"`, `<option value="true" selected>With a note`, `<option value="false" selected>Without a correction`, `name="Metadata" type="text" value="model:m:0"`, `name="SessionId" type="text" value="a b"`,
		`name="DateCreatedAfter" type="date" value="2026-11-01"`, `name="DateCreatedBefore" type="text" value="2026-12-01T00:00:01Z"`, `name="Assistant" value="aia_asst_1"`} {
		if !strings.Contains(p.body, part) {
			t.Errorf("no %s", part)
		}
	}
	if p.link("clear all filters") != at("feedback") {
		t.Errorf("clearing leads to %s", p.link("clear all filters"))
	}
	if got := b.get(at("feedback", "Tag", "late", "HasText", "true")).link("Summary"); got != at("summary", "Tag", "late", "HasText", "true") {
		t.Errorf("the summary of these is %s", got)
	}
	for name, want := range map[string]string{"Positive": "Score above 50%", "Negative": "Score below 50%", "With a correction": "Correction with"} {
		p := b.is(200, b.get(at("feedback")).link(name), want)
		if !strings.Contains(p.body, `aria-current="true">`+name+`<`) {
			t.Errorf("%s is not marked", name)
		}
	}
}

func TestBadFiltersAreSaidBesideTheField(t *testing.T) {
	st, _ := memoryWith(t, 5)
	b := open(t, st)
	for name, values := range map[string][]string{
		"MinScore": {"2", "101%", "-1", "x", "1e-3%", "0x1p-2", ".", "%", "NaN", "1_0"}, "MaxScore": {"1.1"}, "HasText": {"yes"}, "HasCorrection": {"1"},
		"Metadata": {"model", "model:", ":x", "a b:x", "model:" + strings.Repeat("x", 501), "model:\x00"},
		"Tag":      {strings.Repeat("x", 65), "\x00"}, "SessionId": {strings.Repeat("x", 256)}, "MessageId": {"\n"}, "UserId": {"\xff"},
		"DateCreatedAfter": {"yesterday", "2026-13-01", "0000-01-01", "2026-11-22T10:20"}, "DateCreatedBefore": {"22.11.2026"},
	} {
		for _, value := range values {
			for _, page := range []string{"feedback", "summary", "compare"} {
				p := b.is(400, at(page, name, value, "Tag", "late", name, value), "1 of the filters cannot be used", "This must ")
				if strings.Contains(p.text(), ", got ") || strings.Contains(p.text(), "%2B") {
					t.Errorf("%s %s=%q: the page says what the field shows, or what is for URLs: %s", page, name, value, p.text())
				}
				if !strings.Contains(p.body, `aria-describedby="`+name+`-error"`) || !strings.Contains(p.body, `id="`+name+`-error"`) || len(p.records()) > 0 {
					t.Errorf("%s %s=%q: the message is not beside the field", page, name, value)
				}
			}
			b.is(400, at("export", "Format", "csv", name, value), "1 of the filters cannot be used")
		}
	}
	b.is(400, at("feedback", "Metadata", "a b:x"), "This must have names of 1 to 64 letters, digits and _.-")
	b.is(400, at("feedback", "MinScore", "101%"), "This must be between 0% and 100%, or between 0 and 1")
	b.is(400, at("feedback", "DateCreatedAfter", "22.11."), "This must be a time like 2026-11-22T10:20:30Z, or a date like 2026-11-22")
	b.is(400, at("summary", "Interval", "year"), "This must be hour, day, week or month")
	b.is(400, at("compare", "Compare", strings.Repeat("x", 65)), "This must be at most 64 characters")
	b.is(400, at("feedback")+"&%zz", "address is damaged")
	for _, assistant := range []string{"", "%00", "%ff", strings.Repeat("x", 256)} {
		for _, page := range []string{"feedback", "summary", "compare", "export", "record"} {
			b.is(404, page+"?Assistant="+assistant, "Nothing is here")
		}
	}
}

func TestScoresGoThroughTheFormUnchanged(t *testing.T) {
	b := open(t, memory.New())
	for _, score := range []string{"0", "1", "0.1", "0.07", "0.005", "0.499999", "0.500001", "0.3333333333333333", "0.0000001", "0.29", "0.57", "0.58"} {
		p := b.get(at("feedback", "MinScore", score))
		_, rest, _ := strings.Cut(p.body, `name="MinScore" type="text" value="`)
		shown, _, _ := strings.Cut(rest, `"`)
		again := b.get(at("feedback", "MinScore", shown))
		if !strings.HasSuffix(shown, "%") || !strings.Contains(again.link("Summary"), "MinScore="+score) {
			t.Errorf("%s is shown as %s, which leads to %s", score, shown, again.link("Summary"))
		}
	}
}

func TestEmptyStatesSayWhatToDo(t *testing.T) {
	st := memory.New()
	b := open(t, st)
	command := fmt.Sprintf(`curl -X POST -H 'Content-Type:application/json' \ '%sv1/Assistants/%%s/Feedbacks' \ -d '{"session_id":"demo", "score": 1, "text": "problem resolved" }' \ -u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`, b.url)
	b.is(200, "./", "No feedback yet", fmt.Sprintf(command, "aia_asst_demo"))
	b.is(200, "feedback?Assistant=a%2Fb%27", "No feedback yet", fmt.Sprintf(command, "a%2Fb%27"))
	b.is(200, at("summary"), "No feedback yet")
	b.is(200, at("summary", "Tag", "x"), "No feedback matches")
}
