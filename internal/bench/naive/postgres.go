package naive

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

const schema = `CREATE TABLE IF NOT EXISTS naive (
	id           text PRIMARY KEY,
	assistant_id text NOT NULL,
	session_id   text NOT NULL,
	message_id   text NOT NULL,
	score        double precision NOT NULL,
	text         text NOT NULL,
	created_at   timestamptz NOT NULL,
	updated_at   timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS naive_list ON naive (assistant_id, created_at)`

// A Table keeps feedback in PostgreSQL: one INSERT each.
type Table struct{ pool *pgxpool.Pool }

// NewTable makes the table if need be.
func NewTable(ctx context.Context, pool *pgxpool.Pool) (*Table, error) {
	_, err := pool.Exec(ctx, schema)
	return &Table{pool}, err
}

// Insert adds a record.
func (t *Table) Insert(ctx context.Context, f Feedback) error {
	_, err := t.pool.Exec(ctx, `INSERT INTO naive VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		f.ID, f.AssistantID, f.SessionID, f.MessageID, f.Score, f.Text, f.CreatedAt, f.UpdatedAt)
	return err
}

// Handler serves the table.
func (t *Table) Handler() http.Handler {
	return routes(func(r *http.Request, f Feedback) error { return t.Insert(r.Context(), f) }, http.NotFound)
}
