package faults

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// An example is the example server, in a process of its own.
type example struct {
	t      *testing.T
	base   string
	binary string
	args   []string
	child  *exec.Cmd
}

// startExample builds the example server and runs it on a store.
func startExample(t *testing.T, url string) *example {
	t.Helper()
	listener := listen(t)
	addr := listener.Addr().String()
	listener.Close() // the server listens itself
	e := &example{t: t, base: "http://" + addr, binary: filepath.Join(t.TempDir(), "example")}
	e.args = []string{"-addr", addr, "-store", url, "-simulator=false"}
	build := exec.Command("go", "build", "-o", e.binary, "./example")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Cleanup(e.Kill)
	e.Start()
	return e
}

// Start starts the server and waits until it accepts connections.
func (e *example) Start() {
	e.t.Helper()
	log, err := os.Create(e.binary + ".log")
	if err != nil {
		e.t.Fatal(err)
	}
	defer log.Close()
	e.child = exec.Command(e.binary, e.args...)
	e.child.Env = append(os.Environ(), "TWILIO_ACCOUNT_SID="+account, "TWILIO_AUTH_TOKEN="+token)
	e.child.Stderr = log
	e.child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it ends with the test, however that ends
	if err := e.child.Start(); err != nil {
		e.t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); !e.serves(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			out, _ := os.ReadFile(log.Name())
			e.t.Fatalf("the example server did not start\n%s", out)
		}
	}
}

func (e *example) serves() bool {
	ctx, cancel := context.WithTimeout(e.t.Context(), time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", e.base+"/healthz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

// Kill ends the server at once.
func (e *example) Kill() {
	if e.child.ProcessState == nil && e.child.Process.Kill() == nil {
		e.child.Wait()
	}
}
