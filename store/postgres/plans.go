package postgres

import (
	"cmp"
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What the planner knows of a table can be old, or nothing: a dump was restored, an
// assistant has a hundred times the records of yesterday, a statement was prepared
// when the table was empty. So it has no choice. These settings, which are gone with
// the statement that follows them in the same transaction and the same packet, leave
// it the indexes, in their order, and rows that are looked up one by one; the order of
// a list is that of one index alone (sqlfilter.Where). A plan then is good for ever, and
// is made once for each connection. Each takes the server about a microsecond, so that
// what looks up one row has but those that it can go wrong by.
//
// The last two are for what is read as text, in some query modes: no host's setting
// may round a score, or write a time as nobody reads it.
var (
	settings = set("plan_cache_mode=force_generic_plan", "enable_seqscan=off", "enable_sort=off", "enable_incremental_sort=off", "enable_material=off",
		"enable_hashjoin=off", "enable_mergejoin=off", "jit=off", "extra_float_digits=1", "DateStyle=ISO")
	settingsOfOne = set("plan_cache_mode=force_generic_plan", "enable_seqscan=off", "enable_sort=off", "jit=off", "extra_float_digits=1", "DateStyle=ISO")
)

// set makes settings. What it returns says whether the server is a standby.
func set(settings ...string) string {
	conditions := make([]string, len(settings))
	for i, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		conditions[i] = "set_config('" + name + "', '" + value + "', true) IS NOT NULL"
	}
	return "SELECT pg_is_in_recovery() WHERE " + strings.Join(conditions, " AND ")
}

// query sends a statement with settings. It also sees whether the server is a
// standby: one that was the primary, and is behind.
func (s *Store) query(ctx context.Context, c *pgx.Conn, settings, sql string, args ...any) (pgx.Rows, error) {
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
