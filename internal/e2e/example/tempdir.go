package example

import (
	"os"
	"path/filepath"
)

// tempDir returns a folder for the binary that every run shares, so that runs
// leave nothing more behind.
func tempDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "feedbacks-e2e"), os.MkdirAll(filepath.Join(cache, "feedbacks-e2e"), 0o755)
}
