package bench

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A process is a server that is measured from outside.
type process struct {
	addr string
	pid  int
}

var builds sync.Map // of command to func() (string, error)

// build builds a command once and returns its path.
func build(tb testing.TB, command string) string {
	once, _ := builds.LoadOrStore(command, sync.OnceValues(func() (string, error) {
		path := filepath.Join(binaries, filepath.Base(command))
		out, err := exec.Command("go", "build", "-o", path, command).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		return path, err
	}))
	path, err := once.(func() (string, error))()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

var binaries string // a folder for them

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		panic(err)
	}
	binaries = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// example starts the example as it is by default, with its log in a file.
func example(tb testing.TB, store string) process {
	return serve(tb, build(tb, "github.com/humanfeedback/feedbacks/example"), store)
}

// rival starts what ours is measured beside.
func rival(tb testing.TB, store string) process {
	return serve(tb, build(tb, "github.com/humanfeedback/feedbacks/internal/bench/rival"), store)
}

func serve(tb testing.TB, command, store string) process {
	log, err := os.Create(filepath.Join(tb.TempDir(), "log"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { log.Close() })
	addr := freeAddr(tb)
	cmd := exec.Command(command, "-addr", addr, "-store", store)
	cmd.Env = append(os.Environ(), "TWILIO_ACCOUNT_SID="+account, "TWILIO_AUTH_TOKEN="+token)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ctx, ended := context.WithCancel(context.Background())
	go func() { cmd.Wait(); ended() }()
	tb.Cleanup(func() {
		cmd.Process.Kill()
		<-ctx.Done()
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return process{addr, cmd.Process.Pid}
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			tb.Fatalf("%s does not serve: %v\n%s", command, err, text)
		}
	}
}

// freeAddr returns an address that nobody listens on, with a port below those that
// the system gives to clients.
func freeAddr(tb testing.TB) string {
	for port := 28000 + os.Getpid()%2000; port < 32768; port++ {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			l.Close()
			return l.Addr().String()
		}
	}
	tb.Fatal("no port is free")
	return ""
}

// withCPU adds to the figures of run what a call costs the given processes, with
// their children, in µs of processor time.
func withCPU(tb testing.TB, pids []int, run func() figures) figures {
	before := cpu(tb, pids)
	f := run()
	f["CPU µs/call"] = float64((cpu(tb, pids) - before).Microseconds()) / f["calls"]
	return f
}

// cpu returns the processor time of processes and their children, those that have
// ended included.
func cpu(tb testing.TB, pids []int) (sum time.Duration) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		tb.Fatal(err)
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // from the third of proc(5) on
		number := func(field int) int { n, _ := strconv.Atoi(fields[field-3]); return n }
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
		for _, p := range pids {
			if pid == p || number(4) == p {
				sum += time.Duration(number(14)+number(15)) * tick
			}
			if pid == p {
				sum += time.Duration(number(16)+number(17)) * tick // of children that have ended
			}
		}
	}
	return sum
}

const tick = 10 * time.Millisecond // USER_HZ is 100 on Linux
