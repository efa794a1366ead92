package quote_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/internal/quote"
)

func TestClip(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "short": "short", "é\x01\xff": "é\x01\xff",
		strings.Repeat("é", 100):               strings.Repeat("é", 100),
		strings.Repeat("é", 101):               strings.Repeat("é", 100) + "…",
		strings.Repeat("\x01", 25):             strings.Repeat("\x01", 25),
		strings.Repeat("\x01", 1<<18):          strings.Repeat("\x01", 25) + "…",
		strings.Repeat("\xff", 1<<18):          strings.Repeat("\xff", 25) + "…",
		strings.Repeat(`"`, 51):                strings.Repeat(`"`, 50) + "…",
		"x" + strings.Repeat("😀", 99):          "x" + strings.Repeat("😀", 99),
		strings.Repeat("\U000e0001", 11) + "x": strings.Repeat("\U000e0001", 10) + "…",
	} {
		got := quote.Clip(s)
		if got != want || utf8.RuneCountInString(strconv.Quote(got)) > 103 {
			t.Errorf("%.50q is %q, want %q", s, got, want)
		}
	}
}
