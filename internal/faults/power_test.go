package faults

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// power cuts the power of a machine with a file. strace records what the driver asks
// of the operating system while clients write, and their acknowledgements in the same
// order; then each cut makes the files that a disk may have at some line of it, by a
// seed, and opens them.
var power = part{"power", []string{"sqlite"}, func(t *testing.T, on target) row {
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("strace is not installed")
	}
	n := on.times(60, 1000)
	full := cuts(t, false, n)
	normal := cuts(t, true, max(n/5, 60))
	if normal.Lost == 0 {
		t.Error("synchronous=NORMAL has lost nothing: the cuts would not show a loss")
	}
	full.Note = fmt.Sprintf("%d cuts, %s; with SynchronousNormal %d of %d acknowledged lost in %d cuts", n, full.Note, normal.Lost, normal.Acknowledged, max(n/5, 60))
	return full
}}

const (
	powerWorkers = 6
	powerWrites  = 60 // of each
	powerEnv     = "FEEDBACKS_POWER"
)

// TestPowerChild is the process whose power is cut.
func TestPowerChild(t *testing.T) {
	dir := os.Getenv(powerEnv)
	if dir == "" {
		t.Skip("it is started by the part \"power\"")
	}
	acks, err := os.OpenFile(filepath.Join(dir, "acks"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer acks.Close()
	path := filepath.Join(dir, "feedbacks.db")
	opts := &sqlite.Options{SynchronousNormal: os.Getenv(powerEnv+"_NORMAL") != ""}
	const spells = 2 // the log is removed between them
	for spell := range spells {
		st, err := sqlite.Open(path, opts)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		var others, workers sync.WaitGroup
		others.Go(func() { checkpoints(t, path, done) })
		for w := range powerWorkers {
			workers.Go(func() {
				for n := spell * powerWrites / spells; n < (spell+1)*powerWrites/spells; n++ {
					if err := powerWrite(t.Context(), st, w, n); err != nil {
						t.Error(err)
						return
					}
					fmt.Fprintf(acks, "%d/%d\n", w, n)
				}
			})
		}
		workers.Wait()
		close(done)
		others.Wait()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}

// checkpoints are what somebody else does with the file: more often than the store.
func checkpoints(t *testing.T, path string, done chan struct{}) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(1000)&_pragma=synchronous("+map[bool]string{true: "NORMAL", false: "FULL"}[os.Getenv(powerEnv+"_NORMAL") != ""]+")")
	if err != nil {
		t.Error(err)
		return
	}
	defer db.Close()
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		case <-time.After(15 * time.Millisecond):
		}
		mode := []string{"PASSIVE", "PASSIVE", "RESTART"}[n%3]
		if _, err := db.Exec("PRAGMA wal_checkpoint(" + mode + ")"); err != nil && !strings.Contains(err.Error(), "SQLITE_BUSY") {
			t.Error(err)
		}
	}
}

var powerScope = store.Scope{Assistant: "aia_asst_power"}

// powerWrite is the nth write of a worker: a vote on one of five messages, or the
// deletion of one.
func powerWrite(ctx context.Context, st store.Store, w, n int) error {
	message, user := fmt.Sprint(n%5), fmt.Sprint(w)
	key := store.VoteKey("s", message, user)
	if n%7 == 6 {
		_, err := st.Delete(ctx, powerScope, store.Ref{Key: key})
		if err == store.ErrNotFound {
			err = nil
		}
		return err
	}
	_, _, err := st.Put(ctx, store.Feedback{Scope: powerScope, ID: store.NewID(time.Now()), Key: key, SessionID: "s", MessageID: message, UserID: user,
		Score: 1, Text: fmt.Sprint(n, " ", strings.Repeat("x", n*37%5000)), Tags: []string{fmt.Sprint("tag ", n%4)}})
	return err
}

// powerState is what a worker's first n writes leave: texts by message.
func powerState(n int) map[string]string {
	state := map[string]string{}
	for i := range n {
		if message := fmt.Sprint(i % 5); i%7 == 6 {
			delete(state, message)
		} else {
			state[message] = fmt.Sprint(i)
		}
	}
	return state
}

// cuts records a process and cuts its power n times.
func cuts(t *testing.T, normal bool, n int) (r row) {
	t.Helper()
	dir := t.TempDir()
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command("strace", "-f", "-y", "-xx", "-s", "1000000", "-o", trace, "--seccomp-bpf",
		"-e", "trace=pwrite64,write,ftruncate,fsync,fdatasync,open,openat,rename,renameat,renameat2,unlink,unlinkat",
		os.Args[0], "-test.run", "^TestPowerChild$", "-test.v")
	cmd.Env = append(os.Environ(), powerEnv+"="+dir)
	if normal {
		cmd.Env = append(cmd.Env, powerEnv+"_NORMAL=1")
	}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestPowerChild") {
		t.Fatalf("%v: %s", err, out)
	}
	events, err := readTrace(trace, dir)
	if err != nil {
		t.Fatal(err)
	}
	first, last := events[0].start, events[len(events)-1].end
	if !slices.ContainsFunc(events, func(e event) bool { return e.call == "create" && strings.HasSuffix(e.path, "-wal") }) {
		t.Fatal("the trace does not show how the log is made")
	}
	inside := checkpointed(events, filepath.Join(dir, "feedbacks.db"))
	if len(inside) == 0 {
		t.Fatal("there was no checkpoint")
	}
	random := rand.New(rand.NewPCG(1, 2))
	within := 0
	for i := range n {
		line := first + random.IntN(last-first+2)
		if i%5 == 0 { // inside of a checkpoint
			span := inside[random.IntN(len(inside))]
			line = span[0] + 1 + random.IntN(span[1]-span[0])
			within++
		}
		cutOnce(t, events, dir, line, rand.New(rand.NewPCG(3, uint64(i))), normal, &r)
		if t.Failed() {
			t.Fatalf("at line %d of %s, seed %d", line, trace, i)
		}
	}
	r.Note = fmt.Sprintf("%d of them inside of %d checkpoints", within, len(inside))
	return r
}

// checkpointed are the spans from the first write to the database to the sync that
// ends it.
func checkpointed(events []event, path string) (spans [][2]int) {
	start := -1
	for _, e := range events {
		switch {
		case e.path != path:
		case e.call == "write" && start < 0:
			start = e.start
		case e.call == "sync" && start >= 0:
			spans, start = append(spans, [2]int{start, e.end}), -1
		}
	}
	return spans
}

// cutOnce cuts the power at a line, and accounts for what is there afterwards.
func cutOnce(t *testing.T, events []event, dir string, line int, random *rand.Rand, normal bool, r *row) {
	t.Helper()
	after, err := os.MkdirTemp("/dev/shm", "feedbacks-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(after)
	left := cutPower(events, dir, line, random)
	for _, name := range []string{"feedbacks.db", "feedbacks.db-journal", "feedbacks.db-wal"} { // -shm is gone
		if f := left[filepath.Join(dir, name)]; f != nil {
			if err := os.WriteFile(filepath.Join(after, name), f.data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(after, "feedbacks.db")
	st, err := sqlite.Open(path, nil)
	if err != nil {
		t.Errorf("it does not open: %v", err)
		return
	}
	defer st.Close()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var answer string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&answer); err != nil || answer != "ok" {
		t.Errorf("integrity_check: %s, %v", answer, err)
	}
	there := make([]map[string]string, powerWorkers)
	for w := range there {
		there[w] = map[string]string{}
	}
	var counted int64
	for f, err := range store.All(t.Context(), st, powerScope, store.Query{}) {
		if err != nil {
			t.Errorf("it cannot be read: %v", err)
			return
		}
		var w int
		fmt.Sscan(f.UserID, &w)
		there[w][f.MessageID], _, _ = strings.Cut(f.Text, " ")
		counted++
	}
	s, err := st.Summarize(t.Context(), powerScope, store.SummaryQuery{})
	if err != nil || s.Count != counted {
		t.Errorf("%d are counted, %v; %d are there", s.Count, err, counted)
	}
	acked := make([]int, powerWorkers)
	for _, ack := range acknowledgements(events, filepath.Join(dir, "acks"), line) {
		var w, n int
		fmt.Sscanf(ack, "%d/%d", &w, &n)
		acked[w] = n + 1
	}
	for w, n := range acked {
		r.Attempted, r.Acknowledged = r.Attempted+n+1, r.Acknowledged+n
		switch {
		case maps.Equal(there[w], powerState(n)):
		case n < powerWrites && maps.Equal(there[w], powerState(n+1)):
			r.Landed++
		case normal: // as is said of it
			r.Lost++
		default:
			r.Lost++
			t.Errorf("of worker %d there is %v; %d writes were acknowledged: %v", w, there[w], n, powerState(n))
		}
	}
}
