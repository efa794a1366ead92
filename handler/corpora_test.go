package handler_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus returns a folder or file of the corpora that FEEDBACKS_CORPORA names
// (nst/JSONTestSuite and the Big List of Naughty Strings), or false without one.
func corpus(name string) (string, bool) {
	dir := os.Getenv("FEEDBACKS_CORPORA")
	if dir != "" && !filepath.IsAbs(dir) {
		// relative to the module, whose folder is above this package's
		dir = filepath.Join("..", dir)
	}
	return filepath.Join(dir, name), dir != ""
}

// malformed are bodies of the classes that JSONTestSuite has, by its prefixes:
// n_ must be refused wherever it stands, y_ and i_ may be, and nothing may be a 5xx.
func malformed(t *testing.T) map[string]string {
	bodies := map[string]string{
		"n_array_trailing_comma": `["",]`, "n_unclosed": `["x"`, "n_nan": `[NaN]`, "n_hex": `[0x1]`, "n_leading_zero": `[012]`, "n_plus": `[+1]`,
		"n_minus": `[-]`, "n_dot": `[1.]`, "n_exponent": `[1e]`, "n_comment": `{"a":"b"}/**/`, "n_single_quotes": `{'a':0}`, "n_unquoted": `{a:"b"}`,
		"n_double_colon": `{"a"::"b"}`, "n_escape": `["\x00"]`, "n_surrogate": `["\uD800\"]`, "n_control": "[\"a\x00a\"]", "n_newline": "[\"new\nline\"]",
		"n_utf8": "[\"\xff\"]", "n_bom": "\xef\xbb\xbf", "n_nothing": ``, "n_space": ` `, "n_trailing": `{"a":"b"}#`, "n_double_array": `[][]`,
		"n_deep": strings.Repeat("[", 100_000), "n_deep_objects": strings.Repeat(`[{"":`, 50_000), "n_formfeed": "[\f]", "n_nul": "{}\x00", "n_capital": `[True]`,
		"y_object": `{"a":[]}`, "y_array": `[null, 1, "1", {}]`, "y_string": `"x"`, "y_number": `-0.1e+1`, "y_null": `null`, "y_space": " [] \n",
		"i_huge": `[1.5e+9999]`, "i_lone_surrogate": `["\uDFAA"]`, "i_overlong": "[\"\xc0\xaf\"]", "i_utf16": "\xff\xfe[\x00\"\x00", "i_nested": strings.Repeat("[", 500) + strings.Repeat("]", 500),
	}
	if dir, ok := corpus("json-test-suite/test_parsing"); ok {
		files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
		if len(files) < 300 {
			t.Fatalf("%s has %d files, want the 318 of JSONTestSuite", dir, len(files))
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			bodies[filepath.Base(file)] = string(b)
		}
	}
	return bodies
}

func TestMalformedBodies(t *testing.T) {
	a := newAPI(t)
	refused := 0
	for name, body := range malformed(t) {
		positions := []string{body, `{"session_id":"s","score":` + body + `}`, `{"session_id":` + body + `,"score":1}`, `{"session_id":"s","score":1,"tags":` + body + `}`}
		for _, whole := range positions {
			ans := a.do("POST", feedbacks, whole, "Content-Type", "application/json")
			switch {
			case ans.status == 201:
				if strings.HasPrefix(name, "n_") {
					t.Errorf("%s was accepted: %.100q", name, whole)
				}
				continue
			case ans.status != 400 && (ans.status != 413 || len(whole) <= 256<<10):
				t.Errorf("%s: %d %s, want 400, or 413 if it is too large", name, ans.status, ans.body)
			}
			refused++
		}
	}
	t.Logf("%d bodies were refused", refused)
}

// naughty are strings of the classes that the Big List of Naughty Strings has.
func naughty(t *testing.T) []string {
	list := []string{"", "undefined", "null", "true", "0", "1.00", "-1", "NaN", "0x0", "1e100", "1/0", "../../etc/passwd", "%00", "%n%s", "--help", "$(touch x)",
		"'; DROP TABLE feedbacks; --", "<script>alert(1)</script>", "&lt;", "{{7*7}}", "${7*7}", "\x00", "\x01\x02", "\x7f", "\u0085", "\u00ad", "\u200b", "\ufeff", "\ufffe",
		"Ω≈ç√∫", "田中さん", "éé", "ﷺ", "ثم نفس سقطت", "\u202etest", "Z̮̞̠͙͔ͅ", "👨‍👩‍👧‍👦", "🇺🇸", "１２３", "ʇunpo", "ＴＨＥ", "a\nb", "a\rb", "\t", " ", "  x  ", "CON", "C:\\x",
		"a/b", "a//b", "/", ".", "..", "?", "#", "&=", "+", "%", "\\", `"`, "\U0010ffff", "\xff", strings.Repeat("x", 300)}
	if file, ok := corpus("naughty-strings.json"); ok {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var more []string
		if err := json.Unmarshal(b, &more); err != nil || len(more) < 500 {
			t.Fatalf("%s has %d strings, %v, want 515", file, len(more), err)
		}
		list = append(list, more...)
	}
	return list
}

func TestNaughtyStrings(t *testing.T) {
	a := newAPI(t)
	for i, s := range naughty(t) {
		quoted, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"session_id", "message_id", "user_id", "text", "tags"} {
			body := map[string]any{"session_id": "s", "score": 1, field: json.RawMessage(quoted)}
			if field == "tags" {
				body[field] = []json.RawMessage{quoted}
			}
			b, _ := json.Marshal(body)
			ans := a.post(string(b))
			if ans.status == 400 {
				continue
			}
			f := decode[map[string]any](t, ans.body)
			got := f[field]
			if field == "tags" {
				got = f[field].([]any)[0]
			}
			if want := strings.ToValidUTF8(s, "\ufffd"); ans.status != 201 || got != want {
				t.Errorf("%s %q: %d, came back as %q", field, s, ans.status, got)
			}
		}
		escaped := url.PathEscape(s)
		path := "/v1/Assistants/" + strings.ReplaceAll(escaped, ".", "%2E") + "/Feedbacks"
		ans := a.do("POST", path, fmt.Sprintf(`{"session_id":"n%d","score":1}`, i))
		switch ans.status {
		case 404:
		case 201:
			if got := decode[map[string]any](t, ans.body)["assistant_id"]; got != s {
				t.Errorf("assistant %q came back as %q", s, got)
			}
			if got := a.do("GET", path+fmt.Sprintf("?SessionId=n%d", i), ""); got.body != "["+ans.body+"]" {
				t.Errorf("assistant %q: the list is %s", s, got.body)
			}
		default:
			t.Errorf("assistant %q: %d %s, want 201 or 404", s, ans.status, ans.body)
		}
		if ans := a.do("GET", feedbacks+"/"+escaped, ""); ans.status != 404 && !(s == "" && ans.status == 404) && !(s == "." || s == "..") {
			t.Errorf("id %q: %d %s, want 404", s, ans.status, ans.body)
		}
		for _, name := range []string{"SessionId", "MessageId", "UserId", "Tag"} {
			ans := a.do("GET", feedbacks+"?"+name+"="+url.QueryEscape(s), "")
			if ans.status != 200 && ans.status != 400 {
				t.Errorf("%s %q: %d %s, want 200 or 400", name, s, ans.status, ans.body)
			}
		}
		for _, name := range []string{"MinScore", "HasText", "DateCreatedAfter", "Order", "PageToken", "PageSize", s} {
			ans := a.do("GET", feedbacks+"?"+url.QueryEscape(name)+"="+url.QueryEscape(s), "")
			if ans.status != 400 && ans.status != 200 {
				t.Errorf("%s %q: %d %s, want 400", name, s, ans.status, ans.body)
			}
		}
		if ans := a.as(s, s).do("GET", feedbacks, ""); ans.status != 401 {
			t.Errorf("credentials %q: %d, want 401", s, ans.status)
		}
	}
}
