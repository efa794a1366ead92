package faults

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
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
	if f, ok := l.s.host.(*file); ok {
		f.db.Close() // while it is open SQLite keeps what the store has closed, for POSIX's locks
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

// A heap is how many bytes are in use, by the functions that allocated them.
type heap map[string]int64

// liveHeap is what is in use after a collection, without what toxiproxy has, which
// leaks some with its goroutines, and earlier heaps, which are some 300 kB each. The
// caches of sync.Pool are gone after the second one.
func liveHeap() heap {
	for range 3 {
		runtime.GC()
	}
	n, _ := runtime.MemProfile(nil, false)
	records := make([]runtime.MemProfileRecord, n+100)
	n, _ = runtime.MemProfile(records, false)
	h := heap{}
	for _, r := range records[:n] {
		var by []string
		for frames, more := runtime.CallersFrames(r.Stack()), true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			by = append(by, frame.Function)
		}
		where := strings.Join(by, " < ")
		if !strings.Contains(where, "Shopify/toxiproxy") && !strings.Contains(where, "faults.liveHeap") {
			h[where] += r.InUseBytes()
		}
	}
	return h
}

func (h heap) bytes() (sum int64) {
	for _, n := range h {
		sum += n
	}
	return sum
}

// growth tells where most has come since before.
func (h heap) growth(before heap) string {
	grown := func(where string) int64 { return h[where] - before[where] }
	all := slices.SortedFunc(maps.Keys(h), func(a, b string) int { return cmp.Compare(grown(b), grown(a)) })
	var b strings.Builder
	for _, where := range all[:min(len(all), 5)] {
		fmt.Fprintf(&b, "\n%d bytes more: %s", grown(where), where)
	}
	return b.String()
}
