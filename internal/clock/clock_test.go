package clock

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	var c Clock
	ours := func(s float64) time.Time { return started.Add(time.Duration(s * float64(time.Second))) }
	at := func(s float64, want int64) {
		t.Helper()
		if got := c.At(ours(s)).UnixMilli(); got != want {
			t.Errorf("at %v s the server's clock is at %v; want %v", s, got, want)
		}
	}
	observe := func(sent, received float64, millis int64) {
		c.Observe(ours(sent), ours(received), time.UnixMilli(millis), time.Millisecond)
	}
	if c.Known() {
		t.Error("a new clock is known")
	}
	observe(1, 1.5, 1_000_000) // 998.5 to 999 s ahead
	if !c.Known() {
		t.Error("a clock is not known")
	}
	at(2, 1_000_500)
	observe(2, 2.1, 1_000_900) // 998.8 to 998.9
	at(3, 1_001_800)
	observe(3, 9, 1_002_000) // it stood still: 993 to 999
	at(10, 1_008_800)
	observe(10, 10.1, 1_000_000) // it was set back, or is another server: 989.9 to 990
	at(11, 1_001_001)
	observe(11, 11.1, 9_000_000) // set forward
	at(11.1, 9_000_000)
}
