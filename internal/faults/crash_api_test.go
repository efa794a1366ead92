package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	account = "AC0123456789abcdef0123456789abcdef"
	token   = "a token of the account"
)

// What a client knows of its request when it has ended.
type ending int

const (
	replied ending = iota
	unsent         // certainly not done
	unknown        // 503, or the connection broke: done or not
)

// A reply is what came back of a request.
type reply struct {
	ending
	status     int
	body       []byte
	retryAfter string
	started    time.Time
	took       time.Duration
	err        error // of a request without an answer
}

// content is what a feedback says, without the ids that name it.
type content struct {
	Score float64
	Text  string
	Tags  string // joined
}

// A feedback is one as the API shows it.
type feedback struct {
	ID        string   `json:"id,omitempty"`
	SessionID string   `json:"session_id,omitempty"`
	MessageID string   `json:"message_id,omitempty"`
	UserID    string   `json:"user_id,omitempty"`
	Score     float64  `json:"score"`
	Text      string   `json:"text,omitempty"`
	Tags      []string `json:"tags,omitempty"`
}

func (f feedback) content() content { return content{f.Score, f.Text, strings.Join(f.Tags, " ")} }

// An api is the service as clients reach it.
type api struct {
	base   string // as in http://127.0.0.1:30000
	header http.Header
	client *http.Client
}

func newAPI(base string) *api {
	return &api{base, http.Header{}, &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 1000, IdleConnTimeout: time.Minute},
		Timeout:   20 * time.Second, // far beyond any deadline
	}}
}

// call sends a request. Only what the server has certainly not read is unsent.
func (a *api) call(ctx context.Context, method, path string, query url.Values, header http.Header, body any) reply {
	var sent io.Reader
	if body != nil {
		data, _ := json.Marshal(body)
		sent = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, a.base+path+"?"+query.Encode(), sent)
	if err != nil {
		return reply{ending: unsent, err: err}
	}
	for _, h := range []http.Header{a.header, header} {
		for name, values := range h {
			r.Header[name] = values
		}
	}
	r.SetBasicAuth(account, token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	start := time.Now()
	res, err := a.client.Do(r)
	if err != nil {
		end := unknown
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
			end = unsent
		}
		return reply{ending: end, started: start, took: time.Since(start), err: err}
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	rep := reply{status: res.StatusCode, body: got, retryAfter: res.Header.Get("Retry-After"), started: start, took: time.Since(start), err: err}
	if err != nil || res.StatusCode == http.StatusServiceUnavailable {
		rep.ending = unknown
	}
	return rep
}
