package summing

import "testing"

// SetMaxRecompared sets what a comparison reads for the length of a test.
func SetMaxRecompared(t *testing.T, records, tags int) {
	r, n := maxRecompared, maxRecomparedTags
	maxRecompared, maxRecomparedTags = records, tags
	t.Cleanup(func() { maxRecompared, maxRecomparedTags = r, n })
}
