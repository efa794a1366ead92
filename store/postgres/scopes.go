package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// scopesSQL lists scopes in byte order: the columns' collation is "C".
const scopesSQL = `SELECT account, assistant FROM «feedbacks_scopes
WHERE (account, assistant) > ($1::text, $2::text) ORDER BY account, assistant LIMIT $3::int`

// Scopes implements [store.Store].
func (s *Store) Scopes(ctx context.Context, after store.Scope, limit int) (scopes []store.Scope, err error) {
	if err := begin(ctx, store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	err = s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		rows, _ := c.Query(ctx, s.sql.scopes, after.Account, after.Assistant, limit) // its error is also rows'
		scopes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[store.Scope])
		return err
	})
	return scopes, err
}
