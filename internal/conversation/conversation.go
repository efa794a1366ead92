// Package conversation asks the host what was said in the sessions that feedback is
// about: within bounds, and so that the host's failure is never taken for silence.
package conversation

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A Turn is handler.Turn.
type Turn struct {
	MessageID string
	Role      string
	Text      string
	Time      time.Time
	Metadata  map[string]string
}

// A Func is handler.Conversation, or nil.
type Func func(ctx context.Context, s store.Scope, session string) ([]Turn, error)

// Of returns the host's function as a Func, nil for nil.
func Of[T ~struct {
	MessageID string
	Role      string
	Text      string
	Time      time.Time
	Metadata  map[string]string
}](f func(context.Context, store.Scope, string) ([]T, error)) Func {
	if f == nil {
		return nil
	}
	return func(ctx context.Context, s store.Scope, session string) ([]Turn, error) {
		said, err := f(ctx, s, session)
		if err != nil {
			return nil, err
		}
		turns := make([]Turn, len(said))
		for i, t := range said {
			turns[i] = Turn(t)
		}
		return turns, nil
	}
}

// The bounds of one conversation.
const (
	Patience = 5 * time.Second
	MaxTurns = 2000
	MaxBytes = 2 << 20 // of ids, roles, texts and metadata
)

// What a conversation may lack.
var (
	ErrTooLong  = fmt.Errorf("the conversation is longer than %d turns or %d bytes", MaxTurns, MaxBytes)
	ErrNothing  = errors.New("the host knows nothing of this session")
	ErrUnstated = errors.New("the conversation has no such message")
)

// Read returns what was said in a session, oldest first, of which size bytes are
// kept in memory. Its errors are ErrTooLong, ErrNothing, and the host's. A panic of
// the host's is an error too.
func (f Func) Read(ctx context.Context, s store.Scope, session string) (turns []Turn, size int, err error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	defer func() {
		if v := recover(); v != nil { // it may be in a goroutine that nobody else looks after
			turns, size, err = nil, 0, fmt.Errorf("panic in Conversation: %v\n%s", v, debug.Stack())
		}
	}()
	turns, err = f(ctx, s, session)
	switch {
	case err != nil:
		return nil, 0, err
	case len(turns) == 0:
		return nil, 0, ErrNothing
	case len(turns) > MaxTurns:
		return nil, 0, ErrTooLong
	}
	for _, t := range turns {
		size += len(t.MessageID) + len(t.Role) + len(t.Text)
		for name, value := range t.Metadata {
			size += len(name) + len(value)
		}
	}
	if size > MaxBytes {
		return nil, 0, ErrTooLong
	}
	return turns, size, nil
}

// Find returns which turn bears the id of a message: the last that does, -1 if none
// does.
func Find(turns []Turn, message string) int {
	if message == "" {
		return -1
	}
	for i, t := range slices.Backward(turns) {
		if t.MessageID == message {
			return i
		}
	}
	return -1
}
