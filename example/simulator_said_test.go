package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

func TestWhatWasSaidIsKeptAsFarAsThereIsRoom(t *testing.T) {
	s, scope := newSaid("a"), store.Scope{Account: "a", Assistant: demoAssistant}
	turns := func(scope store.Scope, session string) int {
		t.Helper()
		turns, err := s.conversation(t.Context(), scope, session)
		if err != nil {
			t.Fatal(err)
		}
		return len(turns)
	}
	long := strings.Repeat("a", 1<<20)
	for i := range 40 {
		s.add(fmt.Sprint(i), handler.Turn{Text: long}, handler.Turn{Text: "b"})
	}
	if turns(scope, "0") != 0 || turns(scope, "39") != 2 || turns(scope, "20") != 2 || s.size > maxSaid || len(s.order) != len(s.sessions) {
		t.Errorf("%d sessions of %d bytes are kept", len(s.sessions), s.size)
	}
	for range 40 {
		s.add("one", handler.Turn{Text: long}, handler.Turn{Text: "b"})
	}
	if s.size > maxSaid || len(s.order) != len(s.sessions) {
		t.Errorf("%d sessions of %d bytes are kept", len(s.sessions), s.size)
	}
	s.add("last", handler.Turn{Text: "c"})
	if turns(scope, "last") != 1 || turns(store.Scope{Account: "b", Assistant: demoAssistant}, "last") != 0 || turns(store.Scope{Account: "a", Assistant: "other"}, "last") != 0 {
		t.Error("the last session is not kept, or others' is")
	}
}
