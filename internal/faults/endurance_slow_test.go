package faults

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// Of slow clients there are more than connections of a pool.
const slowOnes = 12

// tolerable is how long others may wait beside slow clients, on a busy machine.
const tolerable = 2 * time.Second

// slowClients has clients read a long list and send a body a few bytes at a time,
// and returns the worst latency of others meanwhile.
func slowClients(t *testing.T, base string, st store.Store, d time.Duration) time.Duration {
	t.Helper()
	f := newFleet(t, "beside", newAPI(base), 4, 4)
	fill(t, st, f.scope(0))
	f.unbroken = true
	f.limit = func(string, string) time.Duration { return tolerable }

	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	list := request("GET", f.scope(0), "Content-Length: 0\r\n\r\n")
	create := request("POST", f.scope(0), "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
	for i := range 2 * slowOnes {
		text := list
		if i%2 == 1 {
			text = create
		}
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conn.(*net.TCPConn).SetReadBuffer(16 << 10)
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer conn.Close()
			if err := dawdle(ctx, conn, text == list); err != nil {
				t.Errorf("a slow client was cut off: %v", err)
			}
		})
	}
	f.start()
	end := time.Now().Add(d)
	f.until(2*d, "end", func() bool { return time.Now().After(end) })
	f.more(100)
	f.stop()
	cancel()
	wg.Wait()
	f.api.client.CloseIdleConnections()
	if n := f.wrong.Load(); n > 0 {
		t.Errorf("%d wrong or late answers beside slow clients", n)
	}
	if _, err := st.Erase(t.Context(), f.scope(0), store.Filter{SessionID: longList}); err != nil {
		t.Error(err)
	}
	return time.Duration(f.slowest.Load())
}

// dawdle reads or writes a few bytes at a time, until ctx ends.
func dawdle(ctx context.Context, conn net.Conn, read bool) error {
	few := make([]byte, 10)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var err error
		if read {
			_, err = conn.Read(few)
		} else {
			_, err = conn.Write([]byte("          "))
		}
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func request(method string, scope store.Scope, rest string) string {
	r, _ := http.NewRequest(method, "", nil)
	r.SetBasicAuth(account, token)
	return fmt.Sprintf("%s /v1/Assistants/%s/Feedbacks HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n%s",
		method, scope.Assistant, r.Header.Get("Authorization"), rest)
}

// longList is the session of a list that is longer than what sockets hold: 1 MB.
const longList = "long"

func fill(t *testing.T, st store.Store, scope store.Scope) {
	t.Helper()
	text := strings.Repeat("long ", 200)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 250 {
				f := store.Feedback{Scope: scope, ID: store.NewID(time.Now()), SessionID: longList, Text: text}
				if _, err := st.Create(t.Context(), f); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
