package handler

import (
	"context"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A Conversation is a function of the host's that returns what was said in a session
// of an assistant, oldest first. Nothing of it is stored: it is asked for when
// somebody looks at a record, and for datasets, and only ever for callers with full
// access. The account in the scope is that of the caller's credentials, and the session
// the one that a record names: see that it is this account's.
//
// It has five seconds, after which its context ends, and may be called by eight
// goroutines at once for one export, for any number of exports. A session that the
// host does not know has no turns. More than 2,000 turns or 2 MiB are as good as an
// error. An error is logged, and never told to a client; nor is a panic.
type Conversation func(ctx context.Context, s store.Scope, session string) ([]Turn, error)

// A Turn is a message of a conversation.
type Turn struct {
	// MessageID is what feedback calls the message (message_id); "" if it cannot be
	// rated. It should be there once: of several the last one counts.
	MessageID string
	// Role is who says it, in the words of chat models: "user" or "assistant", whose
	// turns are those that can be rated, or "system" or "tool".
	Role string
	// Text is what is said.
	Text string
	// Time is when it was said; zero if that is not known.
	Time time.Time
	// Metadata holds facts of the host's, to be shown beside it; nil for none.
	Metadata map[string]string
}
