package postgres

import (
	"cmp"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// Row level security can show a record to those who read and hide it from those who
// change it. To a Put or a Delete it then looks like one that somebody else is about
// to take away, and to an Erase like none.

// errHidden is what a call returns that can see a record and not change it.
var errHidden = errors.New("postgres: row level security hides records from this role: its policies must be the same for SELECT, UPDATE and DELETE")

// hides returns an error if there is row level security for the store's role.
func (s *Store) hides(ctx context.Context) error {
	var active bool
	err := s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, s.sql.in("SELECT row_security_active('«feedbacks')")).Scan(&active)
	})
	if err == nil && active {
		return errHidden
	}
	return err
}

// A patience counts how often a call has waited for others, who are done sooner.
type patience int

const maxPatience = 10

// wait lets others go on, and at last asks whether it does so in vain.
func (p *patience) wait(ctx context.Context, s *Store) error {
	if *p++; *p == maxPatience {
		if err := s.hides(ctx); err != nil {
			return err
		}
	}
	wait(ctx)
	return nil
}

// left returns an error if an Erase has left records because they are hidden.
func (s *Store) left(ctx context.Context, scope store.Scope, f store.Filter) error {
	if err := s.hides(ctx); err != errHidden {
		return err
	}
	for _, err := range store.All(ctx, s, scope, store.Query{Filter: f}) {
		return cmp.Or(err, errHidden)
	}
	return nil
}
