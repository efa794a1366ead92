package console

import (
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

func TestNumbersAsTheyAreRead(t *testing.T) {
	for n, want := range map[int64][2]string{
		0: {"0", "0"}, 999: {"999", "999"}, 1000: {"1,000", "1,000"}, 9999: {"9,999", "9,999"}, 12345: {"12,345", "12.3k"},
		999_999: {"999,999", "1M"}, 999_499: {"999,499", "999.5k"}, 10_000_000: {"10,000,000", "10M"}, 2_500_000_000: {"2,500,000,000", "2.5G"},
	} {
		if got := [2]string{number(n), brief(n)}; got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	for share, want := range map[float64]string{0: "0%", 1e-9: "0.1%", 0.5: "50%", 1.0 / 3: "33.3%", 0.99999: "99.9%", 1: "100%"} {
		if got := percent(share); got != want {
			t.Errorf("%v is %s, want %s", share, got, want)
		}
	}
	if share(0, 0) != "–" || mean(nil) != "–" {
		t.Error("of nothing there is no share and no mean")
	}
}

func TestTimesAsTheyAreRead(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	for text, at := range map[string]time.Time{
		"22 Nov 2026":               time.Date(2026, 11, 22, 2, 0, 0, 0, zone),
		"22 Nov 2026, 10:20 UTC":    time.Date(2026, 11, 22, 12, 20, 0, 0, zone),
		"22 Nov 2026, 10:20:30 UTC": time.Date(2026, 11, 22, 12, 20, 30, 0, zone),
	} {
		if got := briefTime(at); got != text {
			t.Errorf("%v is %s, want %s", at, got, text)
		}
	}
	at := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	for by, want := range map[store.Interval][2]string{
		store.Hour: {"16 Nov 2026, 09:00", "09:00"}, store.Day: {"16 Nov 2026", "16 Nov"}, store.Week: {"16 Nov 2026", "16 Nov"}, store.Month: {"November 2026", "Nov 2026"},
	} {
		if got := [2]string{pointTime(by, at, false), pointTime(by, at, true)}; got != want {
			t.Errorf("by %s: %q, want %q", by, got, want)
		}
	}
}
