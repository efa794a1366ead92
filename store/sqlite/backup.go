package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Backup writes a copy of the file, as it is at one moment, to another one, which
// must not exist: it is there when it is whole and on the disk. Others go on
// meanwhile, but FILE-wal grows by what they write until the copy is done. The copy has
// no pages that hold nothing. If progress is not nil, it is called some times a second
// with about how many bytes are written and will be.
func (s *Store) Backup(ctx context.Context, path string, progress func(done, total int64)) error {
	if err := begin(ctx); err != nil {
		return err
	}
	if err := s.backup(ctx, path, progress); err != nil {
		return fmt.Errorf("sqlite: backup to %s: %w", path, s.explain(ctx, err))
	}
	return nil
}

func (s *Store) backup(ctx context.Context, path string, progress func(done, total int64)) error {
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist // before the work
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	part := f.Name()
	defer os.Remove(part)
	defer f.Close()
	if err := s.vacuumInto(ctx, f, progress); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Link(part, path); err != nil { // which replaces nothing
		return err
	}
	return syncDir(filepath.Dir(path))
}

// vacuumInto writes to an empty file, with a connection of its own, which ctx may
// interrupt.
func (s *Store) vacuumInto(ctx context.Context, f *os.File, progress func(done, total int64)) error {
	c, err := s.connect(readerCache)
	if err != nil {
		return err
	}
	defer c.close()
	pages, err := c.number("PRAGMA page_count")
	if err != nil {
		return err
	}
	copied := make(chan error, 1)
	go func() {
		_, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, "VACUUM INTO ?", []driver.NamedValue{{Ordinal: 1, Value: f.Name()}})
		copied <- err
	}()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-copied:
			if err != nil && ctx.Err() == nil {
				err = dbError{err}
			}
			return err
		case <-ticker.C:
			if info, err := f.Stat(); err == nil && progress != nil {
				progress(info.Size(), max(info.Size(), pages*pageSize))
			}
		}
	}
}
