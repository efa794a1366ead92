package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// An openAI answers with a model behind an OpenAI-compatible endpoint.
type openAI struct {
	url    *url.URL // without chat/completions
	model  string
	key    string // "" sends none
	client *http.Client
}

func newOpenAI(u *url.URL, model, key string) *openAI {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = time.Minute // models think
	return &openAI{u, model, key, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the key is for one host
	}}
}

func (o *openAI) name() string { return o.model + " at " + o.url.Host }

func (o *openAI) tag() string {
	tag := []rune("model:" + o.model)
	return string(tag[:min(len(tag), store.MaxTagLength)])
}

// maxAnswer is how many bytes of an answer are passed on.
const maxAnswer = 64 << 10

func (o *openAI) answer(ctx context.Context, turns []turn, to reply) error {
	body, err := json.Marshal(struct {
		Model    string `json:"model"`
		Stream   bool   `json:"stream"`
		Messages []turn `json:"messages"`
	}{o.model, true, turns})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url.JoinPath("chat/completions").String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	if o.key != "" {
		req.Header.Set("Authorization", "Bearer "+o.key)
	}
	to.step("asking " + o.name())
	resp, err := o.client.Do(req)
	if err != nil {
		return &problem{"The model's server does not answer.", o.scrub(err)}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return o.refused(resp)
	}
	if t, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); t != "text/event-stream" {
		return &problem{garbled, fmt.Errorf("Content-Type %q instead of text/event-stream", resp.Header.Get("Content-Type"))}
	}
	to.step("the model begins")
	n, err := o.relay(resp.Body, to)
	if err == nil {
		to.step(fmt.Sprintf("the model is done after %d bytes", n))
	}
	return err
}

const garbled = "The model's server answered with something that is no chat."

// A chunk is one event of a streamed answer.
type chunk struct {
	Choices []struct {
		Delta struct {
			Content string `json:"content"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Error json.RawMessage `json:"error"`
}

// relay passes on what the events say, until the last one.
func (o *openAI) relay(events io.Reader, to reply) (n int, err error) {
	lines := bufio.NewScanner(io.LimitReader(events, 64*maxAnswer)) // events are mostly wrapping
	lines.Buffer(nil, 1<<20)
	finished := false
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue // a comment, an empty line or another field
		}
		if data = strings.TrimSpace(data); data == "[DONE]" {
			return n, nil
		}
		var c chunk
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			return n, &problem{garbled, o.scrub(err)}
		}
		if len(c.Error) > 0 && string(c.Error) != "null" {
			return n, &problem{"The model failed part way.", o.scrub(errors.New(string(c.Error)))}
		}
		for _, choice := range c.Choices {
			if text := choice.Delta.Content; text != "" {
				if n += len(text); n > maxAnswer {
					return n, &problem{"The model's answer is too long to show.", fmt.Errorf("more than %d bytes", maxAnswer)}
				}
				to.say(text)
			}
			finished = finished || choice.FinishReason != ""
		}
	}
	if err := lines.Err(); err != nil || !finished {
		return n, &problem{"The model's answer broke off.", o.scrub(cmp.Or(err, io.ErrUnexpectedEOF))}
	}
	return n, nil
}

// refused returns the problem that a status is.
func (o *openAI) refused(resp *http.Response) error {
	what := fmt.Sprintf("The model's server answered %d.", resp.StatusCode)
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		what = fmt.Sprintf("The model's server refused the key (%d): see OPENAI_API_KEY.", resp.StatusCode)
	case http.StatusNotFound:
		what = "The model's server knows no such model or address (404): see -assistant-url and -assistant-model."
	case http.StatusTooManyRequests:
		what = "The model's server is asked too much (429). Please wait a little."
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return &problem{what, fmt.Errorf("%d %.1000s", resp.StatusCode, o.clean(string(body)))}
}

// scrub takes the key out of what others made of it, such as a server that repeats
// what it was sent.
func (o *openAI) scrub(err error) error {
	if clean := o.clean(err.Error()); clean != err.Error() {
		return errors.New(clean)
	}
	return err
}

func (o *openAI) clean(text string) string {
	if o.key == "" {
		return text
	}
	return strings.ReplaceAll(text, o.key, "[key]")
}
