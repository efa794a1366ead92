package faults

import (
	"database/sql"
	"testing"

	_ "modernc.org/sqlite" // for a file's other user

	"github.com/humanfeedback/feedbacks/internal/testserver"
)

// A file is SQLite's, and somebody else who has it open. While they have
// its lock, nobody writes: it stands still.
type file struct {
	t    *testing.T
	path string
	db   *sql.DB // with one connection
}

func newFile(t *testing.T) *file {
	t.Helper()
	f := &file{t: t, path: testserver.File(t)}
	db, err := sql.Open("sqlite", "file:"+f.path+"?_pragma=busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	f.db = db
	f.do("PRAGMA journal_mode = WAL")
	return f
}

func (f *file) do(sql string) {
	f.t.Helper()
	if _, err := f.db.Exec(sql); err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
}

func (f *file) Pause()  { f.do("BEGIN IMMEDIATE") }
func (f *file) Resume() { f.do("ROLLBACK") }

// Kill and Start do nothing: no process but those that serve has the records.
func (f *file) Kill()  {}
func (f *file) Start() {}

// intact asserts that the file is.
func (f *file) intact(t *testing.T) {
	t.Helper()
	var answer string
	if err := f.db.QueryRow("PRAGMA integrity_check").Scan(&answer); err != nil || answer != "ok" {
		t.Errorf("integrity_check: %s, %v", answer, err)
	}
}
