package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/humanfeedback/feedbacks/store/sqlite"
)

const backupUsage = `Usage: example backup [flags] file

Copies the file that the records are in, as it is at one moment, while servers go
on. The copy must not exist yet.

`

// runBackup runs the example's backup and returns the exit status, as run does.
func runBackup(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("example backup", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is reported once, below
	name := flags.String("store", cmp.Or(getenv("FEEDBACKS_STORE"), defaultStore), "sqlite:`FILE`, as for the server (FEEDBACKS_STORE)")
	flags.Usage = func() {
		fmt.Fprint(stdout, backupUsage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
	}
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil && flags.NArg() != 1 {
		err = errors.New("name one file to copy to, after the flags")
	}
	var b backend
	if err == nil {
		b, err = newBackend(*name)
	}
	if err == nil && b.path == "" {
		err = fmt.Errorf("-store must be sqlite:FILE, got %q: other stores have tools of their own", b.name)
	}
	if err != nil {
		fmt.Fprintln(stderr, "example backup:", err)
		return 2
	}
	if err := backup(ctx, b.path, flags.Arg(0), stderr); err != nil {
		fmt.Fprintln(stderr, "example backup:", err)
		return 1
	}
	return 0
}

func backup(ctx context.Context, from, to string, stderr io.Writer) error {
	st, err := sqlite.Open(from, &sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	t := task{stderr: stderr, terminal: isTerminal(stderr)}
	err = st.Backup(ctx, to, func(done, total int64) { t.progress("%d of about %d MB written", done>>20, total>>20) })
	if err == nil {
		t.done("copied to %s", to)
	}
	return err
}
