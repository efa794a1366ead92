package testserver

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

//go:embed watch.sh
var script string

// shell is a run of watch.sh.
func shell(args ...string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "watch.sh"}, args...)...)
	cmd.Dir = "/"
	cmd.SysProcAttr = attributes()
	return cmd
}

// run runs watch.sh to its end. The exit status says nothing: processes come
// and go while it looks.
func run(args ...string) error {
	cmd := shell(args...)
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		return err
	}
	return nil
}

// home is the directory of this process's servers. The shell which watches over
// it reads from a pipe that nothing but the end of this process closes: no child
// inherits it.
var home = sync.OnceValues(func() (string, error) {
	var errs bytes.Buffer
	cmd := shell("watch")
	cmd.Stderr = &errs
	if _, err := cmd.StdinPipe(); err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cmd.Wait()
		return "", fmt.Errorf("no directory for the servers: %s", &errs)
	}
	go cmd.Wait() // holds on to the pipe
	return strings.TrimSpace(line), nil
})

var dirs atomic.Int64

// newDir makes an empty directory, which belongs to the user that servers run as.
func newDir() (string, error) {
	home, err := home()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(home, strconv.FormatInt(dirs.Add(1), 10))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return dir, give(dir)
}

// logFile is where the server in dir writes. PostgreSQL wants dir for itself.
func logFile(dir string) string { return dir + ".log" }

// logTail is the last of it, for people to read.
func logTail(dir string) string {
	log, _ := os.ReadFile(logFile(dir))
	const most = 4 << 10
	if len(log) > most {
		log = log[len(log)-most:]
	}
	return string(log)
}
