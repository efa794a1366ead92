// Command example is a complete server for the Feedbacks API: a gorilla/mux
// server that mounts the handler, as a host would.
//
//	go run ./example
//
// It needs no set-up: without -store it keeps feedback in feedbacks.db, in the
// working directory, and without TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN it makes
// credentials of its own, which it keeps beside that. It prints a curl line to try, and
// where its Simulator and its console are. The
// Simulator is then for this machine alone; with credentials of your own it takes
// -simulator and a sign-in. See -h for its flags. "example export" and "example
// import" take records out of a store and into another, "example backup" copies the
// file, "example version" says what was built, and "example healthcheck" whether a
// server serves.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
	_ "time/tzdata" // TimeZone works in a container without zones too
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// drain is how long requests under way may take to end after a SIGTERM.
const drain = 10 * time.Second

// run serves until ctx ends and returns the exit status: 2 for a wrong flag or
// setting, 1 for any other failure.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		switch args[0] {
		case "export", "import":
			return runTransfer(ctx, args, getenv, os.Stdin, stdout, stderr)
		case "backup":
			return runBackup(ctx, args[1:], getenv, stdout, stderr)
		case "version":
			fmt.Fprintln(stdout, version())
			return 0
		case "healthcheck":
			return healthcheck(ctx, args[1:], getenv, stderr)
		}
	}
	cfg, err := configure(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "example:", err)
		return 2
	}
	log := cfg.newLog(stderr)
	log.Info("starting", "version", version())
	st, closeStore, err := cfg.store.open(ctx, log)
	if err != nil {
		fmt.Fprintf(stderr, "example: -store %s: %v\n", cfg.store.name, err)
		return 1
	}
	defer closeStore()
	if getenv("GOGC") == "" && cfg.store.name != "memory" {
		debug.SetGCPercent(400) // the records are elsewhere: a heap of a few MB would be collected fifty times a second
	}
	listener, err := net.Listen("tcp", cfg.addr)
	if err != nil {
		fmt.Fprintln(stderr, "example:", err)
		return 1
	}
	srv := newServer(cfg, st, log)
	if cfg.keep > 0 {
		ctx, cancel := context.WithCancel(ctx)
		var retention sync.WaitGroup
		retention.Go(func() { retain(ctx, st, cfg.keep, log) })
		defer retention.Wait() // before the store is closed
		defer cancel()
	}
	cfg.greet(stdout, listener.Addr())

	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	select {
	case err = <-served:
	case <-ctx.Done():
		log.Info("stopping", "drain", drain)
		err = shutdown(srv)
	}
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(stderr, "example:", err)
		return 1
	}
	return 0
}

// shutdown lets requests under way end.
func shutdown(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		srv.Close()
		return fmt.Errorf("some requests were cut off after %v: %w", drain, err)
	}
	return nil
}
