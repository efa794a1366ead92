package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
)

// model starts a model's server, and an example that asks it.
func model(t *testing.T, answer http.HandlerFunc) *running {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return start(t, map[string]string{"OPENAI_API_KEY": "sk-secret"}, "-assistant-url", s.URL+"/v1", "-assistant-model", "m-1")
}

func streamed(events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for _, e := range events {
			fmt.Fprintf(w, ": a comment\ndata: %s\n\n", e)
			w.(http.Flusher).Flush()
		}
	}
}

func delta(text string) string {
	return fmt.Sprintf(`{"choices":[{"delta":{"content":%q},"finish_reason":null}],"usage":null}`, text)
}

func TestAModelStreams(t *testing.T) {
	asked := make(chan string, 1)
	r := model(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + " " + string(body)
		streamed(`{"choices":[{"delta":{"role":"assistant"}}]}`, delta("Forty"), delta("-two"), `{"choices":[{"delta":{},"finish_reason":"stop"}]}`, `{"choices":[]}`, "[DONE]")(w, r)
	})
	text, steps, events := r.answer("What is it?")
	if text != "Forty-two" || !strings.HasPrefix(steps[0], "asking m-1 at 127.0.0.1:") || events[len(events)-1].Type != "end" {
		t.Errorf("%q, %q, %+v", text, steps, events)
	}
	const want = `POST /v1/chat/completions Bearer sk-secret {"model":"m-1","stream":true,"messages":[{"role":"user","content":"hello"},{"role":"assistant","content":"Hello!"},{"role":"user","content":"What is it?"}]}`
	if got := <-asked; got != want {
		t.Errorf("the model was asked %s, want %s", got, want)
	}
}

func TestAModelThatFailsLeaksNothing(t *testing.T) {
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, "you sent ", r.Header.Get("Authorization"), " to a secret host")
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"401": {status(401), "refused the key (401)"},
		"404": {status(404), "no such model"},
		"429": {status(429), "asked too much"},
		"500": {status(500), "answered 500"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "answered 307"},
		"HTML":          {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>sk-secret") }, "no chat"},
		"garbage":       {streamed("sk-secret"), "no chat"},
		"error event":   {streamed(delta("Well"), `{"error":{"message":"sk-secret is out of money"}}`), "failed part way"},
		"broken off":    {streamed(delta("Well")), "broke off"},
		"a long line":   {streamed(delta(strings.Repeat("x", 2<<20))), "broke off"},
		"a long answer": {streamed(delta(strings.Repeat("x", maxAnswer)), delta("x")), "too long"},
		"no answer":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			r := model(t, c.answer)
			_, _, events := r.answer("What is it?")
			last := events[len(events)-1]
			if last.Type != "error" || !strings.Contains(last.Text, c.want) || strings.Contains(last.Text, "secret") {
				t.Errorf("the last event is %+v, want an error with %q", last, c.want)
			}
			r.await(r.stderr, regexp.MustCompile("the assistant failed"))
			if log := r.stderr.String() + r.stdout.String(); strings.Contains(log, "sk-secret") {
				t.Errorf("the key is in the log: %s", log)
			}
		})
	}
}

// slow is a model that says something and then nothing more, until nobody listens.
func slow() (answer http.HandlerFunc, began, left chan bool) {
	began, left = make(chan bool, 1), make(chan bool, 1)
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		streamed(delta("Well"))(w, r)
		began <- true
		<-r.Context().Done()
		left <- true
	}, began, left
}

const anyQuestion = `{"session_id":"aia_sess_01234567-0123-4123-8123-0123456789ab","message":"hi"}`

func TestWhoLeavesCancelsTheModel(t *testing.T) {
	answer, began, left := slow()
	r := model(t, answer)
	req, err := http.NewRequest("POST", r.root()+"/simulator/chat", strings.NewReader(anyQuestion))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	<-began
	b := make([]byte, 1<<10)
	for text := ""; !strings.Contains(text, "Well"); { // it comes at once, not with the end
		n, err := resp.Body.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b[:n])
	}
	resp.Body.Close()
	select {
	case <-left:
	case <-time.After(10 * time.Second):
		t.Error("the model still answers after nobody listens")
	}
}

func TestAServerThatStopsEndsAnswers(t *testing.T) {
	answer, began, left := slow()
	r := model(t, answer)
	body := make(chan string, 1)
	go func() {
		_, answer := r.page("POST", "/simulator/chat", anyQuestion)
		body <- answer
	}()
	<-began
	r.stop()
	if code := <-r.exited; code != 0 {
		t.Errorf("exit status %d, want 0", code)
	}
	<-left
	if got := <-body; !strings.Contains(got, "The server is stopping.") {
		t.Errorf("the answer was %s", got)
	}
}

func TestTooManyChatsAre503(t *testing.T) {
	anyone := func(*http.Request) (handler.Principal, error) { return handler.Principal{}, nil }
	s := newSimulator(config{assistant: builtin{}, simulator: signedIn}, anyone, nil)
	for range cap(s.chats) {
		s.chats <- struct{}{}
	}
	w := httptest.NewRecorder()
	req := httptest.NewRequest("POST", "/simulator/chat", strings.NewReader(anyQuestion))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	s.handler().ServeHTTP(w, req)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s, want 503", w.Code, w.Body)
	}
	<-s.chats
	w = httptest.NewRecorder()
	req = httptest.NewRequest("POST", "/simulator/chat", strings.NewReader(anyQuestion))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	s.handler().ServeHTTP(w, req)
	if w.Code != 200 || len(s.chats) != cap(s.chats)-1 {
		t.Errorf("%d with %d under way, want 200", w.Code, len(s.chats))
	}
}

// TestAModelWithALongName has people vote all the same: the tag is cut.
func TestAModelWithALongName(t *testing.T) {
	r := start(t, nil, "-assistant-url", "http://127.0.0.1:1/v1", "-assistant-model", strings.Repeat("m", 100))
	session := r.post("/simulator/session", "{}", "session_id")
	r.post("/simulator/token", `{"session_id":"`+session+`","user_id":"ann"}`, "token")
}
