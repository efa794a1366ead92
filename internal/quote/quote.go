// Package quote shortens what messages and logs quote of a request, which may be
// of any length.
package quote

import (
	"strconv"
	"unicode/utf8"
)

// Clip returns s, or as much of it as %q shows with 100 characters, and an ellipsis.
func Clip(s string) string {
	left := 100
	for i := 0; i < len(s); {
		_, size := utf8.DecodeRuneInString(s[i:])
		left -= utf8.RuneCountInString(strconv.Quote(s[i:i+size])) - len(`""`)
		if left < 0 {
			return s[:i] + "…"
		}
		i += size
	}
	return s
}
