package bench

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/humanfeedback/feedbacks/internal/bench/naive"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

var onSQLite = []measurement{{
	name: "SQLite, HTTP, 64 connections",
	open: func(tb testing.TB) []contender {
		return []contender{
			{"ours", posts(example(tb, "sqlite:"+newFile(tb)), 64, same)},
			{"naive", posts(rival(tb, "sqlite:"+newFile(tb)), 64, same)},
		}
	},
	rows: []row{
		{unit: "calls/s", of: "ours", against: "naive", reach: 4, aim: 6},
		{unit: "CPU µs/call", of: "ours", against: "naive", atMost: true, reach: 0.5},
	},
}, {
	name: "SQLite, 64 callers",
	open: func(tb testing.TB) []contender { return callSQLite(tb, 64) },
	rows: []row{{unit: "calls/s", of: "ours", against: "ungrouped", reach: 4, aim: 6}},
}, {
	name: "SQLite, one caller",
	open: func(tb testing.TB) []contender { return callSQLite(tb, 1) },
	rows: []row{
		{unit: "calls/s at the median", of: "ours", against: "ungrouped", reach: 0.9},
		{unit: "calls/s at the median", of: "ours", against: "naive", reach: 0.9},
	},
}, listSQLite(200_000, false), listSQLite(1_000_000, true)}

// newFile returns the path of a file on a disk.
func newFile(tb testing.TB) string { return filepath.Join(tb.TempDir(), "feedbacks.db") }

func openSQLite(tb testing.TB, path string, opts *sqlite.Options) *sqlite.Store {
	st, err := sqlite.Open(path, opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	return st
}

func callSQLite(tb testing.TB, callers int) []contender {
	st := openSQLite(tb, newFile(tb), nil)
	file, err := naive.OpenFile(tb.Context(), newFile(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { file.Close() })
	return []contender{
		{"ours", creates(st, callers, false)},
		{"ungrouped", creates(st, callers, true)},
		{"naive", func(tb testing.TB, d time.Duration) figures {
			return call(tb, callers, d, func(ctx context.Context) error {
				return file.Insert(ctx, naive.Feedback{
					ID: "aia_fdbk_" + uuid.NewString(), AssistantID: scope.Assistant, SessionID: "demo",
					Score: 1, Text: "problem resolved", CreatedAt: time.Now(), UpdatedAt: time.Now(),
				})
			})
		}},
	}
}

func listSQLite(n int, large bool) measurement {
	return measurement{name: fmt.Sprintf("SQLite, a list of %d", n), large: large, open: func(tb testing.TB) []contender {
		if *rounds == 0 {
			n = 2000
		}
		path := newFile(tb)
		st := openSQLite(tb, path, &sqlite.Options{SynchronousNormal: true})
		fill(tb, st, n)
		return listFile(tb, path, st, n)
	}, rows: []row{{unit: "records/s", of: "ours", against: "bare", reach: 0.8}}}
}

// listFile reads all records of a scope, by pages or by a bare loop over the same
// columns.
func listFile(tb testing.TB, path string, st store.Store, n int) []contender {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	perSecond := func(tb testing.TB, read func() (int, error)) figures {
		start := time.Now()
		got, err := read()
		if err == nil && got != n {
			err = fmt.Errorf("%d records, want %d", got, n)
		}
		if err != nil {
			tb.Fatal(err)
		}
		return figures{"records/s": float64(n) / time.Since(start).Seconds()}
	}
	return []contender{
		{"ours", func(tb testing.TB, _ time.Duration) figures {
			return perSecond(tb, func() (got int, err error) {
				for _, err := range store.All(tb.Context(), st, scope, store.Query{Buffer: []store.Feedback{}}) {
					if err != nil {
						return got, err
					}
					got++
				}
				return got, nil
			})
		}},
		{"bare", func(tb testing.TB, _ time.Duration) figures {
			return perSecond(tb, func() (got int, err error) {
				rows, err := db.QueryContext(tb.Context(), `SELECT id, key, session_id, message_id, user_id, score, text, tags, updated_at, details FROM feedbacks ORDER BY scope DESC, id DESC`)
				if err != nil {
					return 0, err
				}
				defer rows.Close()
				for rows.Next() {
					var id, key []byte
					var session, message, user, text, tags string
					var score float64
					var updated int64
					var details sql.NullString
					if err := rows.Scan(&id, &key, &session, &message, &user, &score, &text, &tags, &updated, &details); err != nil {
						return got, err
					}
					got++
				}
				return got, rows.Err()
			})
		}},
	}
}
