package testserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start or stop on a busy machine.
const patience = time.Minute

// Server is a process, with its children, in a directory and on a port of its
// own. Its methods may be called from any goroutine until the test ends; what
// goes wrong fails the test.
type Server struct {
	Addr string // as in 127.0.0.1:12345

	tb   testing.TB // nil for a shared server, which no test gets hold of
	dir  string
	kind kind
	argv []string

	mu    sync.Mutex
	child *os.Process
	life  context.Context // ends with the child; nil before the first
}

// kind is how servers of one kind are started and stopped.
type kind struct {
	argv  func(dir, port string) ([]string, error)     // the command, and what it needs in dir
	ready func(ctx context.Context, addr string) error // nil once it serves clients
	stop  syscall.Signal                               // shuts it down
}

// start starts a server in dir, on another port if somebody else was faster.
func (k kind) start(tb testing.TB, dir string) (*Server, error) {
	for attempt := 1; ; attempt++ {
		port, err := takePort()
		if err != nil {
			return nil, err
		}
		s := &Server{Addr: address(port), tb: tb, dir: dir, kind: k}
		_, text, _ := net.SplitHostPort(s.Addr)
		if s.argv, err = k.argv(dir, text); err != nil {
			return nil, err
		}
		if err = s.start(); err == nil {
			if tb != nil {
				tb.Cleanup(func() { s.remove(); givePort(port) })
			}
			return s, nil
		}
		if attempt == 3 || !strings.Contains(err.Error(), "Address already in use") {
			return nil, errors.Join(err, run("remove", dir))
		}
	}
}

func (s *Server) start() error {
	if err := s.launch(); err != nil {
		return err
	}
	return s.wait()
}

// launch starts the process as a direct child, so that its end is noticed.
func (s *Server) launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life != nil && s.life.Err() == nil {
		return fmt.Errorf("%s is running", s.argv[0])
	}
	log, err := os.OpenFile(logFile(s.dir), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(s.argv[0], s.argv[1:]...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C") // for messages that start can read
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes()
	if err := cmd.Start(); err != nil {
		return err
	}
	life, end := context.WithCancel(context.Background())
	go func() { cmd.Wait(); end() }()
	s.child, s.life = cmd.Process, life
	return nil
}

// running returns a context that ends with the process.
func (s *Server) running() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.life
}

// wait waits until the server serves.
func (s *Server) wait() error {
	ctx, cancel := context.WithTimeout(s.running(), patience)
	defer cancel()
	if err := poll(ctx, func(ctx context.Context) error { return s.kind.ready(ctx, s.Addr) }); err != nil {
		return fmt.Errorf("%s did not start: %w\n%s", s.argv[0], err, logTail(s.dir))
	}
	return nil
}

// poll calls ready until it returns nil or ctx ends.
func poll(ctx context.Context, ready func(context.Context) error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		try, cancel := context.WithTimeout(ctx, 10*time.Second) // it may have to ask many
		err := ready(try)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}
