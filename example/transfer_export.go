package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"

	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// formats are the kinds of files that an export makes. Its lines name the account
// in any case, so that an import finds all scopes again.
var formats = map[string]transfer.Format{
	"ndjson": transfer.NDJSON(wire.AppendWithAccount),
	"csv":    transfer.CSV(),
}

// export writes the records to the file, oldest first, one assistant after the
// other.
func (t *task) export(ctx context.Context) error {
	if t.file == "" {
		return t.write(ctx, t.stdout)
	}
	part := t.file + ".part" // that no one takes for the whole
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	if err := errors.Join(t.write(ctx, f), f.Close()); err != nil {
		os.Remove(part)
		return err
	}
	return os.Rename(part, t.file)
}

func (t *task) write(ctx context.Context, out io.Writer) error {
	n := 0
	err := formats[t.format].Write(out, func(yield func(store.Feedback, error) bool) {
		for s, err := range t.scopes(ctx) {
			if err != nil {
				yield(store.Feedback{}, err)
				return
			}
			for f, err := range store.All(ctx, t.store, s, store.Query{Ascending: true, Buffer: []store.Feedback{}}) {
				if !yield(f, err) {
					return
				}
				n++
				t.progress("%d written", n)
			}
		}
	})
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if err == nil {
		t.done("%d written", n)
	}
	return err
}

// scopes returns the scopes that the flags select.
func (t *task) scopes(ctx context.Context) iter.Seq2[store.Scope, error] {
	return func(yield func(store.Scope, error) bool) {
		var after store.Scope
		if t.account != nil {
			after.Account = *t.account
		}
		for {
			page, err := t.store.Scopes(ctx, after, store.MaxLimit)
			if err != nil {
				yield(after, err)
				return
			}
			for _, s := range page {
				switch {
				case t.account != nil && s.Account != *t.account:
					return // in byte order: there are no more
				case t.assistant != nil && s.Assistant != *t.assistant:
				case !yield(s, nil):
					return
				}
				after = s
			}
			if len(page) == 0 {
				return
			}
		}
	}
}
