package main

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// An assistant answers people in the Simulator.
type assistant interface {
	// name says who answers, and tag marks the feedback on it, so that the console
	// can compare models.
	name() string
	tag() string
	// answer answers the last of some turns, which is a person's. An error that
	// people may read is a problem.
	answer(ctx context.Context, turns []turn, to reply) error
}

// newAssistant returns the assistant that the flags name: without a URL the
// built-in one.
func newAssistant(address, model, key string) (assistant, error) {
	if address == "" {
		if model != "" {
			return nil, errors.New("-assistant-model needs an -assistant-url")
		}
		return builtin{pace: 22 * time.Millisecond}, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("-assistant-url must be like https://host/v1, and the key in OPENAI_API_KEY") // it may have a secret
	}
	if model == "" {
		return nil, errors.New("-assistant-url needs an -assistant-model")
	}
	return newOpenAI(u, model, key), nil
}

// A turn is what a person or the assistant has said.
type turn struct {
	Role    string `json:"role"` // "user" or "assistant"
	Content string `json:"content"`
}

// A reply is where an answer goes, piece by piece. Its context ends when nobody
// listens any more.
type reply interface {
	step(what string) // what the assistant does, for the curious
	say(text string)
}

// A problem is an error with words for the person who asked. Its cause is for
// the log.
type problem struct {
	words string
	cause error
}

func (p *problem) Error() string { return p.words + ": " + p.cause.Error() }
func (p *problem) Unwrap() error { return p.cause }

// explain returns the words for whoever asked: nothing that the host would not
// say.
func explain(err error) string {
	if p, ok := errors.AsType[*problem](err); ok {
		return p.words
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "The assistant took too long."
	}
	return "The assistant failed; the server's log says why."
}
