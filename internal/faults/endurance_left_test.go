package faults

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

// leftovers tells what is still there of what a test made.
type leftovers struct {
	t     *testing.T
	s     *servers
	known goleak.Option
	files int
}

// watchLeftovers notes what there is before a test makes more.
func watchLeftovers(t *testing.T, s *servers) *leftovers {
	t.Helper()
	return &leftovers{t, s, goleak.IgnoreCurrent(), openFiles(t)}
}

// none asserts that there are no more goroutines, files and connections than
// before. They may take a moment to go.
func (l *leftovers) none() {
	l.t.Helper()
	if l.s.proxy != nil {
		l.s.proxy.Stop()
	}
	restarted := goleak.IgnoreAnyFunction("github.com/humanfeedback/feedbacks/internal/testserver.(*Server).launch.func1")
	toxiproxys := goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run") // it leaks some
	var goroutines error
	var files int
	var connections []string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		goroutines = goleak.Find(l.known, restarted, toxiproxys)
		files, connections = openFiles(l.t), l.s.connections(l.t)
		if goroutines == nil && files <= l.files && len(connections) == 0 {
			return
		}
	}
	l.t.Errorf("%d files are open, %d were before; connections: %q; goroutines: %v", files, l.files, connections, goroutines)
}

// openFiles counts the files of this process, sockets included.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// connections lists those of the stores, as the servers see them.
func (s *servers) connections(t *testing.T) (all []string) {
	t.Helper()
	switch s.kind {
	case "postgres":
		conn, err := pgx.Connect(t.Context(), s.direct)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		rows, _ := conn.Query(t.Context(), "SELECT state || ': ' || query FROM pg_stat_activity WHERE application_name = $1", clientName)
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
	case "redis":
		all = clientsOf(t, s.addr)
	case "cluster":
		for _, addr := range s.cluster.Addrs() {
			all = append(all, clientsOf(t, addr)...)
		}
	}
	return all
}

func clientsOf(t *testing.T, addr string) (all []string) {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addr})
	defer client.Close()
	list, err := client.ClientList(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(list) {
		if strings.Contains(line, fmt.Sprintf(" name=%s ", clientName)) {
			all = append(all, line)
		}
	}
	return all
}

// liveHeap is how many bytes are in use after a collection, without those of
// toxiproxy, which leaks some with its goroutines. The caches of sync.Pool are gone
// after the second one.
func liveHeap() (bytes int64) {
	for range 3 {
		runtime.GC()
	}
	n, _ := runtime.MemProfile(nil, false)
	records := make([]runtime.MemProfileRecord, n+100)
	n, _ = runtime.MemProfile(records, false)
	for _, r := range records[:n] {
		if !isToxiproxys(r.Stack()) {
			bytes += r.InUseBytes()
		}
	}
	return bytes
}

func isToxiproxys(stack []uintptr) bool {
	for frames := runtime.CallersFrames(stack); ; {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "Shopify/toxiproxy") {
			return true
		}
		if !more {
			return false
		}
	}
}
