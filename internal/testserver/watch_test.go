package testserver

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// processes lists those of the servers in some directories, as far as they run.
func processes(dirs ...string) (pids []string) {
	for _, dir := range dirs {
		out, _ := shell("pids", dir).Output()
		pids = append(pids, strings.Fields(string(out))...)
	}
	return pids
}

// running says whether there is a process which is not a zombie.
func running(pid string) bool {
	out, _ := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
	return len(out) > 0 && out[0] != 'Z'
}

// segments lists PostgreSQL's shared memory.
func segments(home string) (ids []string) {
	files, _ := filepath.Glob(home + "/*/postmaster.pid")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if lines := strings.Split(string(text), "\n"); len(lines) > 6 {
			fields := strings.Fields(lines[6])
			ids = append(ids, fields[len(fields)-1])
		}
	}
	return ids
}

// However a test process ends, nothing of its servers remains.
func TestNothingIsLeft(t *testing.T) {
	installed(t, "postgres", "initdb", "pgbouncer", "redis-server")
	for _, end := range []string{"return", "panic", "exit", "fatal", "kill"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0], "-test.run=^TestChild$")
			child.Env = append(os.Environ(), "TESTSERVER_CHILD="+end, "FEEDBACKS_TEST_POSTGRES_URL=", "FEEDBACKS_TEST_REDIS_URL=")
			out, err := child.StdoutPipe()
			check(t, err)
			in, err := child.StdinPipe()
			check(t, err)
			check(t, child.Start())
			home, err := bufio.NewReader(out).ReadString('\n')
			if home = strings.TrimSpace(home); !filepath.IsAbs(home) {
				t.Fatalf("the child says %q, %v", home, err)
			}
			dirs, _ := filepath.Glob(home + "/*")
			pids, memory := processes(dirs...), segments(home)
			if len(memory) != 2 || len(pids) < 10 {
				t.Errorf("the child has no servers? Processes: %v, shared memory: %v", pids, memory)
			}
			if end == "kill" {
				child.Process.Kill()
			}
			in.Close() // the child waits for this
			child.Wait()

			gone := func(context.Context) error {
				if left, _ := filepath.Glob(home + "*"); left != nil {
					return fmt.Errorf("files remain: %v", left)
				}
				if left := slices.IndexFunc(pids, running); left >= 0 {
					return fmt.Errorf("process %s remains", pids[left])
				}
				return nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := poll(ctx, gone); err != nil {
				t.Error(err)
			}
			left, _ := os.ReadFile("/proc/sysvipc/shm")
			for line := range strings.Lines(string(left)) {
				for _, id := range memory {
					if f := strings.Fields(line); f[1] == id {
						t.Errorf("shared memory remains: %s", line)
					}
				}
			}
		})
	}
}

// TestChild is the test process of TestNothingIsLeft.
func TestChild(t *testing.T) {
	end := os.Getenv("TESTSERVER_CHILD")
	if end == "" {
		t.Skip("of another test")
	}
	PgBouncer(t, Postgres(t, "", nil))
	Redis(t)
	StartPostgres(t).Kill()
	StartRedis(t).Pause()
	home, _ := home()
	fmt.Println(home)
	switch bufio.NewReader(os.Stdin).ReadString('\n'); end {
	case "panic":
		panic("on purpose")
	case "exit":
		os.Exit(3)
	case "fatal":
		t.Fatal("on purpose")
	case "kill":
		select {}
	}
}
