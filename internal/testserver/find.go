package testserver

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

var errMissing = errors.New("not installed")

// find returns the path of a server's binary, in PATH or else where Debian
// keeps it: there PostgreSQL's newest version is taken.
func find(binary, pkg string) (string, error) {
	if path, err := exec.LookPath(binary); err == nil {
		return filepath.Abs(path)
	}
	paths, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + binary)
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	for _, path := range append(paths, "/usr/sbin/"+binary) {
		if path, err := exec.LookPath(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is %w: `make test` or apt-get install %s installs it", binary, errMissing, pkg)
}

// version is the 15 of /usr/lib/postgresql/15/bin/postgres.
func version(path string) float64 {
	v, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(path))), 64)
	return v
}

// check ends the test if its server did not start.
func check(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errMissing) && os.Getenv("CI") != "true":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
}

// account is the user that servers run as if this process is root's, else nil.
var account = sync.OnceValue(func() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.ParseUint(u.Uid, 10, 32)
			gid, _ := strconv.ParseUint(u.Gid, 10, 32)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return nil
})

// attributes are those of every process started here. In a session of its own
// it has no terminal, whose ^C would reach it before the tests have ended.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: account(), Setsid: true}
}

// give hands a file over to the user that servers run as.
func give(path string) error {
	if a := account(); a != nil {
		return os.Chown(path, int(a.Uid), int(a.Gid))
	}
	return nil
}
