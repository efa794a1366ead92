package conversation

import (
	"context"
	"iter"

	"github.com/humanfeedback/feedbacks/store"
)

// atOnce is how many sessions the host is asked for at the same time.
const atOnce = 8

// A Rated is a record with the conversation that it is about, or with the error for
// which that could not be had.
type Rated struct {
	store.Feedback
	Turns []Turn
	Err   error
}

// Each yields the records in their order, each with its conversation. The host is
// asked once for each session, unless its records are so far apart that others have
// taken the room. An error of the records is yielded once, and ends the sequence.
// The records must not share memory with each other, as those of a Query with a
// Buffer do.
func (f Func) Each(ctx context.Context, records iter.Seq2[store.Feedback, error]) iter.Seq2[Rated, error] {
	return func(yield func(Rated, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		asked := sessions{read: f.Read, of: map[key]*session{}}
		var queue []Rated
		var said []*session // of the queue
		next := func() bool {
			r, s := queue[0], said[0]
			queue, said = queue[1:], said[1:]
			asked.wait(s)
			r.Turns, r.Err = s.turns, s.err
			return yield(r, nil)
		}
		var failure error
		for r, err := range records {
			if failure = err; err != nil {
				break
			}
			if len(queue) == atOnce && !next() {
				return
			}
			queue, said = append(queue, Rated{Feedback: r}), append(said, asked.ask(ctx, r.Scope, r.SessionID))
		}
		for len(queue) > 0 {
			if !next() {
				return
			}
		}
		if failure != nil {
			yield(Rated{}, failure)
		}
	}
}

// A session is what the host was asked for: what it has answered is there once it is
// done.
type session struct {
	done    chan struct{}
	turns   []Turn
	size    int
	err     error
	counted bool
}

// sessions are those that the host was asked for, as far as there is room.
type sessions struct {
	read  func(context.Context, store.Scope, string) ([]Turn, int, error)
	of    map[key]*session
	order []key // as they were asked for
	size  int   // of those that are counted
}

type key struct {
	store.Scope
	session string
}

const (
	room = 16 << 20 // bytes
	rest = 256      // bytes of a session without its turns
)

// ask asks for a session, unless it was.
func (all *sessions) ask(ctx context.Context, scope store.Scope, id string) *session {
	k := key{scope, id}
	if s := all.of[k]; s != nil {
		return s
	}
	s := &session{done: make(chan struct{})}
	all.of[k], all.order = s, append(all.order, k)
	go func() {
		defer close(s.done)
		s.turns, s.size, s.err = all.read(ctx, scope, id)
	}()
	return s
}

// wait waits for a session, and forgets the oldest where there is no room for it.
func (all *sessions) wait(s *session) {
	<-s.done
	if !s.counted {
		s.counted = true
		all.size += s.size + rest
	}
	for all.size > room && all.of[all.order[0]].counted {
		oldest := all.order[0]
		all.size -= all.of[oldest].size + rest
		delete(all.of, oldest)
		all.order = all.order[1:]
	}
}
