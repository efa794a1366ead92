package sqlite

import "testing"

// SmallWindows has lists and erasures go in small steps.
func SmallWindows(t *testing.T) {
	w, c := window, chunk
	window, chunk = 3, 2
	t.Cleanup(func() { window, chunk = w, c })
}
