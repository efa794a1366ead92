package handler_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A vote that the host gives itself keeps the rules of one that is sent.
func TestAVoteOfTheHostsKeepsTheRules(t *testing.T) {
	st, opts := memory.New(), quiet()
	var changed []bool
	opts.OnChange = func(_ context.Context, before, after *store.Feedback) { changed = append(changed, before == nil) }
	h := handler.New(st, opts)
	r := httptest.NewRequest("POST", "/chat", nil)
	full, given := handler.Principal{Account: accountA}, store.Feedback{Scope: store.Scope{Account: accountB, Assistant: "bot"}, ID: "x", Key: "y", SessionID: "s", MessageID: "m", UserID: "ann", Score: 1}
	first, err := h.Vote(r, full, given)
	if err != nil || first.Scope.Account != accountA || !first.IsVote() || first.UserID != "ann" {
		t.Fatalf("%+v, %v", first, err)
	}
	given.Score, given.Metadata, given.Stamped = 0, map[string]string{"n": "v"}, store.Stamped{Tags: []string{"no such"}}
	again, err := h.Vote(r, full, given)
	if err != nil || again.ID != first.ID || again.Score != 0 || len(changed) != 2 || !changed[0] || changed[1] {
		t.Errorf("%+v, %v; changes %v", again, err, changed)
	}
	visitor := handler.Principal{Account: accountA, Visitor: &handler.Visitor{Assistant: "bot", Session: "s", User: "bob"}}
	for name, test := range map[string]struct {
		p    handler.Principal
		mend func(*store.Feedback)
		want error
	}{
		"no session":          {full, func(f *store.Feedback) { f.SessionID = "" }, store.ErrInvalid},
		"a bad score":         {full, func(f *store.Feedback) { f.Score = 2 }, store.ErrInvalid},
		"a long text":         {full, func(f *store.Feedback) { f.Text = strings.Repeat("é", 10_001) }, store.ErrInvalid},
		"a visitor":           {visitor, func(f *store.Feedback) { f.UserID, f.Metadata = "", nil }, nil},
		"of somebody else":    {visitor, func(f *store.Feedback) { f.Metadata = nil }, handler.ErrForbidden},
		"a visitor's tag":     {visitor, func(f *store.Feedback) { f.UserID, f.Metadata, f.Tags = "", nil, []string{"internal"} }, handler.ErrForbidden},
		"a visitor's facts":   {visitor, func(f *store.Feedback) { f.UserID = "" }, handler.ErrForbidden},
		"in another session":  {visitor, func(f *store.Feedback) { f.UserID, f.Metadata, f.SessionID = "", nil, "t" }, handler.ErrForbidden},
		"of another accounts": {handler.Principal{Account: "\n"}, func(*store.Feedback) {}, store.ErrInvalid},
	} {
		f := given
		test.mend(&f)
		got, err := h.Vote(r, test.p, f)
		if !errors.Is(err, test.want) || err != nil && !got.Equal(store.Feedback{}) || err == nil && got.UserID != "bob" {
			t.Errorf("%s: %+v, %v; want %v", name, got, err, test.want)
		}
	}
	n := 0
	for _, err := range store.All(t.Context(), st, store.Scope{Account: accountA, Assistant: "bot"}, store.Query{}) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 {
		t.Errorf("there are %d records, want ann's and bob's", n)
	}
}
