package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// prepareFile makes the file, if there is none and it may, and refuses one that
// SQLite's locks do not work on.
func prepareFile(path string, readOnly bool) error {
	dir := filepath.Dir(path)
	for _, at := range []string{dir, path} { // the file may be a link to elsewhere
		if name := networkFilesystem(at); name != "" {
			return fmt.Errorf("it is on a network filesystem (%s), where SQLite's locks do not hold: keep it on a disk of this machine", name)
		}
	}
	if readOnly {
		_, err := os.Stat(path)
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) { // one that exists is not opened: to close it would drop the locks of another Store
		return err
	}
	return syncDir(dir) // SQLite does for its journals alone; who made the file may not have come to it
}

// syncDir has a directory's names outlive a power failure.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // no such thing
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
