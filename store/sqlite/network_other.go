//go:build !linux

package sqlite

// networkFilesystem knows none here.
func networkFilesystem(string) string { return "" }
