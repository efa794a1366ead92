// Package wire is the API's JSON: what bodies say, how records are written, and
// how what is wrong with either is told.
package wire

import "strings"

// Clip shortens what a message quotes.
func Clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
