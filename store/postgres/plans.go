package postgres

import (
	"cmp"
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What the planner knows of a table can be old, or nothing: a dump was restored, an
// assistant has a hundred times the records of yesterday, a statement was prepared
// when the table was empty. So it has no choice. These settings, which are gone with
// the statement that follows them in the same transaction and the same packet, leave
// it the indexes, in their order, and rows that are looked up one by one; the order of
// a list is that of one index alone (sqlfilter.Where). A plan then is good for ever, and
// is made once for each connection.
//
// The last two are for what is read as text, in some query modes: no host's setting
// may round a score, or write a time as nobody reads it.
const settings = `SELECT pg_is_in_recovery() WHERE set_config('plan_cache_mode', 'force_generic_plan', true) > ''
	AND set_config('enable_seqscan', 'off', true) > '' AND set_config('enable_sort', 'off', true) > '' AND set_config('enable_incremental_sort', 'off', true) > ''
	AND set_config('enable_material', 'off', true) > ''
	AND set_config('enable_hashjoin', 'off', true) > '' AND set_config('enable_mergejoin', 'off', true) > '' AND set_config('jit', 'off', true) > ''
	AND set_config('extra_float_digits', '1', true) > '' AND set_config('DateStyle', 'ISO', true) > ''`

// query sends a statement with settings. It also sees whether the server is a
// standby: one that was the primary, and is behind.
func (s *Store) query(ctx context.Context, c *pgx.Conn, sql string, args ...any) (pgx.Rows, error) {
	var b pgx.Batch
	b.Queue(settings)
	b.Queue(sql, args...)
	batch := c.SendBatch(ctx, &b)
	if err := s.settled(batch); err != nil {
		batch.Close()
		return nil, err
	}
	rows, err := batch.Query()
	if err != nil {
		batch.Close()
		return nil, err
	}
	return &planned{Rows: rows, batch: batch}, nil
}

// settled reads what settings returns.
func (s *Store) settled(batch pgx.BatchResults) error {
	var standby bool
	err := batch.QueryRow().Scan(&standby)
	if err == nil && s.forsakes(standby) {
		err = errStandby
	}
	return err
}

// forsakes reports whether a server is not to be read from: a standby, once this
// store has seen a primary.
func (s *Store) forsakes(standby bool) bool {
	if !standby {
		s.primary.Store(true)
	}
	return standby && s.primary.Load()
}

var errStandby = &pgconn.PgError{Severity: "ERROR", Code: readOnly, Message: "the server has become a standby"}

// planned are rows that end with their batch, and so when they are committed.
type planned struct {
	pgx.Rows
	batch pgx.BatchResults
	err   error
}

func (p *planned) Next() bool {
	if p.Rows.Next() {
		return true
	}
	p.Close()
	return false
}

func (p *planned) Close() {
	p.Rows.Close()
	p.err = cmp.Or(p.err, p.batch.Close())
}

func (p *planned) Err() error { return cmp.Or(p.Rows.Err(), p.err) }
