package storetest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/humanfeedback/feedbacks/store"
)

// contains says what a search means, in other words than a store's: a regular
// expression of Go's folds cases as Unicode's simple case folding does.
func contains(text string) func(r store.Feedback) bool {
	pattern := regexp.MustCompile("(?i)" + regexp.QuoteMeta(text))
	return func(r store.Feedback) bool { return pattern.MatchString(r.Text) || pattern.MatchString(r.Correction) }
}

// searched are texts that a search may take for one another, or for a pattern.
func searched() []string {
	texts := []string{
		"Istanbul", "İstanbul", "ıstanbul", "ISTANBUL", "i\u0307stanbul", // Turkish i
		"Straße", "STRASSE", "STRAẞE", "straſſe",
		"K", "k", "\u212a", // Kelvin
		"Ångström", "ångström", "A\u030angstro\u0308m", "\u212bngström", // composed, decomposed, Ångström's own sign
		"ΟΔΟΣ", "οδος", "οδοσ", "ϑ", "Θ", "θ", "ϴ", "\u0345", "ͅι", "ᾼ", "ᾳ",
		"Привет", "ПРИВЕТ", "ǅ", "ǆ", "ﬁ", "fi", "Ꭰ", "ꭰ", "\U00010400", "\U00010428", "\U0001e900",
		"\U0001f469\u200d\U0001f4bb", "\U0001f469", "\U0001f44d\U0001f3fd", "日本語", "\ufffd", "\uffff", "\U0010ffff",
		"aab", "aaab", "aabaabaab", "AaBaAc", "ababac", "line\nbreak", "line\r\nbreak", "tab\tand\x01\x1f\x7f", " ", "  ",
		"***:x", "***=x", "(?i)x", "(?c)X", "[kK]", "[[:alpha:]]", `\d`, `\y`, "5", "a.c", "abc", "a|b", "^a", "a$", "x{2}", "xx", "%", "_", "100%", `\`, `\\`, "'", `"`, "::text", "$1",
	}
	for c := byte(' '); c <= '~'; c++ {
		texts = append(texts, "<"+string(rune(c))+">")
	}
	return texts
}

var searchCases = []testCase{
	{"finds notes and corrections in any case, and nothing else", func(t *briefT, st store.Store) {
		var fs []store.Feedback
		for i, s := range searched() {
			fs = append(fs, record(2*i, text(s)), record(2*i+1, text("a note"), correction("it is "+s+", is it not")))
		}
		fs = append(fs, record(2*len(fs)), record(2*len(fs)+1, text("end"), correction("start"), tags("tag"), metadata("name", "value")))
		fs = createFast(t, st, fs)
		texts := append(searched(), "endstart", "end\nstart", "end start", "tag", "name", "value", "correction", "null", "{}", "x+", ".", ".*", "")
		for _, s := range texts {
			for _, s := range slices.Compact([]string{s, strings.ToUpper(s), strings.ToLower(s)}) {
				if s == "" {
					continue
				}
				found := contains(s)
				want := slices.DeleteFunc(slices.Clone(fs), func(r store.Feedback) bool { return !found(r) })
				got := all(t, st, store.Query{Filter: store.Filter{Text: s}, Ascending: true}, 1000)
				sameList(t, fmt.Sprintf("List of what contains %q", s), got, want)
			}
		}
		f := store.Filter{Text: "IT NOT", UserID: "nobody"}
		sameList(t, "List of what contains a text, of nobody", all(t, st, store.Query{Filter: f}, 1000), nil)
	}},
	{"finds what is long, in what is longer", func(t *briefT, st store.Store) {
		part := strings.Repeat("aB", 50) + strings.Repeat("é", 99) + "Ω"
		found := create(t, st, record(0, text(strings.Repeat("Ab", 9_000)+strings.Repeat("É", 200)+"."+strings.ToUpper(part))))
		create(t, st, record(1, text(strings.Repeat("Ab", 9_000)+strings.Repeat("É", 98)+"Ω")), record(2, correction(strings.Repeat("é", 20_000))))
		sameList(t, "List of what contains 200 characters", all(t, st, store.Query{Filter: store.Filter{Text: part}}, 10), found)
	}},
	{"refuses what is too long or no text", func(t *briefT, st store.Store) {
		create(t, st, record(0, text("note")))
		for _, s := range []string{strings.Repeat("é", store.MaxSearchLength+1), "a\x00", "\xff", "\xed\xa0\x80"} {
			_, err := st.List(t.Context(), scope, store.Query{Filter: store.Filter{Text: s}, Limit: 1})
			isErr(t, fmt.Sprintf("List of what contains %.5q", s), err, store.ErrInvalid)
			_, err = st.Erase(t.Context(), scope, store.Filter{Text: s})
			isErr(t, fmt.Sprintf("Erase of what contains %.5q", s), err, store.ErrInvalid)
		}
	}},
}
