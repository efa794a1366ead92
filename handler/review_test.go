package handler_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A racing store has somebody else do something between a Get and what follows.
type racingStore struct {
	store.Store
	meanwhile func()
}

func (s racingStore) Get(ctx context.Context, scope store.Scope, r store.Ref) (store.Feedback, error) {
	f, err := s.Store.Get(ctx, scope, r)
	s.meanwhile()
	return f, err
}

func TestOneOfTwoReviewsWins(t *testing.T) {
	st := memory.New()
	f := fill(t, st, 1)[0]
	one := feedbacks + "/" + f.ID
	direct := serve(t, handler.New(st, quiet()))
	var told int
	opts := quiet()
	opts.OnChange = func(context.Context, *store.Feedback, *store.Feedback) { told++ }
	for _, c := range []struct {
		name, verdict string // of who is faster, "" to take it back
		method, body  string
		status        int
	}{
		{"another verdict", "disagree", "PUT", `{"verdict":"agree"}`, 409},
		{"the same", "unclear", "PUT", `{"verdict":"unclear"}`, 200}, // by one who does not wait for the answer
		{"a verdict beside a taking back", "unclear", "DELETE", "", 409},
		{"a taking back", "", "PUT", `{"verdict":"disagree"}`, 409},
	} {
		if ans := direct.do("PUT", one+"/Review", `{"verdict":"agree","note":"before"}`); ans.status != 200 {
			t.Fatal(ans.body)
		}
		told = 0
		a := serve(t, handler.New(racingStore{st, func() {
			if c.verdict == "" {
				direct.do("DELETE", one+"/Review", "")
			} else {
				direct.do("PUT", one+"/Review", `{"verdict":"`+c.verdict+`"}`)
			}
		}}, opts))
		ans := a.do(c.method, one+"/Review", c.body)
		got, err := st.Get(t.Context(), f.Scope, store.Ref{ID: f.ID})
		if err != nil || ans.status != c.status || told != 0 || got.Handled() != (c.verdict != "") || got.Handled() && string(got.Review.Verdict) != c.verdict {
			t.Errorf("%s: %d %s, %d changes told, and the record is %+v, %v", c.name, ans.status, ans.body, told, got.Review, err)
		}
		if c.status == 409 {
			a.fails(ans, 409, 20409, "changed meanwhile: look at it again")
		}
	}
	a := serve(t, handler.New(racingStore{st, func() { direct.do("DELETE", one, "") }}, opts))
	a.fails(a.do("PUT", one+"/Review", `{"verdict":"unclear"}`), 404, 20404, "not found")
}

// Who reviews is the host's to say, and so is what is wrong with that.
func TestAnActorThatIsNoneIsTheHostsFault(t *testing.T) {
	var log bytes.Buffer
	st := memory.New()
	f := fill(t, st, 1)[0]
	opts := quiet()
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	actor := strings.Repeat("é", 127)
	opts.Authenticate = func(*http.Request) (handler.Principal, error) {
		return handler.Principal{Account: accountA, Actor: actor}, nil
	}
	a := serve(t, handler.New(st, opts))
	if ans := a.do("PUT", feedbacks+"/"+f.ID+"/Review", `{"verdict":"agree"}`); ans.status != 200 || !strings.Contains(ans.body, `"actor":"`+actor+`"`) {
		t.Errorf("%d %s", ans.status, ans.body)
	}
	for _, actor = range []string{strings.Repeat("x", 256), "a\nb", "\xff"} {
		a.fails(a.do("PUT", feedbacks+"/"+f.ID+"/Review", `{"verdict":"unclear"}`), 500, 20500, "internal")
	}
	if strings.Count(log.String(), "Principal.Actor broke a rule: actor must") != 3 {
		t.Errorf("the log has %s", log.String())
	}
}

// What OnChange is told of a review is the host's to keep, and what it does with it
// cannot fail the call; Prepare has no part in a review.
func TestTheHostIsToldOfReviews(t *testing.T) {
	st := memory.New()
	f := fill(t, st, 1)[0]
	opts := quiet()
	opts.Prepare = func(context.Context, handler.Operation, handler.Principal, *store.Feedback) error {
		t.Error("Prepare is called for a review")
		return nil
	}
	opts.OnChange = func(_ context.Context, _, after *store.Feedback) {
		after.Review.Note, after.Text = "the host's", "the host's"
		panic("of the host")
	}
	ans := serve(t, handler.New(st, opts)).do("PUT", feedbacks+"/"+f.ID+"/Review", `{"verdict":"agree","note":"mine"}`)
	if got, err := st.Get(t.Context(), f.Scope, store.Ref{ID: f.ID}); err != nil || ans.status != 200 || !strings.Contains(ans.body, `"note":"mine"`) || strings.Contains(ans.body, "the host's") || got.Review.Note != "mine" {
		t.Errorf("%d %s, %+v, %v", ans.status, ans.body, got, err)
	}
}

// A thumb from a chat brings no review with it.
func TestAVoteOfTheHostsHasNoReview(t *testing.T) {
	st := memory.New()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", "/", nil)
	f, err := handler.New(st, quiet()).Vote(r, handler.Principal{Account: accountA}, store.Feedback{Scope: store.Scope{Assistant: "aia_asst_1"}, SessionID: "s", MessageID: "m", UserID: "ann",
		Review: &store.Review{Verdict: "none"}})
	if err != nil || f.Handled() {
		t.Errorf("%+v, %v", f, err)
	}
}
