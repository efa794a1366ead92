package console

import (
	"errors"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/conversation"
	"github.com/humanfeedback/feedbacks/store"
)

// How many turns are shown before a rated answer, and after it.
const (
	turnsBefore = 40
	turnsAfter  = 20
)

// A conversationView is what a record's page shows of what was said.
type conversationView struct {
	Problem       string // why nothing is shown, "" if something is
	Retry         string // the address to try again, if that is of use
	Turns         []turnView
	Missing       bool  // the message that is rated is not there
	Before, After int64 // turns that are left out on either side
}

// A turnView is a turn as it is shown.
type turnView struct {
	conversation.Turn
	Rated bool // is what the record is about
}

// IsUser reports whether the person says it.
func (t turnView) IsUser() bool { return t.Role == "user" }

// conversation asks the host what was said around what a record is about; nil if the
// host has no such function. What fails is shown as such, beside a record that is
// whole.
func (v *visit) conversation(f *store.Feedback) *conversationView {
	ask := conversation.Of(v.opts.Conversation)
	if ask == nil {
		return nil
	}
	turns, _, err := ask.Read(v.r.Context(), f.Scope, f.SessionID)
	switch {
	case err == nil:
		return around(turns, f.MessageID)
	case errors.Is(err, conversation.ErrNothing):
		return &conversationView{Problem: "This site knows nothing of this session, or not any more."}
	case errors.Is(err, conversation.ErrTooLong):
		return &conversationView{Problem: "It is too long to be shown."}
	}
	if !answer.Left(v.r) {
		v.Log("Conversation", "error", err)
	}
	return &conversationView{Problem: "It could not be had; the cause is in the log of the server. The feedback is all here.", Retry: v.here()}
}

// around returns the turns around that of a message: the last ones where the message
// is not among them, or where there is none.
func around(turns []conversation.Turn, message string) *conversationView {
	rated := conversation.Find(turns, message)
	view := &conversationView{Missing: message != "" && rated < 0}
	from, to := max(0, len(turns)-turnsBefore-turnsAfter), len(turns)
	if rated >= 0 {
		from, to = max(0, rated-turnsBefore), min(len(turns), rated+1+turnsAfter)
	}
	view.Before, view.After = int64(from), int64(len(turns)-to)
	for i, t := range turns[from:to] {
		view.Turns = append(view.Turns, turnView{t, from+i == rated})
	}
	return view
}
