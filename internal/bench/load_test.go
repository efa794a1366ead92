package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// benchmark does op again and again for d.
func benchmark(tb testing.TB, d time.Duration, op func()) figures {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, start := 0, time.Now()
	for ; time.Since(start) < d; n += 100 {
		for range 100 {
			op()
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return figures{"ns/op": float64(took.Nanoseconds()) / float64(n), "allocs/op": float64(int64(after.Mallocs-before.Mallocs) / int64(n))}
}

// call has a number of callers do op again and again for d.
func call(tb testing.TB, callers int, d time.Duration, op func(ctx context.Context) error) figures {
	return drive(tb, callers, d, func(int) (func() error, func()) {
		return func() error { return op(tb.Context()) }, func() {}
	})
}

// drive runs callers at once, each with an operation that open returns.
func drive(tb testing.TB, callers int, d time.Duration, open func(i int) (op func() error, close func())) figures {
	took := make([][]time.Duration, callers)
	errs := make([]error, callers)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range callers {
		op, done := open(i)
		wg.Go(func() {
			defer done()
			for {
				begin := time.Now()
				if errs[i] = op(); errs[i] != nil {
					return
				}
				took[i] = append(took[i], time.Since(begin))
				if time.Since(start) >= d {
					return
				}
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	if err := errors.Join(errs...); err != nil {
		tb.Fatal(err)
	}
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	return figures{
		"calls":                 float64(len(all)),
		"calls/s":               float64(len(all)) / elapsed.Seconds(),
		"p99 ms":                all[len(all)*99/100].Seconds() * 1e3,
		"median µs":             all[len(all)/2].Seconds() * 1e6,
		"calls/s at the median": 1 / all[len(all)/2].Seconds(), // of one caller, without what a fsync takes now and then
	}
}

// A source is what is sent: the path and the body of a request, by its number.
type source func(n int64) (path, body string)

// same is one path and body again and again.
func same(int64) (string, string) { return path, body }

// ofAssistants spreads requests over so many assistants, with sessions of ten messages.
func ofAssistants(assistants int64) source {
	return func(n int64) (string, string) {
		return fmt.Sprintf("/v1/Assistants/aia_asst_11111111-aaaa-bbbb-cccc-%012d/Feedbacks", n%assistants),
			fmt.Sprintf(`{"session_id":"aia_sess_11111111-aaaa-bbbb-cccc-%012d", "message_id":"aia_msg_11111111-aaaa-bbbb-cccc-%012d", "score": 1, "text": "problem resolved" }`,
				n/assistants/10*assistants+n%assistants, n)
	}
}

// ofSessions spreads requests over so many assistants and, within them, sessions in all.
func ofSessions(assistants, sessions int64) source {
	return func(n int64) (string, string) {
		return fmt.Sprintf("/v1/Assistants/aia_asst_11111111-aaaa-bbbb-cccc-%012d/Feedbacks", n%assistants),
			fmt.Sprintf(`{"session_id":"aia_sess_11111111-aaaa-bbbb-cccc-%012d", "message_id":"aia_msg_11111111-aaaa-bbbb-cccc-%012d", "score": 1, "text": "problem resolved" }`,
				n%sessions, n)
	}
}

var requests atomic.Int64

// load has a number of connections POST feedback again and again for d. It is
// written by hand, so that it leaves the processor to what is measured.
func load(tb testing.TB, addr string, connections int, d time.Duration, what source) figures {
	head := fmt.Sprintf(" HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\nContent-Type: application/json\r\nContent-Length: ",
		addr, base64.StdEncoding.EncodeToString([]byte(account+":"+token)))
	return drive(tb, connections, d, func(int) (func() error, func()) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			tb.Fatal(err)
		}
		r := bufio.NewReader(conn)
		var request []byte
		return func() error {
			path, body := what(requests.Add(1))
			request = fmt.Appendf(request[:0], "POST %s%s%d\r\n\r\n%s", path, head, len(body), body)
			if _, err := conn.Write(request); err != nil {
				return err
			}
			return created(r)
		}, func() { conn.Close() }
	})
}

// created reads one answer, which must be 201 and have a length.
func created(r *bufio.Reader) error {
	length := -1
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 201 ")) {
			return fmt.Errorf("the answer is %q", line)
		}
		if len(line) == 2 {
			_, err := io.CopyN(io.Discard, r, int64(length))
			return err
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
}
