package postgres

import "testing"

// SmallWindows has lists and erasures go through a few records at a time.
func SmallWindows(t testing.TB) {
	w, c := window, chunk
	window, chunk = 5, 3
	t.Cleanup(func() { window, chunk = w, c })
}
