// Package migrations is what the stores that speak SQL have in common in how their
// tables come to be: a folder of files, each of which makes the tables of one version
// out of those of the version before.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// In returns the folder migrations of what is embedded.
func In(embedded embed.FS) fs.FS {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// Names returns the names of the files in order: that of version 1 comes first.
func Names(files fs.FS) []string {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		panic(err) // the pattern is well-formed
	}
	return names
}

// Read returns the SQL of a file, which must be the version's: its name starts with
// the number.
func Read(files fs.FS, name string, version int) (string, error) {
	number, _, _ := strings.Cut(name, "_")
	if n, err := strconv.Atoi(number); err != nil || n != version {
		return "", fmt.Errorf("%s is not migration %d", name, version)
	}
	sql, err := fs.ReadFile(files, name)
	return string(sql), err
}

// Check returns an error that is newer if tables that need the version least to be
// known may not be written by who knows so many versions.
func Check(least, known int, newer error) error {
	if least > known {
		return fmt.Errorf("%w: it needs one that knows its version %d, and this one knows %d", newer, least, known)
	}
	return nil
}
