package handler_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A chat server knows which model and prompt answered which message, and adds that to
// each vote. No browser says it, so none can forge it. What holds for all that Ann
// does meanwhile, here the arm of an experiment, is in her token.
func ExampleOptions_prepare() {
	type answer struct{ model, prompt, trace string }
	answers := map[string]answer{"m1": {"small-2", "7", "4bf92f3577b34da6"}} // by message, noted when they were made

	tokens := handler.NewTokens(handler.TokenKey{ID: "2026-11", Secret: []byte("32 random bytes, of the host's own")})
	st := memory.New()
	api := handler.New(st, &handler.Options{
		Tokens: tokens,
		Prepare: func(_ context.Context, _ handler.Operation, _ handler.Principal, f *store.Feedback) error {
			a, ok := answers[f.MessageID]
			if !ok {
				return &store.FieldError{Field: "message_id", Rule: "is that of no answer"}
			}
			f.Tags = append(f.Tags, "model:"+a.model, "prompt:"+a.prompt) // to be counted
			f.Metadata["trace_id"] = a.trace                              // to be found
			return nil
		},
	})
	token, _, err := tokens.Issue(handler.Principal{Visitor: &handler.Visitor{Assistant: "bot", Session: "chat1", User: "ann",
		Stamp: &handler.Stamp{Tags: []string{"arm:b"}}}}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}

	vote := func(message, body string) {
		r := httptest.NewRequest("PUT", "/v1/Assistants/bot/Sessions/chat1/Messages/"+message+"/Feedback", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		var told struct {
			Tags    []string
			Message string
		}
		json.Unmarshal(w.Body.Bytes(), &told)
		fmt.Println(w.Code, cmp.Or(told.Message, fmt.Sprint("ann sees ", told.Tags)))
	}
	vote("m1", `{"score":0,"tags":["incorrect"]}`)
	vote("m1", `{"score":1,"tags":["prompt:8"]}`)
	vote("m2", `{"score":1}`)

	f, err := st.Get(context.Background(), store.Scope{Assistant: "bot"}, store.Ref{Key: store.VoteKey("chat1", "m1", "ann")})
	fmt.Println(f.Tags, f.Metadata, err)
	// Output:
	// 201 ann sees [incorrect]
	// 403 a visitor's access does not allow the tag "prompt:8", which is not in Options.VisitorTags
	// 400 message_id is that of no answer
	// [incorrect arm:b model:small-2 prompt:7] map[trace_id:4bf92f3577b34da6] <nil>
}

// No e-mail address is stored, whichever way it comes. What is sent again is still
// known as the same.
func ExampleOptions_prepareRedacts() {
	email := regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.]+`)
	api := handler.New(memory.New(), &handler.Options{
		Prepare: func(_ context.Context, _ handler.Operation, _ handler.Principal, f *store.Feedback) error {
			f.Text = email.ReplaceAllString(f.Text, "[e-mail]")
			f.Correction = email.ReplaceAllString(f.Correction, "[e-mail]")
			return nil
		},
	})
	texts := regexp.MustCompile(`"(text|correction)":"[^"]*"|"(created|repeated)":\d`)
	send := func(contentType, body string) {
		r := httptest.NewRequest("POST", "/v1/Assistants/bot/Feedbacks", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Idempotency-Key", "survey-7")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.Join(texts.FindAllString(w.Body.String(), -1), " "))
	}
	for range 2 {
		send("application/json", `{"session_id":"demo","score":0,"text":"mail me at ann@example.com","correction":"Write to help@example.com."}`)
	}
	for range 2 {
		send("application/x-ndjson", `{"id":"aia_fdbk_1","date_created":"2025-03-04T05:06:07Z","session_id":"old","score":0,"text":"bob@example.com"}`)
	}
	// Output:
	// 201 "text":"mail me at [e-mail]" "correction":"Write to [e-mail]"
	// 201 "text":"mail me at [e-mail]" "correction":"Write to [e-mail]"
	// 200 "created":1 "repeated":0
	// 200 "created":0 "repeated":1
}
