package testserver

import "testing"

// installed skips a test where a server is missing that it cannot do without, or
// fails it where all have to be there.
func installed(t *testing.T, binaries ...string) {
	t.Helper()
	for _, binary := range binaries {
		_, err := find(binary, binary)
		check(t, err)
	}
}
