package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123_456_000, time.UTC)

func opened(t *testing.T, url string) store.Store {
	t.Helper()
	b, err := newBackend(url)
	if err != nil {
		t.Fatal(err)
	}
	st, closeStore, err := b.open(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeStore)
	return st
}

// odd are scopes of every kind.
var odd = []store.Scope{{Account: "", Assistant: "a"}, {Account: "AC00000000000000000000000000000001", Assistant: "a"},
	{Account: "AC00000000000000000000000000000001", Assistant: "b/é"}, {Account: "plain", Assistant: "a"}}

// fillOdd adds n records to each odd scope, the last a vote.
func fillOdd(t *testing.T, st store.Store, n int) {
	t.Helper()
	for _, s := range odd {
		for i := range n {
			f := store.Feedback{Scope: s, ID: store.NewID(noon.Add(time.Duration(i) * time.Second)), SessionID: "s", UserID: "ann", Score: float64(i) / float64(n), Text: "x\n\"", Tags: []string{"t"}}
			if i == n-1 {
				f.Key, f.UpdatedAt = store.VoteKey("s", "", "ann"), noon.Add(time.Hour)
			}
			if _, err := st.Create(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// did runs an export or import that must end with a status, and returns what it
// wrote.
func did(t *testing.T, status int, stdin string, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	if got := runTransfer(t.Context(), args, func(string) string { return "" }, strings.NewReader(stdin), &out, &err); got != status {
		t.Fatalf("%q: status %d, want %d: %s", args, got, status, err.String())
	}
	return out.String(), err.String()
}

func TestRecordsGoFromStoreToStore(t *testing.T) {
	server := testserver.StartPostgres(t)
	from, to := server.URL, testserver.Redis(t)
	fillOdd(t, opened(t, from), 10)
	all, told := did(t, 0, "", "export", "-store", from)
	if strings.Count(all, "\n") != 40 || told != "40 written\n" {
		t.Fatalf("%s%s", all, told)
	}
	if _, told := did(t, 0, all, "import", "-store", to); told != "40 added, 0 there already, 0 failed\n" {
		t.Error(told)
	}
	if _, told := did(t, 0, all, "import", "-store", to, "-"); told != "0 added, 40 there already, 0 failed\n" {
		t.Error(told)
	}
	file := filepath.Join(t.TempDir(), "all.ndjson")
	did(t, 0, "", "export", "-store", to, file)
	if b, err := os.ReadFile(file); err != nil || string(b) != all {
		t.Errorf("%v, %d bytes, want %d", err, len(b), len(all))
	}
	if left, _ := filepath.Glob(file + ".*"); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	if _, told := did(t, 0, "", "import", "-store", from, file); told != "0 added, 40 there already, 0 failed\n" {
		t.Error(told)
	}
	for _, c := range []struct {
		args []string
		n    int
	}{
		{[]string{"-account", ""}, 10}, {[]string{"-account", "AC00000000000000000000000000000001"}, 20}, {[]string{"-assistant", "a"}, 30},
		{[]string{"-account", "plain", "-assistant", "a"}, 10}, {[]string{"-account", "plain", "-assistant", "b/é"}, 0}, {[]string{"-account", "nobody"}, 0},
	} {
		out, _ := did(t, 0, "", append([]string{"export", "-store", to}, c.args...)...)
		sheet, _ := did(t, 0, "", append([]string{"export", "-store", to, "-format", "csv"}, c.args...)...)
		if strings.Count(out, "\n") != c.n || strings.Count(sheet, "\r\n") != c.n+1 || !strings.HasPrefix(sheet, "\uFEFFid,") {
			t.Errorf("%q: %d lines and %d rows, want %d", c.args, strings.Count(out, "\n"), strings.Count(sheet, "\r\n")-1, c.n)
		}
	}
	server.Stop()
}

// A wrong URL costs nothing: what an export reads it leaves as it is.
func TestAnExportOnlyReads(t *testing.T) {
	server := testserver.StartPostgres(t)
	defer server.Stop()
	db, err := pgx.Connect(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	file := filepath.Join(t.TempDir(), "all.ndjson")
	_, told := did(t, 1, "", "export", "-store", server.URL, file)
	var tables int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM pg_class WHERE relname LIKE 'feedbacks%'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("there are %d tables, %v", tables, err)
	}
	if left, _ := filepath.Glob(file + "*"); len(left) != 0 || !strings.Contains(told, "feedbacks_scopes") {
		t.Errorf("%v is left: %s", left, told)
	}

	fillOdd(t, opened(t, server.URL), 10)
	for _, sql := range []string{"CREATE ROLE reader LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	url, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := url.Query()
	q.Set("user", "reader")
	q.Set("default_transaction_read_only", "on")
	url.User, url.RawQuery = nil, q.Encode()
	if all, told := did(t, 0, "", "export", "-store", url.String()); strings.Count(all, "\n") != 40 || told != "40 written\n" {
		t.Errorf("as who may only read: %s%s", all, told)
	}
}

const twilios = `{"id":"aia_fdbk_%d","assistant_id":"aia_asst_1","account_sid":"AC00000000000000000000000000000001","user_sid":null,` +
	`"message_id":"","score":1,"session_id":"demo","text":"","date_created":"2025-03-04T05:06:07Z","date_updated":"2025-03-04T05:06:07Z"}`

// The way out of Twilio: its pages in, our store out.
func TestTwiliosPagesAreImported(t *testing.T) {
	r := func(i int) string { return fmt.Sprintf(twilios, i) }
	page := func(records ...string) string {
		return `{"feedbacks":[` + strings.Join(records, ",") + `],"meta":{"key":"feedbacks","page":0,"page_size":50,"next_page_url":null}}`
	}
	for name, file := range map[string]string{
		"pages":               page(r(1), r(2)) + page(r(3)) + "\n" + page() + page(r(4)),
		"pages, meta first":   `{"meta":{"key":"feedbacks"},"feedbacks":[` + r(1) + "," + r(2) + "," + r(3) + "," + r(4) + "]}",
		"a page, spread out":  strings.NewReplacer(`{"feedbacks"`, " \n{\n\t\"feedbacks\" ", ",", ",\n  ").Replace(page(r(1), r(2), r(3), r(4))),
		"an array":            "[" + r(1) + "," + r(2) + ",\n" + r(3) + "," + r(4) + "]\n",
		"arrays":              "[" + r(1) + "," + r(2) + "] [] [" + r(3) + "," + r(4) + "]",
		"lines, marked":       "\uFEFF" + r(1) + "\n" + r(2) + "\n" + r(3) + "\n" + r(4) + "\n",
		"pages, marked":       "\uFEFF" + page(r(1), r(2)) + page(r(3), r(4)),
		"lines":               r(1) + "\n" + r(2) + "\n" + r(3) + "\r\n\n" + r(4),
		"pages with repeated": page(r(1), r(2), r(3), r(4)) + page(r(4), r(1)),
	} {
		st := memory.New()
		var stderr bytes.Buffer
		imports := func() error {
			tr := task{verb: "import", store: st, stdin: iotest.HalfReader(strings.NewReader(file)), stderr: &stderr}
			return tr.imports(t.Context())
		}
		if err := imports(); err != nil {
			t.Errorf("%s: %v, %s", name, err, &stderr)
		}
		if err := imports(); err != nil || !strings.Contains(stderr.String(), "4 added") || !strings.Contains(stderr.String(), "\n0 added") {
			t.Errorf("%s: %v, %s", name, err, &stderr)
		}
		page, err := st.List(t.Context(), store.Scope{Account: "AC00000000000000000000000000000001", Assistant: "aia_asst_1"}, store.Query{Limit: 10})
		if err != nil || len(page.Feedbacks) != 4 {
			t.Errorf("%s: %v, %v", name, page.Feedbacks, err)
		}
	}
}

func TestWhatIsWrongWithAFileIsTold(t *testing.T) {
	good := fmt.Sprintf(twilios, 1)
	for name, c := range map[string]struct {
		file   string
		stderr string
		err    string
	}{
		"a bad line":        {"x\n" + good + "\n{}\n", "1 added, 0 there already, 2 failed\nline 1: the line is not valid JSON", "2 of the records were not taken"},
		"a bad record":      {`[{"id":1},` + good + `]`, "1 added, 0 there already, 1 failed\nrecord 1: id must be a string", "1 of the records"},
		"a page cut off":    {`{"feedbacks":[` + good + `,{"id"`, "1 added", "the file could not be read whole"},
		"nothing after all": {`{"feedbacks":[` + good + `]} 5`, "1 added", "is neither lines of records nor Twilio's pages"},
		"another page":      {`{"meta":{"key":"messages"},"messages":[]}`, "0 added", `has a page without "feedbacks"`},
	} {
		var stderr bytes.Buffer
		tr := task{verb: "import", store: memory.New(), stdin: strings.NewReader(c.file), stderr: &stderr}
		if err := tr.imports(t.Context()); err == nil || !strings.Contains(err.Error(), c.err) || !strings.HasPrefix(stderr.String(), c.stderr) {
			t.Errorf("%s: %v, %s", name, err, &stderr)
		}
	}
}

func TestAnImportElsewhere(t *testing.T) {
	st := memory.New()
	tr := task{verb: "import", store: st, stdin: strings.NewReader(fmt.Sprintf(twilios, 1)), stderr: &bytes.Buffer{}, account: new("me"), assistant: new("mine")}
	if err := tr.imports(t.Context()); err != nil {
		t.Fatal(err)
	}
	if page, err := st.List(t.Context(), store.Scope{Account: "me", Assistant: "mine"}, store.Query{Limit: 10}); err != nil || len(page.Feedbacks) != 1 {
		t.Errorf("%v %v", page, err)
	}
}

// A stoppingStore interrupts after a number of calls.
type stoppingStore struct {
	store.Store
	left int
	stop func()
}

func (s *stoppingStore) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if s.left--; s.left < 0 {
		s.stop()
	}
	return s.Store.List(ctx, scope, q)
}

func TestAnInterruptedTransferIsRepeated(t *testing.T) {
	from, to := memory.New(), memory.New()
	fillOdd(t, from, 1100)
	ctx, stop := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "all")
	if err := os.WriteFile(file, []byte("last week's"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := task{verb: "export", format: "ndjson", file: file, store: &stoppingStore{from, 3, stop}, stderr: &bytes.Buffer{}}
	if err := out.export(ctx); err == nil || err.Error() != "interrupted" {
		t.Errorf("an interrupted export: %v", err)
	}
	left, _ := filepath.Glob(file + "*")
	if b, err := os.ReadFile(file); len(left) != 1 || string(b) != "last week's" {
		t.Errorf("an interrupted export left %v and %.20q, %v", left, b, err)
	}
	var progress bytes.Buffer
	out = task{verb: "export", format: "ndjson", file: file, store: from, stderr: &progress, terminal: true}
	if err := out.export(t.Context()); err != nil || !strings.HasPrefix(progress.String(), "\r1 written\r") || !strings.HasSuffix(progress.String(), "\x1b[K4400 written\n") {
		t.Errorf("%v, %q", err, &progress)
	}
	ctx, stop = context.WithCancel(t.Context())
	in := task{verb: "import", file: file, store: &stoppingStore{to, 2, stop}, stderr: &bytes.Buffer{}}
	if err := in.imports(ctx); err == nil || !strings.Contains(err.Error(), "repeat it to go on") {
		t.Errorf("an interrupted import: %v", err)
	}
	in = task{verb: "import", file: file, store: to, stderr: &bytes.Buffer{}}
	if err := in.imports(t.Context()); err != nil {
		t.Error(err)
	}
	var a, b bytes.Buffer
	for st, buf := range map[store.Store]*bytes.Buffer{from: &a, to: &b} {
		out := task{verb: "export", format: "ndjson", store: st, stdout: buf, stderr: &bytes.Buffer{}}
		if err := out.export(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) || a.Len() == 0 {
		t.Errorf("%d bytes from one store, %d from the other", a.Len(), b.Len())
	}
}

func TestWrongTransfersAreStatus2(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"export"}, "-store must be a URL"},
		{[]string{"import", "-store", "memory"}, "-store must be a URL"},
		{[]string{"export", "-store", "mysql://x"}, "-store must be"},
		{[]string{"export", "-store", "redis://127.0.0.1:1", "-format", "xls"}, "-format must be ndjson or csv"},
		{[]string{"import", "-store", "redis://127.0.0.1:1", "-format", "csv"}, "not defined: -format"},
		{[]string{"export", "-store", "redis://127.0.0.1:1", "-assistant", ""}, "assistant_id is required"},
		{[]string{"export", "-store", "redis://127.0.0.1:1", "a", "b"}, `unexpected argument "b"`},
	} {
		if _, stderr := did(t, 2, "", c.args...); !strings.Contains(stderr, c.want) || !strings.HasPrefix(stderr, "example "+c.args[0]+": ") {
			t.Errorf("%q: %s", c.args, stderr)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"export", "-h"}, func(string) string { return "" }, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "Usage: example export") || !strings.Contains(stdout.String(), "-format") || stderr.Len() > 0 {
		t.Errorf("status %d, %s%s", code, &stdout, &stderr)
	}
	if _, stderr := did(t, 1, "", "import", "-store", testserver.Redis(t), "/nowhere/at/all"); !strings.Contains(stderr, "no such file") {
		t.Error(stderr)
	}
}
