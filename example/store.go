package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A backend is a place to keep feedback in, not yet connected to.
type backend struct {
	name string // to show: without a password
	path string // of the file, if it is one
	// open connects, and waits for a server that is still starting. close is
	// called when the store is not needed any more.
	open func(ctx context.Context, log *slog.Logger) (st store.Store, close func(), err error)
	// read is open for those who only read: it makes and changes no tables, and fails
	// where there are none.
	read func(ctx context.Context, log *slog.Logger) (st store.Store, close func(), err error)
}

// newBackend returns the backend that -store names.
func newBackend(name string) (backend, error) {
	if name == "memory" {
		return backend{name: name, open: func(context.Context, *slog.Logger) (store.Store, func(), error) {
			return memory.New(), func() {}, nil
		}}, nil
	}
	if path, ok := strings.CutPrefix(name, "sqlite:"); ok && path != "" {
		return sqliteBackend(path), nil
	}
	if !strings.Contains(name, "://") {
		name, _, _ = strings.Cut(name, "=") // in a DSN's form there may be a password
	}
	u, err := url.Parse(name)
	if err != nil {
		return backend{}, fmt.Errorf("-store is no URL: %w", errors.Unwrap(err)) // the rest has the password
	}
	b := backend{name: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()} // no query: it may have a password
	switch u.Scheme {
	case "postgres", "postgresql":
		config, err := pgxpool.ParseConfig(name)
		if err != nil {
			return backend{}, fmt.Errorf("-store %s: %w", b.name, cmp.Or(errors.Unwrap(err), errURL)) // the rest may have the password
		}
		config.PingTimeout = cmp.Or(config.PingTimeout, 500*time.Millisecond) // a host may be gone without a word
		b.open = func(ctx context.Context, log *slog.Logger) (store.Store, func(), error) {
			return openPostgres(ctx, config, log, true)
		}
		b.read = func(ctx context.Context, log *slog.Logger) (store.Store, func(), error) {
			return openPostgres(ctx, config, log, false)
		}
		return b, nil
	case "redis", "rediss":
		newClient, err := parseRedis(u)
		if err != nil {
			return backend{}, fmt.Errorf("-store %s: %w", b.name, err)
		}
		b.open = func(ctx context.Context, log *slog.Logger) (store.Store, func(), error) {
			return openRedis(ctx, newClient(), log)
		}
		b.read = b.open
		return b, nil
	}
	return backend{}, fmt.Errorf("-store must be sqlite:FILE, memory, postgres://user:password@host:port/database or redis://host:port, got %q", b.name)
}

var errURL = errors.New("not a URL of PostgreSQL's")

// patience is how long a server may take to start.
const patience = 30 * time.Second

// patiently calls try until it succeeds, until it fails without wanting to wait,
// or until patience or ctx is over.
func patiently(ctx context.Context, log *slog.Logger, server string, try func(context.Context) (wait bool, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for first := true; ; first = false {
		wait, err := try(ctx)
		if err == nil || !wait || ctx.Err() != nil {
			return err
		}
		if first {
			log.Info("waiting for "+server, "patience", patience, "error", err)
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}
