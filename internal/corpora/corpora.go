// Package corpora has what a test tries to break a reader of JSON and of strings
// with: tables of the project's own, and nst/JSONTestSuite and the Big List of
// Naughty Strings besides, in a folder that FEEDBACKS_CORPORA names, by its place
// in the repository if it is not absolute.
package corpora

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// folder returns a folder or file of the corpora, or false without any.
func folder(name string) (string, bool) {
	dir := os.Getenv("FEEDBACKS_CORPORA")
	if dir != "" && !filepath.IsAbs(dir) {
		_, here, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(here), "../..", dir)
	}
	return filepath.Join(dir, name), dir != ""
}

// Malformed returns bodies of the classes that JSONTestSuite has, by its prefixes:
// n_ must be refused wherever it stands, y_ and i_ may be, and nothing may be a 5xx.
func Malformed(tb testing.TB) map[string]string {
	bodies := map[string]string{
		"n_array_trailing_comma": `["",]`, "n_unclosed": `["x"`, "n_nan": `[NaN]`, "n_hex": `[0x1]`, "n_leading_zero": `[012]`, "n_plus": `[+1]`,
		"n_minus": `[-]`, "n_dot": `[1.]`, "n_exponent": `[1e]`, "n_comment": `{"a":"b"}/**/`, "n_single_quotes": `{'a':0}`, "n_unquoted": `{a:"b"}`,
		"n_double_colon": `{"a"::"b"}`, "n_escape": `["\x00"]`, "n_surrogate": `["\uD800\"]`, "n_control": "[\"a\x00a\"]", "n_newline": "[\"new\nline\"]",
		"n_utf8": "[\"\xff\"]", "n_bom": "\xef\xbb\xbf", "n_nothing": ``, "n_space": ` `, "n_trailing": `{"a":"b"}#`, "n_double_array": `[][]`,
		"n_deep": strings.Repeat("[", 100_000), "n_deep_objects": strings.Repeat(`[{"":`, 50_000), "n_formfeed": "[\f]", "n_nul": "{}\x00", "n_capital": `[True]`,
		"y_object": `{"a":[]}`, "y_array": `[null, 1, "1", {}]`, "y_string": `"x"`, "y_escapes": `"\ud83d\ude00\u2028\"\\\/\b"`, "y_number": `-0.1e+1`,
		"y_tiny": `1e-400`, "y_null": `null`, "y_space": " [] \n",
		"i_huge": `[1.5e+9999]`, "i_huge_number": `1.5e+9999`, "i_lone_surrogate": `["\uDFAA"]`, "i_overlong": "[\"\xc0\xaf\"]", "i_utf16": "\xff\xfe[\x00\"\x00",
		"i_nested": strings.Repeat("[", 500) + strings.Repeat("]", 500),
	}
	if dir, ok := folder("json-test-suite/test_parsing"); ok {
		files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
		if len(files) < 300 {
			tb.Fatalf("%s has %d files, want the 318 of JSONTestSuite", dir, len(files))
		}
		for _, file := range files {
			bodies[filepath.Base(file)] = string(read(tb, file))
		}
	}
	return bodies
}

// Naughty returns strings of the classes that the Big List of Naughty Strings has.
func Naughty(tb testing.TB) []string {
	list := []string{"", "undefined", "null", "true", "0", "1.00", "-1", "NaN", "0x0", "1e100", "1/0", "../../etc/passwd", "%00", "%n%s", "--help", "$(touch x)",
		"'; DROP TABLE feedbacks; --", "<script>alert(1)</script>", "&lt;", "{{7*7}}", "${7*7}", "\x00", "\x01\x02", "\x7f", "\u0085", "\u00ad", "\u200b", "\ufeff", "\ufffe",
		"Ω≈ç√∫", "田中さん", "éé", "e\u0301", "ﷺ", "ثم نفس سقطت", "\u202etest", "Z̮̞̠͙͔ͅ", "👨‍👩‍👧‍👦", "🇺🇸", "１２３", "ʇunpo", "ＴＨＥ", "a\nb", "a\rb", "\t", " ", "  x  ", "CON", "C:\\x",
		"a/b", "a//b", "/", ".", "..", "?", "#", "&=", "+", "%", "\\", `"`, "{x}", "\U0010ffff", "\xff", "Summary", strings.Repeat("x", 255), strings.Repeat("x", 300),
		strings.Repeat("é", 128), strings.Repeat("x", 10_001)}
	if file, ok := folder("naughty-strings.json"); ok {
		var more []string
		if err := json.Unmarshal(read(tb, file), &more); err != nil || len(more) < 500 {
			tb.Fatalf("%s has %d strings, %v, want 515", file, len(more), err)
		}
		list = append(list, more...)
	}
	return list
}

func read(tb testing.TB, file string) []byte {
	b, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
