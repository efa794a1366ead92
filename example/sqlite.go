package main

import (
	"context"
	"log/slog"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// defaultStore is the -store of who names none: a file in the working directory.
const defaultStore = "sqlite:feedbacks.db"

// openSQLite opens a file.
func openSQLite(path string, readOnly bool) (store.Store, func(), error) {
	st, err := sqlite.Open(path, &sqlite.Options{ReadOnly: readOnly})
	if err != nil {
		return nil, nil, err
	}
	return st, func() { st.Close() }, nil
}

// sqliteBackend is the file at a path.
func sqliteBackend(path string) backend {
	return backend{
		name: "sqlite:" + path,
		path: path,
		open: func(context.Context, *slog.Logger) (store.Store, func(), error) { return openSQLite(path, false) },
		read: func(context.Context, *slog.Logger) (store.Store, func(), error) { return openSQLite(path, true) },
	}
}
