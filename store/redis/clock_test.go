package redis

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	var c clock
	ours := func(s float64) time.Time { return started.Add(time.Duration(s * float64(time.Second))) }
	at := func(s float64, want int64) {
		t.Helper()
		if got, known := c.at(ours(s)); !known || got != want {
			t.Errorf("at %v s the server's clock is at %v, %v; want %v", s, got, known, want)
		}
	}
	if _, known := c.at(ours(0)); known {
		t.Error("a new clock is known")
	}
	c.observe(ours(1), ours(1.5), 1_000_000) // 998.5 to 999 s ahead
	at(2, 1_000_500)
	c.observe(ours(2), ours(2.1), 1_000_900) // 998.8 to 998.9
	at(3, 1_001_800)
	c.observe(ours(3), ours(9), 1_002_000) // it stood still: 993 to 999
	at(10, 1_008_800)
	c.observe(ours(10), ours(10.1), 1_000_000) // it was set back, or is another server: 989.9 to 990
	at(11, 1_001_001)
	c.observe(ours(11), ours(11.1), 9_000_000) // set forward
	at(11.1, 9_000_000)
}
