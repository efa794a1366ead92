package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A task takes records out of a store or into one, by a file or a standard
// stream.
type task struct {
	verb               string // export or import
	backend            backend
	account, assistant *string // nil is all, or as the records say
	format             string
	file               string // "" and "-" are the standard stream

	store          store.Store
	stdin          io.Reader
	stdout, stderr io.Writer
	shows          time.Time // when the progress was shown last
	terminal       bool
}

// runTransfer runs the example's export or import and returns the exit status, as
// run does: 1 too when a record was not taken.
func runTransfer(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := task{verb: args[0], stdin: stdin, stdout: stdout, stderr: stderr, terminal: isTerminal(stderr)}
	err := t.configure(args[1:], getenv)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "example %s: %v\n", t.verb, err)
		return 2
	}
	if err := t.run(ctx); err != nil {
		fmt.Fprintf(stderr, "example %s: %v\n", t.verb, err)
		return 1
	}
	return 0
}

const transferUsage = `Usage: example export [flags] [file]
       example import [flags] [file]

Writes records to a file, or to standard output, and takes them from a file, or
from standard input: between any two stores. An export writes nothing to the
store that it reads. An import also takes the pages of Twilio's API. Either can
be repeated: nothing is doubled.

`

func (t *task) configure(args []string, getenv func(string) string) error {
	flags := flag.NewFlagSet("example "+t.verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is reported once, by runTransfer
	backend := flags.String("store", getenv("FEEDBACKS_STORE"), "the store's `URL`, as for the server (FEEDBACKS_STORE)")
	account, assistant := "only of this `account`", "only of this `assistant`"
	if t.verb == "import" {
		account, assistant = "into this `account`, whatever the records say", "into this `assistant`, whatever the records say"
	} else {
		flags.StringVar(&t.format, "format", "ndjson", "ndjson or csv")
	}
	flags.Func("account", account, func(v string) error { t.account = &v; return nil })
	flags.Func("assistant", assistant, func(v string) error { t.assistant = &v; return nil })
	flags.Usage = func() {
		fmt.Fprint(t.stdout, transferUsage)
		flags.SetOutput(t.stdout)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 1 {
		return fmt.Errorf("unexpected argument %q: flags come before the file", flags.Arg(1))
	}
	if t.file = flags.Arg(0); t.file == "-" {
		t.file = ""
	}
	if *backend == "" || *backend == "memory" {
		return errors.New("-store must be a URL: what is in memory is another process's")
	}
	if _, ok := formats[t.format]; !ok && t.verb == "export" {
		return fmt.Errorf("-format must be ndjson or csv, got %q", t.format)
	}
	scope := store.Scope{Assistant: "any"}
	if t.account != nil {
		scope.Account = *t.account
	}
	if t.assistant != nil {
		scope.Assistant = *t.assistant
	}
	if err := scope.Check(); err != nil {
		return err
	}
	var err error
	t.backend, err = newBackend(*backend)
	return err
}

// run opens the store and the file, and does it.
func (t *task) run(ctx context.Context) error {
	open := t.backend.open
	if t.verb == "export" {
		open = t.backend.read
	}
	st, closeStore, err := open(ctx, slog.New(slog.NewTextHandler(t.stderr, nil)))
	if err != nil {
		return fmt.Errorf("-store %s: %w", t.backend.name, err)
	}
	defer closeStore()
	t.store = st
	if t.verb == "export" {
		return t.export(ctx)
	}
	return t.imports(ctx)
}

// progress shows how far it is on a terminal, some times a second.
func (t *task) progress(format string, args ...any) {
	if t.terminal && time.Since(t.shows) > 200*time.Millisecond {
		t.shows = time.Now()
		fmt.Fprintf(t.stderr, "\r"+format, args...)
	}
}

// done tells what was done, in the progress's place.
func (t *task) done(format string, args ...any) {
	if t.terminal {
		fmt.Fprint(t.stderr, "\r\x1b[K") // what was longer
	}
	fmt.Fprintf(t.stderr, format+"\n", args...)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
