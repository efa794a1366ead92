package faults

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// An event is a system call that changes a file or has it outlive a power failure,
// from its start to its end, as numbers of lines of strace's.
type event struct {
	call       string // write, truncate, sync, create, remove, rename
	path       string
	to         string // of a rename
	directory  bool   // path is one
	data       []byte
	at         int64 // where data goes, or to what size
	start, end int
}

var (
	unfinished = regexp.MustCompile(`^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$`)
	resumed    = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
	whole      = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (-?\d+)`)
	ofFile     = regexp.MustCompile(`^(?:AT_FDCWD(?:<[^>]*>)?, )?(?:\d+<([^>]*)>|"((?:\\x..)*)")`)
	written    = regexp.MustCompile(`^\d+<[^>]*>, "((?:\\x..)*)", \d+(?:, (\d+))?$`)
	renamed    = regexp.MustCompile(`"((?:\\x..)*)".*"((?:\\x..)*)"`)
	sized      = regexp.MustCompile(`, (\d+)$`)
)

// readTrace returns what strace -f -y -xx has written of files in a directory, in the
// order in which it ended.
func readTrace(name, dir string) (events []event, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	type begun struct {
		args  string
		start int
	}
	open := map[string]begun{}
	lines := bufio.NewReaderSize(f, 1<<20)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			return events, nil
		}
		line = strings.TrimSuffix(line, "\n")
		start := n
		if m := unfinished.FindStringSubmatch(line); m != nil {
			open[m[1]] = begun{m[3], n}
			continue
		}
		if m := resumed.FindStringSubmatch(line); m != nil {
			b := open[m[1]]
			start = b.start
			line = m[1] + " " + m[2] + "(" + b.args + m[3]
		}
		m := whole.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(m[4], "-") {
			continue
		}
		e, ok, err := parseEvent(m[2], m[3], m[4])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: %.200s", n, err, line)
		}
		if ok && (e.path == dir || filepath.Dir(e.path) == dir) {
			e.start, e.end, e.directory = start, n, e.path == dir
			events = append(events, e)
		}
	}
}

func parseEvent(call, args, result string) (e event, ok bool, err error) {
	m := ofFile.FindStringSubmatch(args)
	if m == nil {
		return e, false, nil
	}
	if e.path = m[1]; e.path == "" {
		e.path = string(unhex(m[2]))
	} else if strings.Contains(e.path, `\x`) {
		e.path = string(unhex(e.path))
	}
	switch call {
	case "pwrite64", "write":
		w := written.FindStringSubmatch(args)
		if w == nil {
			return e, false, fmt.Errorf("not understood")
		}
		e.call, e.data = "write", unhex(w[1])
		if n, _ := strconv.Atoi(result); n < len(e.data) {
			e.data = e.data[:n]
		}
		e.at = -1 // at the end
		if w[2] != "" {
			e.at, err = strconv.ParseInt(w[2], 10, 64)
		}
	case "ftruncate":
		e.call = "truncate"
		e.at, err = strconv.ParseInt(sized.FindStringSubmatch(args)[1], 10, 64)
	case "fsync", "fdatasync":
		e.call = "sync"
	case "open", "openat":
		e.call = "create"
		ok = strings.Contains(args, "O_CREAT")
		return e, ok, nil
	case "unlink", "unlinkat":
		e.call = "remove"
	case "rename", "renameat", "renameat2":
		r := renamed.FindStringSubmatch(args)
		e.call, e.path, e.to = "rename", string(unhex(r[1])), string(unhex(r[2]))
	default:
		return e, false, nil
	}
	return e, err == nil, err
}

func unhex(s string) []byte {
	b, _ := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	return b
}

// A diskFile is what a power failure leaves of a file. A name that was removed and
// made again is another file.
type diskFile struct{ data []byte }

// cutPower returns the files by name after a power failure at a line of the trace.
// What a completed sync of its file, or of its directory, came after is there; what
// else had begun is there, or is not, or is torn between sectors, as random says.
func cutPower(events []event, dir string, line int, random *rand.Rand) map[string]*diskFile {
	lasting := lastSyncs(events, line)
	names, onDisk := map[string]int{}, map[string]int{} // numbers of files
	files := map[int]*diskFile{}
	for _, e := range events {
		n := number(names, e)
		if e.start >= line || e.call == "sync" {
			continue
		}
		f := files[n]
		if f == nil {
			f = &diskFile{}
			files[n] = f
		}
		named := e.end < lasting[-1] || random.IntN(2) == 0
		sure := e.end < lasting[n]
		switch {
		case e.call == "create" && named:
			onDisk[e.path] = n
		case e.call == "remove" && named:
			delete(onDisk, e.path)
		case e.call == "truncate" && (sure || random.IntN(2) == 0):
			f.resize(int(e.at))
		case e.call == "write":
			f.write(e, sure, random)
		}
	}
	left := map[string]*diskFile{}
	for path, n := range onDisk {
		left[path] = files[n]
	}
	return left
}

// lastSyncs returns when the last sync that was over at a line had begun, by the
// numbers of files; the directory's is -1.
func lastSyncs(events []event, line int) map[int]int {
	names, last := map[string]int{}, map[int]int{}
	for _, e := range events {
		n := number(names, e)
		if e.call == "sync" && e.end < line {
			last[n] = max(last[n], e.start)
		}
	}
	return last
}

// number returns that of the file that an event is of, and follows the names.
func number(names map[string]int, e event) int {
	if e.call == "sync" && e.directory {
		return -1
	}
	n, ok := names[e.path]
	if !ok || n < 0 && e.call == "create" {
		names[""]++ // how many there were
		n = names[""]
		names[e.path] = n
	}
	if e.call == "remove" {
		names[e.path] = -2
	}
	return n
}

func (f *diskFile) resize(n int) {
	if n > len(f.data) {
		f.data = append(f.data, make([]byte, n-len(f.data))...)
	}
	f.data = f.data[:n]
}

const sector = 512

func (f *diskFile) write(e event, sure bool, random *rand.Rand) {
	at := int(e.at)
	if at < 0 {
		at = len(f.data)
	}
	fate := random.IntN(3)
	if !sure && fate == 0 {
		return // none of it
	}
	for from := 0; from < len(e.data); {
		to := min(len(e.data), (at+from)/sector*sector+sector-at)
		if sure || fate == 1 || random.IntN(2) == 0 {
			if len(f.data) < at+to {
				f.resize(at + to)
			}
			copy(f.data[at+from:], e.data[from:to])
		}
		from = to
	}
}

// acknowledgements returns the lines that were written to a file before a line of the
// trace.
func acknowledgements(events []event, path string, line int) []string {
	var all bytes.Buffer
	for _, e := range events {
		if e.call == "write" && e.path == path && e.end < line {
			all.Write(e.data)
		}
	}
	return strings.Fields(all.String())
}
