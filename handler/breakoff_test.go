package handler_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// In HTTP/1.0, which some proxies speak, an answer ends with its connection: one that
// broke off must not look whole.
func TestWhatBreaksOffIsNoWholeInHTTP10(t *testing.T) {
	st := memory.New()
	fill(t, st, 1500)
	a := serve(t, handler.New(brokenStore{st, func(context.Context) error { return store.ErrUnavailable }}, quiet()))
	for _, query := range []string{"", "?PageSize=1000", "?Format=csv", "?Format=ndjson"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s%s HTTP/1.0\r\nAuthorization: Basic %s\r\n\r\n", feedbacks, query, base64.StdEncoding.EncodeToString([]byte(accountA+":"+tokenA)))
		if b, err := io.ReadAll(conn); err == nil {
			t.Errorf("?%s: %d bytes and a clean end, want an error", query, len(b))
		}
		conn.Close()
	}
}

// A store may take longer to fail than the server lets an answer take.
func TestALateErrorIsAnswered(t *testing.T) {
	const timeout = 50 * time.Millisecond
	late := failingStore{fail: func() error {
		time.Sleep(3 * timeout)
		return store.ErrUnavailable
	}}
	s := httptest.NewUnstartedServer(handler.New(late, quiet()))
	s.Config.WriteTimeout = timeout
	s.Start()
	t.Cleanup(s.Close)
	a := api{t, s.URL, []string{accountA, tokenA}}
	for _, path := range []string{feedbacks, feedbacks + "?PageSize=5", feedbacks + "?Format=csv", ofPerson + "?UserId=ann"} {
		a.fails(a.do("GET", path, ""), 503, 20503, "please retry")
	}
	for _, path := range []string{feedbacks + "?UserId=ann", ofPerson + "?UserId=ann"} {
		a.fails(a.do("DELETE", path, ""), 503, 20503, "please retry")
	}
}
