package console

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
)

// A line is a record in a download.
type line struct {
	ID          string    `json:"id"`
	AssistantID string    `json:"assistant_id"`
	AccountSID  string    `json:"account_sid"`
	SessionID   string    `json:"session_id"`
	MessageID   string    `json:"message_id"`
	UserID      string    `json:"user_id"`
	Score       float64   `json:"score"`
	Text        string    `json:"text"`
	Tags        []string  `json:"tags"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func lineOf(f store.Feedback) line {
	return line{f.ID, f.Scope.Assistant, f.Scope.Account, f.SessionID, f.MessageID, f.UserID, f.Score, f.Text, f.Tags, f.CreatedAt(), f.UpdatedAt.UTC()}
}

// compare fails the test for the first line that is not as it should be.
func compare(t *testing.T, file string, got, want []line) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || fmt.Sprintf("%+v", got[i]) != fmt.Sprintf("%+v", want[i]) {
			t.Errorf("%s: line %d of %d is %+v, want that of %d, %+v", file, i, len(got), got[i:min(i+1, len(got))], len(want), want[i:min(i+1, len(want))])
			return
		}
	}
}

// download returns the type and the text of what the link to a format leads to.
func download(t *testing.T, p *browser.Page, format string) (contentType, text string) {
	t.Helper()
	got := browser.Eval[[]string](p, `fetch([...document.querySelectorAll(".downloads a")].find((a) => a.textContent === `+quote(format)+`).href)
		.then(async (r) => [r.headers.get("Content-Type"), r.headers.get("Content-Disposition"), await r.text()])`)
	if want := "attachment; filename=feedback-aia_asst_1-2026-11-22." + strings.ToLower(format); got[1] != want {
		t.Errorf("it is saved as %s, want %s", got[1], want)
	}
	return got[0], got[2]
}

// readCSV returns the lines of a CSV file. An apostrophe keeps a spreadsheet from
// running a cell.
func readCSV(t *testing.T, text string) (lines []line) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		cell := func(name string) string {
			v := row[slices.Index(rows[0], name)]
			if rest, ok := strings.CutPrefix(v, "'"); ok && strings.ContainsAny(rest[:1], "=+-@") {
				return rest
			}
			return v
		}
		score, _ := strconv.ParseFloat(cell("score"), 64)
		created, _ := time.Parse(time.RFC3339Nano, cell("created_at"))
		updated, _ := time.Parse(time.RFC3339Nano, cell("updated_at"))
		f := store.Feedback{
			Scope: store.Scope{Account: cell("account_sid"), Assistant: cell("assistant_id")}, ID: cell("id"), SessionID: cell("session_id"),
			MessageID: cell("message_id"), UserID: cell("user_id"), Score: score, Text: cell("text"), UpdatedAt: updated,
		}
		if tags := cell("tags"); tags != "" {
			f.Tags = strings.Split(tags, ";")
		}
		if !created.Equal(f.CreatedAt()) {
			t.Errorf("%s was created at %s", f.ID, cell("created_at"))
		}
		lines = append(lines, lineOf(f))
	}
	return lines
}

func readNDJSON(t *testing.T, text string) (lines []line) {
	t.Helper()
	for row := range strings.Lines(text) {
		var l line
		if err := json.Unmarshal([]byte(row), &l); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestDownloadsHaveWhatTheFilterSelects(t *testing.T) {
	onEveryStore(t, testDownloadsHaveWhatTheFilterSelects)
}

func testDownloadsHaveWhatTheFilterSelects(t *testing.T, st store.Store) {
	addMany(t, st, 60)
	add(t, st, store.Feedback{ID: store.NewID(now.Add(time.Second)), UserID: "@דנה", Text: "=1+1\nsecond, \"line\"\n", Tags: []string{"late", "א"}, Score: .123456})
	s := serve(t, st)
	p := browser.New(t)
	half, text := .499999, true
	for _, test := range []struct {
		params []string
		filter store.Filter
	}{
		{nil, store.Filter{}},
		{[]string{"Tag", "late"}, store.Filter{Tag: "late"}},
		{[]string{"MaxScore", "0.499999", "HasText", "true", "DateCreatedAfter", "2026-11-17"}, store.Filter{MaxScore: &half, HasText: &text, CreatedAfter: time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC)}},
	} {
		var want []line
		for f, err := range store.All(t.Context(), st, scope, store.Query{Filter: test.filter}) {
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, lineOf(f))
		}
		p.Open(s.at("feedback", test.params...))
		contentType, file := download(t, p, "CSV")
		compare(t, fmt.Sprint("CSV ", test.params), readCSV(t, file), want)
		if !strings.HasPrefix(contentType, "text/csv;") {
			t.Errorf("CSV is %s", contentType)
		}
		contentType, file = download(t, p, "NDJSON")
		compare(t, fmt.Sprint("NDJSON ", test.params), readNDJSON(t, file), want)
		if contentType != "application/x-ndjson" {
			t.Errorf("NDJSON is %s", contentType)
		}
	}
}
