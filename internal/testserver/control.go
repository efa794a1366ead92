package testserver

import (
	"fmt"
	"time"
)

// Start starts a server that was killed or stopped, with its data and on its
// port, and waits until it serves.
func (s *Server) Start() {
	s.tb.Helper()
	s.report(s.start())
}

// StartNoWait is Start, without the wait: clients see the server come up.
func (s *Server) StartNoWait() {
	s.tb.Helper()
	s.report(s.launch())
}

// Stop shuts the server down in an orderly manner, PostgreSQL without waiting
// for its clients.
func (s *Server) Stop() {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() != nil {
		return
	}
	s.report(run("signal", "CONT", s.dir))
	s.report(s.child.Signal(s.kind.stop))
	select {
	case <-s.life.Done():
	case <-time.After(patience):
		s.tb.Errorf("%s did not stop\n%s", s.argv[0], logTail(s.dir))
	}
}

// Kill ends the server and all its children at once, as kill -9 does. They are
// gone when it returns.
func (s *Server) Kill() {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report(run("signal", "KILL", s.dir))
	<-s.life.Done()
}

// Pause freezes the server and all its children: connections stay open, and
// nothing answers.
func (s *Server) Pause() {
	s.tb.Helper()
	s.report(run("signal", "STOP", s.dir))
}

// Resume ends a Pause.
func (s *Server) Resume() {
	s.tb.Helper()
	s.report(run("signal", "CONT", s.dir))
}

// Log is the last of what the server has written to its log.
func (s *Server) Log() string { return logTail(s.dir) }

func (s *Server) report(err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Error(fmt.Errorf("%s on %s: %w", s.argv[0], s.Addr, err))
	}
}

// remove kills the server and removes what it has stored.
func (s *Server) remove() {
	s.Kill()
	s.report(run("remove", s.dir))
}

// Pid is the process's id.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.child.Pid
}
