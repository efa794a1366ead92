package naive

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"

	_ "modernc.org/sqlite"
)

// sqliteSchema has the indexes that ours has.
const sqliteSchema = `CREATE TABLE IF NOT EXISTS naive (
	id           TEXT PRIMARY KEY,
	assistant_id TEXT NOT NULL,
	session_id   TEXT NOT NULL,
	message_id   TEXT NOT NULL,
	user_id      TEXT NOT NULL,
	score        REAL NOT NULL,
	text         TEXT NOT NULL,
	created_at   INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS naive_list ON naive (assistant_id, created_at);
CREATE INDEX IF NOT EXISTS naive_session ON naive (assistant_id, session_id, created_at);
CREATE INDEX IF NOT EXISTS naive_message ON naive (assistant_id, message_id, created_at) WHERE message_id <> '';
CREATE INDEX IF NOT EXISTS naive_user ON naive (assistant_id, user_id, created_at) WHERE user_id <> ''`

// A File keeps feedback in SQLite: one INSERT each, on the disk when it returns.
type File struct{ db *sql.DB }

// OpenFile opens the file, and makes it if need be.
func OpenFile(ctx context.Context, path string) (*File, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?"+url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)"}}.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // those who write would only keep each other waiting
	_, err = db.ExecContext(ctx, sqliteSchema)
	return &File{db}, err
}

// Close closes the file.
func (f *File) Close() error { return f.db.Close() }

// Insert adds a record.
func (f *File) Insert(ctx context.Context, r Feedback) error {
	_, err := f.db.ExecContext(ctx, `INSERT INTO naive VALUES (?, ?, ?, ?, '', ?, ?, ?, ?)`,
		r.ID, r.AssistantID, r.SessionID, r.MessageID, r.Score, r.Text, r.CreatedAt.UnixMicro(), r.UpdatedAt.UnixMicro())
	return err
}

// Handler serves the file.
func (f *File) Handler() http.Handler {
	return routes(func(r *http.Request, rec Feedback) error { return f.Insert(r.Context(), rec) }, http.NotFound)
}
