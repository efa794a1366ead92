package transfer_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const (
	account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	user    = "US0123456789abcdef0123456789abcdef"
)

var at = time.Date(2026, 11, 22, 10, 20, 30, 123456000, time.UTC)

// records are as odd as may be.
var records = []store.Feedback{
	{SessionID: "demo", Score: 1, Text: "problem resolved"},
	{SessionID: "s;=1", MessageID: "m", UserID: user, Score: 0.1, Tags: []string{"a", "b;c", "=d"}, Key: store.VoteKey("s;=1", "m", user), UpdatedAt: at.Add(time.Hour)},
	{SessionID: "=1+1", MessageID: "+1", UserID: "-1", Text: "@SUM(A1)", Tags: []string{"=x", "y"}, Score: 1e-9},
	{SessionID: `"`, MessageID: `a,"b"`, UserID: "a,b", Text: "\ttab", Score: 0.123456789},
	{SessionID: "'", Text: "\rreturn", Score: 0.5},
	{SessionID: "日本", Text: "one\r\ntwo\nthree \"four\", five", Tags: []string{"a,b", `"`}},
	{SessionID: "=HYPERLINK(\"http://evil\",\"x\")", Text: "\nnew line <b>&</b> \u2028 \\", Score: 0.3},
	{Scope: store.Scope{Account: "plain", Assistant: "a,b"}, SessionID: " ", Text: " "},
	{Scope: store.Scope{Account: "", Assistant: "=a"}, SessionID: "s"},
	{SessionID: "s", Metadata: map[string]string{"model": "=x-1", "A.b_-9": "\"é\", one\r\ntwo"}, Correction: "=1+1"},
	{SessionID: "s", Metadata: map[string]string{"trace_id": "t"}, Correction: "one\r\n\"two\", three"},
	{SessionID: "s", Tags: []string{"=a", "b,\""}, Stamped: store.Stamped{Tags: []string{"b,\"", "=a"}}},
	{SessionID: "s", Score: 0.5, Review: &store.Review{Verdict: store.Agree, At: at}},
	{SessionID: "s", Score: 0.5, Review: &store.Review{Verdict: store.Disagree, Note: "=1+1, \"so\"\r\n", Actor: "=bob", At: at.Add(time.Hour)}},
	{SessionID: "s", Tags: []string{"a"}, Metadata: map[string]string{"n": "1", "m": "2"}, Stamped: store.Stamped{Tags: []string{"a"}, Metadata: []string{"n"}}},
}

func all(t *testing.T) (fs []store.Feedback) {
	for _, f := range records {
		f.ID = store.NewID(at)
		if f.Scope.Assistant == "" {
			f.Scope = store.Scope{Account: account, Assistant: "aia_asst_1"}
		}
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
		fs = append(fs, f.Normalize())
	}
	return fs
}

func seq(fs []store.Feedback, err error) iter.Seq2[store.Feedback, error] {
	return func(yield func(store.Feedback, error) bool) {
		for _, f := range fs {
			if !yield(f, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Feedback{}, err)
		}
	}
}

// The API's own answer is what JSON is held to.
func TestJSONIsTheAPIs(t *testing.T) {
	for _, f := range all(t) {
		st := memory.New()
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		h := handler.New(st, &handler.Options{Authenticate: func(*http.Request) (handler.Principal, error) {
			return handler.Principal{Account: f.Scope.Account}, nil
		}})
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = "/v1/Assistants/" + f.Scope.Assistant + "/Feedbacks/" + f.ID
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := string(wire.Append(nil, &f)); got != w.Body.String() {
			t.Errorf("%s\nwant %s", got, w.Body)
		}
	}
}

func TestNDJSON(t *testing.T) {
	fs := all(t)
	var b bytes.Buffer
	if err := transfer.NDJSON(wire.Append).Write(&b, seq(fs, nil)); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(b.String(), "\n")
	if len(lines) != len(fs)+1 || lines[len(fs)] != "" {
		t.Fatalf("%d lines, want %d", len(lines)-1, len(fs))
	}
	for i, f := range fs {
		if want := string(wire.Append(nil, &f)) + "\n"; lines[i] != want {
			t.Errorf("%s, want %s", lines[i], want)
		}
	}
}

func TestCSVIsParsedBack(t *testing.T) {
	fs := all(t)
	var b bytes.Buffer
	if err := transfer.CSV().Write(&b, seq(fs, nil)); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\uFEFF")
	if !marked {
		t.Errorf("%.10q has no byte order mark", b.String())
	}
	rows := parse(t, text)
	if got := strings.Join(rows[0], ","); got != "id,assistant_id,account_sid,session_id,message_id,user_id,score,text,tags,metadata,correction,stamped,review,vote,created_at,updated_at" || len(rows) != len(fs)+1 {
		t.Fatalf("%d rows, the first %s", len(rows), got)
	}
	for i, f := range fs {
		sid := f.Scope.Account
		if sid != account {
			sid = ""
		}
		score := regexp.MustCompile(`"score":([^,]*),`).FindStringSubmatch(string(wire.Append(nil, &f)))[1]
		metadata := "{}"
		if f.Metadata != nil {
			b, _ := json.Marshal(f.Metadata)
			metadata = string(b)
		}
		stamped := ""
		if !f.Stamped.IsZero() {
			stamped = regexp.MustCompile(`"stamped":(\{[^}]*\})`).FindStringSubmatch(string(wire.Append(nil, &f)))[1]
		}
		review := ""
		if f.Review != nil {
			review = regexp.MustCompile(`"review":(\{[^}]*\})`).FindStringSubmatch(string(wire.Append(nil, &f)))[1]
		}
		want := []string{f.ID, defused(f.Scope.Assistant), sid, defused(f.SessionID), defused(f.MessageID), defused(f.UserID), score, defused(f.Text),
			defused(strings.Join(f.Tags, ";")), metadata, defused(f.Correction), stamped, review, fmt.Sprint(f.IsVote()), "2026-11-22T10:20:30.123456Z", f.UpdatedAt.Format("2006-01-02T15:04:05.000000Z")}
		if got := fmt.Sprintf("%q", rows[i+1]); got != fmt.Sprintf("%q", want) {
			t.Errorf("%s\nwant %q", got, want)
		}
	}
	if _, err := csv.NewReader(&b).ReadAll(); err != nil { // a second opinion, which changes \r\n in cells
		t.Error(err)
	}
}

// defused has an apostrophe where one must be in a cell of records.
func defused(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		s = "'" + s
	}
	return strings.ReplaceAll(s, ";=", ";'=")
}

// Whatever is in a cell, and whatever the spreadsheet takes for the separator.
func TestNoCellIsAFormula(t *testing.T) {
	f := all(t)[0]
	letters := []string{";", `"`, "=", "＠", "\n", "\r", "\t", ",", "x"}
	n := 1
	for range 4 {
		n *= len(letters)
	}
	for i := range n {
		f.Text = ""
		for ; i > 0; i /= len(letters) {
			f.Text += letters[i%len(letters)]
		}
		f.Tags = []string{"x", f.Text + "="}
		var b bytes.Buffer
		if err := transfer.CSV().WithoutMark().Write(&b, seq([]store.Feedback{f}, nil)); err != nil {
			t.Fatal(err)
		}
		for _, separator := range []byte(",;\t") {
			for _, cell := range cells(b.String(), separator) {
				if strings.IndexAny(strings.TrimLeft(cell, "\"\t\r\n"), "=＠") == 0 {
					t.Fatalf("%q has, separated by %c, the cell %q:\n%s", f.Text, separator, cell, &b)
				}
			}
		}
	}
	for text, want := range map[string]string{
		"one;two\n- three": "one;two\n'- three", "a;+1": "a;'+1", "a\t+1": "a\t'+1", `a;"-1"`: `a;"'-1"`, "－1": "'－1", "＋": "'＋", "a＝b": "a＝b", "a=b; c-d": "a=b; c-d",
		"a;b;@c": "a;b;'@c", "a\r\nb": "a\r\nb", "a;\nb": "a;\nb", "'": "'",
	} {
		f.Text = text
		var b bytes.Buffer
		if err := transfer.CSV().WithoutMark().Write(&b, seq([]store.Feedback{f}, nil)); err != nil {
			t.Fatal(err)
		}
		if got := parse(t, b.String())[1][7]; got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// cells returns what a spreadsheet makes of a file, for which a quote counts only at
// the beginning of a cell.
func cells(file string, separator byte) (cells []string) {
	var cell []byte
	quoted, begun := false, false
	for i := 0; i < len(file); i++ {
		switch c := file[i]; {
		case quoted && c == '"' && i+1 < len(file) && file[i+1] == '"':
			i++
			cell = append(cell, '"')
		case quoted && c == '"':
			quoted = false
		case !quoted && !begun && c == '"':
			quoted, begun = true, true
		case !quoted && (c == separator || c == '\r' || c == '\n'):
			cells = append(cells, string(cell))
			cell, begun = nil, false
		default:
			cell, begun = append(cell, c), true
		}
	}
	return append(cells, string(cell))
}

// parse reads what RFC 4180 has, and nothing else.
func parse(t *testing.T, s string) (rows [][]string) {
	cell := regexp.MustCompile(`^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)`)
	row := []string{}
	for s != "" {
		m := cell.FindStringSubmatch(s)
		if m == nil {
			t.Fatalf("no cell: %q", s)
		}
		row = append(row, strings.ReplaceAll(m[1], `""`, `"`)+m[2])
		if m[3] == "\r\n" {
			rows, row = append(rows, row), []string{}
		}
		s = s[len(m[0]):]
	}
	return rows
}

// A writer counts calls, and fails at one of them.
type writer struct{ calls, bytes, failAt int }

func (w *writer) Write(b []byte) (int, error) {
	if w.calls++; w.calls == w.failAt {
		return 0, errors.New("the client left")
	}
	w.bytes += len(b)
	return len(b), nil
}

func TestFilesAreWrittenInChunks(t *testing.T) {
	f := all(t)[0]
	f.Text = strings.Repeat("x", 1000)
	fs := make([]store.Feedback, 1000)
	for i := range fs {
		fs[i] = f
	}
	w := &writer{}
	if err := transfer.CSV().Write(w, seq(fs, nil)); err != nil || w.calls < 10 || w.calls > 50 || w.bytes < 1_000_000 {
		t.Errorf("%d writes of %d bytes, %v", w.calls, w.bytes, err)
	}
	w = &writer{failAt: 3}
	if err := transfer.CSV().Write(w, seq(fs, nil)); err == nil || w.calls != 3 {
		t.Errorf("%d writes, %v; want an error at the third", w.calls, err)
	}
	broken := errors.New("store")
	w = &writer{}
	if err := transfer.CSV().Write(w, seq(fs[:5], broken)); err != broken || w.calls != 0 {
		t.Errorf("%d writes, %v; want none before an early error", w.calls, err)
	}
	w = &writer{}
	if err := transfer.NDJSON(wire.Append).Write(w, seq(nil, nil)); err != nil || w.calls != 1 {
		t.Errorf("an empty file: %d writes, %v", w.calls, err)
	}
}

func TestDisposition(t *testing.T) {
	for assistant, want := range map[string]string{
		"aia_asst_1": "feedback-aia_asst_1-2026-11-22.csv", "../a b\"\r\n;é": "feedback----a-b------2026-11-22.csv",
		strings.Repeat("x", 255): "feedback-" + strings.Repeat("x", 80) + "-2026-11-22.csv",
	} {
		if got := transfer.CSV().Disposition(assistant, at); got != "attachment; filename="+want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	f := records[0]
	f.ID, f.Scope = store.NewID(at), store.Scope{Account: account, Assistant: "aia_asst_1"}
	f = f.Normalize()
	for _, format := range []transfer.Format{transfer.CSV(), transfer.NDJSON(wire.Append)} {
		b.Run(format.Name, func(b *testing.B) {
			b.ReportAllocs()
			format.Write(&writer{}, func(yield func(store.Feedback, error) bool) {
				for range b.N {
					yield(f, nil)
				}
			})
		})
	}
}
