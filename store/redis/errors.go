package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
)

// errCorrupt is for replies that no script of ours makes.
var errCorrupt = errors.New("redis: corrupt reply")

// What a server says, as the first word, while it cannot serve and before it has
// done anything. Scripts pass it on: as "WORD …" from Redis 7, within the message
// as "-WORD …" before.
var (
	// passing states, such as a failover's, are worth another try
	passing = []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "NOREPLICAS", "BUSY"}
	// others need somebody to do something
	lasting = []string{"OOM", "MISCONF", "NOAUTH", "WRONGPASS", "NOPERM"}
	// and this is what our own scripts say of a newer version's data
	newerVersion = []string{"NEWERVERSION"}
)

func says(message string, words []string) bool {
	for _, word := range words {
		if strings.HasPrefix(message, word+" ") || strings.Contains(message, "-"+word+" ") {
			return true
		}
	}
	return false
}

// isPassing reports whether a server refused because of what will pass.
func isPassing(message string) bool {
	return says(message, passing) || strings.Contains(message, "max number of clients") ||
		strings.Contains(message, "attempted to access a non local key") // the slot is on its way to another node
}

// isReply reports whether err is a server's reply.
func isReply(err error) bool {
	_, ok := errors.AsType[goredis.Error](err)
	return ok
}

// A notDone is an error of a write that was certainly not done. It may be tried
// again, unless the reason is a lasting one.
type notDone struct {
	error
	lasting bool
}

func (e notDone) Unwrap() error { return e.error }

func isNotDone(err error) bool {
	_, ok := errors.AsType[notDone](err)
	return ok
}

func isLasting(err error) bool {
	e, _ := errors.AsType[notDone](err)
	return e.lasting
}

var (
	errLate   = notDone{error: fmt.Errorf("redis: %w: the server did not come to it in time", store.ErrUnavailable)}
	errUndone = notDone{error: fmt.Errorf("redis: %w: others took the server's time", store.ErrUnavailable)}
)

// writeFailed says what an error of sending a write means.
func writeFailed(err error) error {
	if isReply(err) {
		return replyFailed(err.Error(), err)
	}
	wrapped := fmt.Errorf("redis: %w: %w", store.ErrUnavailable, err)
	for _, unsent := range []error{goredis.ErrPoolTimeout, goredis.ErrPoolExhausted, goredis.ErrClosed} {
		if errors.Is(err, unsent) {
			return notDone{error: wrapped}
		}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return notDone{error: wrapped}
	}
	return wrapped
}

// replyFailed says what an error means that a server replied to a write.
func replyFailed(message string, err error) error {
	switch {
	case isPassing(message), says(message, lasting):
		return notDone{fmt.Errorf("redis: %w: %w", store.ErrUnavailable, err), says(message, lasting)}
	case says(message, newerVersion):
		return fmt.Errorf("redis: %w: %w", store.ErrNewerVersion, err)
	}
	return fmt.Errorf("redis: %w", err)
}

// readFailed says what an error of a read means. A cluster's client would go on
// asking a master that has died for up to a minute (ClusterStateReloadInterval).
func (s *Store) readFailed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	s.doubt(err)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("redis: %w", ctx.Err())
	case errors.Is(err, goredis.Nil):
		return store.ErrNotFound
	case isReply(err) && !isPassing(err.Error()) && !says(err.Error(), lasting):
		return fmt.Errorf("redis: %w", err)
	}
	if s.cluster != nil {
		s.cluster.ReloadState(ctx) // in the background
	}
	return fmt.Errorf("redis: %w: %w", store.ErrUnavailable, err)
}
