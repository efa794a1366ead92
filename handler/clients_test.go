package handler_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const (
	goAgent     = "twilio-go/1.30.9 (linux amd64) go/go1.26.8"
	nodeAgent   = "twilio-node/6.0.2 (linux x64) node/v20.20.2"
	pythonAgent = "twilio-python/9.10.0 (Linux x86_64) Python/3.11.7"
	rubyAgent   = "twilio-ruby/7.10.0 (linux x86_64) ruby/3.3.0"
	javaAgent   = "twilio-java/11.3.0 (Linux amd64) java/17"
)

func TestTwilioLibrariesGetPages(t *testing.T) {
	st := memory.New()
	fill(t, st, 60)
	a := serve(t, handler.New(st, quiet()))
	for _, agent := range []string{goAgent, nodeAgent, pythonAgent, rubyAgent, javaAgent} {
		p := a.page(feedbacks, "User-Agent", agent)
		if len(p.Feedbacks) != 50 || p.Meta.PageSize != 50 || p.Meta.Key != "feedbacks" || p.Meta.Next == "" {
			t.Errorf("%s: %d records, meta %+v", agent, len(p.Feedbacks), p.Meta)
		}
	}
	for _, agent := range []string{"curl/8", "my-twilio-go/1", "Twilio-Go/1", "twilio"} {
		if ans := a.do("GET", feedbacks, "", "User-Agent", agent); ans.body[0] != '[' {
			t.Errorf("%s: %.40s, want a bare array", agent, ans.body)
		}
	}
	// twilio-go's GET says that it carries a form.
	if p := a.page(feedbacks+"?PageSize=20", "User-Agent", goAgent, "Content-Type", "application/x-www-form-urlencoded"); len(p.Feedbacks) != 20 {
		t.Errorf("twilio-go's page has %d records, want 20", len(p.Feedbacks))
	}
}

func TestTwilioLibrariesPost(t *testing.T) {
	a := newAPI(t)
	for _, c := range []struct {
		name, agent, body string
		want              map[string]any
	}{
		{"twilio-go's thumbs-down", goAgent, `{"session_id":"s","message_id":"m","text":"x"}`, map[string]any{"score": 0.0, "message_id": "m"}},
		{"twilio-go's float32", goAgent, `{"session_id":"s","score":0.1}`, map[string]any{"score": 0.1}},
		{"twilio-node, documented", nodeAgent, `{"session_id":"s","message_id":"m","score":1}`, map[string]any{"session_id": "s", "message_id": "m"}},
		{"twilio-node, typed", nodeAgent, `{"sessionId":"s","messageId":"m","score":0.5,"text":"x"}`, map[string]any{"session_id": "s", "message_id": "m", "score": 0.5, "text": "x"}},
		{"twilio-node, both", nodeAgent, `{"sessionId":"no","session_id":"s","messageId":"no","message_id":"m","score":1}`, map[string]any{"session_id": "s", "message_id": "m"}},
		{"twilio-python's nulls", pythonAgent, `{"session_id":"s","message_id":null,"score":1,"text":null}`, map[string]any{"message_id": "", "text": ""}},
		{"a field of tomorrow", rubyAgent, `{"session_id":"s","score":1,"channel":{"a":[1]}}`, map[string]any{"session_id": "s"}},
	} {
		f := a.created(c.body, "User-Agent", c.agent)
		for name, want := range c.want {
			if f[name] != want {
				t.Errorf("%s: %s is %v, want %v", c.name, name, f[name], want)
			}
		}
	}
	withDefault := quiet()
	withDefault.DefaultScore = new(0.75) // not for a thumbs-down that lost its 0
	b := serve(t, handler.New(memory.New(), withDefault))
	for agent, want := range map[string]float64{goAgent: 0, nodeAgent: 0.75, "curl/8": 0.75} {
		if f := b.created(`{"session_id":"s"}`, "User-Agent", agent); f["score"] != want {
			t.Errorf("%s with a DefaultScore: score %v, want %v", agent, f["score"], want)
		}
	}
	for _, c := range []struct{ agent, body, message string }{
		{nodeAgent, `{"session_id":"s"}`, "score is required"},
		{pythonAgent, `{"session_id":"s","score":null}`, "score is required"},
		{"curl/8", `{"session_id":"s"}`, "score is required"},
		{pythonAgent, `{"sessionId":"s","score":1}`, "session_id is required"},
		{goAgent, `{"score":1}`, "session_id is required"},
		{nodeAgent, `{"sessionId":1,"score":1}`, "sessionId must be a string, got a number"},
		{nodeAgent, `{"sessionId":"s","sessionId":"s","score":1}`, `"sessionId" twice`},
		{goAgent, `{"session_id":"s","score":2}`, "score must be between 0 and 1, got 2"},
	} {
		a.fails(a.post(c.body, "User-Agent", c.agent), 400, 20001, c.message)
	}
}
