package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A pool may hold connections to a host that is gone without a word, or to what was
// the primary: until somebody writes to them they look like any other. A store that
// has met one looks at all that are idle.

// maxCut is how many connections that nobody has answered are let go of at once.
const maxCut = 16

// soon is how long a connection may take to show that somebody is there.
func (s *Store) soon() time.Duration { return min(time.Second, s.opts.Timeout/4) }

// once calls f with a connection, and reports whether it came to that. While it gets
// none, it looks whether those that are idle lead anywhere: the pool waits for an
// answer of one after the other.
func (s *Store) once(ctx context.Context, f func(context.Context, *pgx.Conn) error) (sent bool, err error) {
	for {
		acquiring, cancel := context.WithTimeout(ctx, s.soon())
		err = s.db.AcquireFunc(acquiring, func(c *pgxpool.Conn) error {
			sent = true
			err := f(ctx, c.Conn())
			s.part(ctx, c, err)
			return err
		})
		late := acquiring.Err() != nil
		cancel()
		if err == nil || sent || !late || ctx.Err() != nil {
			return sent, err
		}
		s.sweep(ctx)()
	}
}

// part decides what becomes of a connection after an error. One to a server that has
// become read-only is dropped: the pool would hand it out again and again. Where an
// answer did not come in time, the others may wait for none either.
func (s *Store) part(ctx context.Context, c *pgxpool.Conn, err error) {
	switch {
	case code(err) == readOnly:
		c.Conn().Close(ctx)
		s.sweep(ctx)()
	case err != nil && ctx.Err() == context.DeadlineExceeded:
		s.cut(c)
		s.sweep(ctx)
	}
}

// sweep drops those idle connections that do not answer soon, or do so from a standby.
// Nobody else gets one meanwhile; its caller need not wait.
func (s *Store) sweep(ctx context.Context) (wait func()) {
	var wg sync.WaitGroup
	pool, ok := s.db.(interface {
		AcquireAllIdle(ctx context.Context) []*pgxpool.Conn
	})
	if !ok {
		return wg.Wait
	}
	ctx = context.WithoutCancel(ctx)
	for _, c := range pool.AcquireAllIdle(ctx) {
		wg.Go(func() {
			defer c.Release()
			ctx, cancel := context.WithTimeout(ctx, s.soon())
			defer cancel()
			var standby bool
			err := c.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&standby)
			if err == nil && s.forsakes(standby) {
				c.Conn().Close(ctx)
			}
			s.cut(c)
		})
	}
	return wg.Wait
}

// cut takes a connection out of the pool that pgx is closing: it waits up to 15 s
// for a server that does not answer, and the pool would make no other meanwhile. Of
// a server that hangs there are so no more than maxCut beside those of the pool.
func (s *Store) cut(c *pgxpool.Conn) {
	if !c.Conn().IsClosed() {
		return
	}
	if s.cuts.Add(1) > maxCut {
		s.cuts.Add(-1)
		return
	}
	conn := c.Hijack()
	go func() {
		<-conn.PgConn().CleanupDone()
		s.cuts.Add(-1)
	}()
}
