package summing

import "testing"

// SetMaxRecompared sets it for the length of a test.
func SetMaxRecompared(t *testing.T, n int) {
	before := maxRecompared
	maxRecompared = n
	t.Cleanup(func() { maxRecompared = before })
}
