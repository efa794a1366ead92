package main

import (
	"context"
	"slices"
	"sync"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

// maxSaid is how many bytes of conversations are kept: the sessions that began first
// are forgotten.
const maxSaid = 32 << 20

const around = 200 // bytes around what is said

// said is what was said in the Simulator. It is the host's to keep and to erase, here
// in memory. It is safe for concurrent use.
type said struct {
	account string

	mu       sync.Mutex
	sessions map[string]*saidSession
	order    []string
	size     int
}

type saidSession struct {
	turns []handler.Turn
	size  int
	users []string // who had a token for it
}

func newSaid(account string) *said {
	return &said{account: account, sessions: map[string]*saidSession{}}
}

// session returns a session, which may be a new one. s.mu is held.
func (s *said) session(id string) *saidSession {
	if s.sessions[id] == nil {
		s.sessions[id] = &saidSession{}
		s.order = append(s.order, id)
	}
	return s.sessions[id]
}

// seenBy notes whose session it is.
func (s *said) seenBy(id, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.session(id)
	session.users = append(session.users, user)
	s.grow(session, around+len(user))
}

// add adds what was said last.
func (s *said) add(id string, turns ...handler.Turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.session(id)
	session.turns = append(session.turns, turns...)
	n := 0
	for _, t := range turns {
		n += around + len(t.Text)
	}
	s.grow(session, n)
}

// grow counts n more bytes of a session, and makes room for them.
func (s *said) grow(session *saidSession, n int) {
	session.size += n
	s.size += n
	for s.size > maxSaid {
		s.forget(s.order[0])
	}
}

func (s *said) forget(id string) {
	s.size -= s.sessions[id].size
	delete(s.sessions, id)
	s.order = slices.DeleteFunc(s.order, func(other string) bool { return other == id })
}

// conversation is a [handler.Conversation].
func (s *said) conversation(_ context.Context, scope store.Scope, session string) ([]handler.Turn, error) {
	if scope != (store.Scope{Account: s.account, Assistant: demoAssistant}) {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.sessions[session]; known != nil {
		return append([]handler.Turn(nil), known.turns...), nil
	}
	return nil, nil
}

// erased forgets the sessions of a person whose feedback was erased.
func (s *said) erased(_ context.Context, _ handler.Principal, scope store.Scope, f store.Filter, _ int64, err error) {
	if err != nil || f.UserID == "" || f != (store.Filter{UserID: f.UserID}) || scope.Assistant != "" && scope.Assistant != demoAssistant {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, session := range s.sessions {
		if slices.Contains(session.users, f.UserID) {
			s.forget(id)
		}
	}
}
