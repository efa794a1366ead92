// Package example starts the example server for a test, as a user would.
package example

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Server is a running example.
type Server struct {
	URL            string // where it listens
	Account, Token string // what it made for itself
}

// build builds the example once for all tests of a process.
var build = sync.OnceValues(func() (string, error) {
	dir, err := tempDir()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "example")
	cmd := exec.Command("go", "build", "-o", binary, "github.com/humanfeedback/feedbacks/example")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

var curlLine = regexp.MustCompile(`curl -X POST .* (http://[^/]+)/v1/.* -u (\w+):(\w+)`)

// Binary returns the path of the example's binary.
func Binary(t testing.TB) string {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// Start starts the example with args and stops it when the test ends.
func Start(t testing.TB, args ...string) Server {
	t.Helper()
	cmd := exec.Command(Binary(t), append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = []string{"FEEDBACKS_STORE=memory"} // and no credentials of whoever runs the test
	cmd.Dir = t.TempDir()                        // for files that it is told to keep
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the example ended with %v", err)
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if m := curlLine.FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, stdout)
			return Server{URL: m[1], Account: m[2], Token: m[3]}
		}
	}
	t.Fatal("the example printed no curl line")
	return Server{}
}
