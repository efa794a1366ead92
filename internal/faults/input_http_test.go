package faults

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

// A site is the API on a store, to send anything to.
type site struct {
	t      *testing.T
	url    string
	client *http.Client
}

func openSite(t *testing.T, st store.Store, opts *handler.Options) *site {
	t.Helper()
	s := httptest.NewUnstartedServer(handler.New(st, opts))
	s.Listener.Close()
	s.Listener = listen(t)
	s.Start()
	t.Cleanup(s.Close)
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return &site{t, s.URL, &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// A sent is an answer, and what it answers.
type sent struct {
	method, path, asked string
	status              int
	header              http.Header
	body                string
}

// do sends a request, with a path that is escaped already. headers are names and
// values.
func (s *site) do(ctx context.Context, method, path, body string, headers ...string) (sent, error) {
	a := sent{method: method, path: path, asked: body}
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	a.status, a.header, a.body = resp.StatusCode, resp.Header, string(b)
	return a, err
}
