package transfer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/humanfeedback/feedbacks/store"
)

// The bounds of what an import holds at once.
const (
	inFlight     = 64      // calls of the store, which groups them
	batchRecords = 1 << 10 // records of one batch
	batchBytes   = 1 << 20 // and their lines' bytes
	maxErrors    = 100     // errors that are told
)

// ErrRead is what the error of reading a file is wrapped in.
var ErrRead = errors.New("could not be read whole")

// A Result is what became of a file's records.
type Result struct {
	Created  int64       // added now
	Repeated int64       // there already; the same, or the same person's vote
	Failed   int64       // not taken
	Errors   []LineError // why, of the first hundred
}

// A LineError says what is wrong with a line.
type LineError struct {
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// An Importer adds records to a store, many at once.
type Importer struct {
	Store store.Store
	// Parse returns the record that a line holds, which is then checked.
	Parse func(text []byte) (store.Feedback, error)
	// Prepare, if not nil, returns what is compared and stored of a checked record,
	// with the same ID and Key. It is called by many goroutines at once. An
	// ErrInvalid costs that line alone, any other error ends the import.
	Prepare func(context.Context, store.Feedback) (store.Feedback, error)
	// Progress, if not nil, is called now and then with what was done so far.
	Progress func(Result)
}

// Import adds the records of lines. What is wrong with one costs no other, and is
// in the Result. An error is the store's, or ErrRead: what the
// Result counts is done, of the rest some may be, and all of it can be repeated.
func (im *Importer) Import(ctx context.Context, lines iter.Seq2[Line, error]) (Result, error) {
	b := batch{Importer: im, names: map[string]bool{}}
	for l, err := range lines {
		if err != nil {
			if failed := b.flush(ctx); failed != nil {
				return b.result, failed
			}
			return b.result, fmt.Errorf("%w: %w", ErrRead, err)
		}
		it := item{line: l.Number, err: l.Err}
		if it.err == nil {
			if it.f, it.err = im.Parse(l.Text); it.err == nil {
				it.err = it.f.Check()
			}
		}
		if b.mustFlush(&it, len(l.Text)) {
			if err := b.flush(ctx); err != nil {
				return b.result, err
			}
		}
		b.add(it, len(l.Text))
	}
	err := b.flush(ctx)
	return b.result, err
}

// An item is a line on its way into the store.
type item struct {
	line     int
	f        store.Feedback
	err      error // what is wrong with the line
	repeated bool
	undone   bool // the batch broke off before it
}

// A batch is a number of lines whose records are of one scope, and all of
// different ids and keys, so that it makes no difference in which order they are
// added.
type batch struct {
	*Importer
	items  []item
	bytes  int
	scope  store.Scope
	names  map[string]bool // ids and keys
	result Result
}

func (b *batch) mustFlush(it *item, bytes int) bool {
	if len(b.items) >= batchRecords || b.bytes+bytes > batchBytes {
		return true
	}
	return it.err == nil && len(b.names) > 0 && (it.f.Scope != b.scope || b.names[it.f.ID] || it.f.Key != "" && b.names[it.f.Key])
}

func (b *batch) add(it item, bytes int) {
	b.items = append(b.items, it)
	b.bytes += bytes
	if it.err != nil {
		return
	}
	b.scope = it.f.Scope
	b.names[it.f.ID] = true
	if it.f.Key != "" {
		b.names[it.f.Key] = true
	}
}

// flush adds the batch's records and counts them. It returns the store's error.
func (b *batch) flush(ctx context.Context) error {
	err := b.store(ctx)
	for i := range b.items {
		switch it := &b.items[i]; {
		case it.undone:
		case it.err != nil:
			b.result.Failed++
			if len(b.result.Errors) < maxErrors {
				b.result.Errors = append(b.result.Errors, LineError{it.line, it.err.Error()})
			}
		case it.repeated:
			b.result.Repeated++
		default:
			b.result.Created++
		}
	}
	clear(b.items) // and what they hold
	clear(b.names)
	b.items, b.bytes = b.items[:0], 0
	if b.Progress != nil {
		b.Progress(b.result)
	}
	return err
}

// store adds the batch's records. The first error of the store's ends it.
func (b *batch) store(ctx context.Context) error {
	if len(b.names) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	empty, err := b.empty(ctx)
	if err != nil {
		cancel(err)
	}
	var next atomic.Int64
	var panicked atomic.Value
	var workers sync.WaitGroup
	for range min(inFlight, len(b.items)) {
		workers.Go(func() {
			defer func() {
				if v := recover(); v != nil { // here it would end the process
					panicked.CompareAndSwap(nil, fmt.Sprintf("%v\n\n%s", v, debug.Stack()))
					cancel(nil)
				}
			}()
			for i := next.Add(1) - 1; i < int64(len(b.items)); i = next.Add(1) - 1 {
				it := &b.items[i]
				if it.err != nil {
					continue
				}
				if it.undone = true; ctx.Err() != nil {
					continue
				}
				if err := b.storeOne(ctx, it, empty); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	if v := panicked.Load(); v != nil {
		panic(v)
	}
	return context.Cause(ctx)
}

// empty reports whether the store has nothing of the batch's span of time, so
// that none of its records can be there already. That is how a first import
// is spared a look for each of its records.
func (b *batch) empty(ctx context.Context) (bool, error) {
	q := store.Query{Limit: 1, Ascending: true}
	first, last := "", ""
	for i := range b.items {
		if it := &b.items[i]; it.err == nil {
			if first == "" || it.f.ID < first {
				first = it.f.ID
			}
			last = max(last, it.f.ID)
		}
	}
	q.CreatedAfter, _ = store.IDTime(first)
	for {
		page, err := b.Store.List(ctx, b.scope, q)
		if err != nil {
			return false, err
		}
		if len(page.Feedbacks) > 0 {
			return page.Feedbacks[0].ID > last, nil
		}
		if page.Next == "" {
			return true, nil
		}
		q.After = page.Next
	}
}

// storeOne adds a record, if it is not there already.
func (b *batch) storeOne(ctx context.Context, it *item, empty bool) error {
	if b.Prepare != nil {
		f, err := b.Prepare(ctx, it.f)
		switch {
		case errors.Is(err, store.ErrInvalid):
			it.err, it.undone = err, false
			return nil
		case err != nil:
			return err
		}
		it.f = f
	}
	stored, err := store.Feedback{}, store.ErrNotFound
	if !empty {
		stored, err = b.Store.Get(ctx, it.f.Scope, store.Ref{ID: it.f.ID})
		it.repeated = err == nil
	}
	if errors.Is(err, store.ErrNotFound) {
		stored, err = b.Store.Create(ctx, it.f)
		it.repeated = err == nil && stored.ID != it.f.ID // there is another vote of that person's
	}
	switch {
	case errors.Is(err, store.ErrInvalid):
		it.err = err
	case err != nil:
		return err
	case stored.ID == it.f.ID && !same(stored, it.f):
		it.err = errTaken
	}
	it.undone = false
	return nil
}

var errTaken = &store.FieldError{Field: "id", Rule: "is that of another feedback"}

// same reports whether the record that bears an id is the one to import: a vote
// may have changed since, and files tell no Idempotency-Key.
func same(stored, f store.Feedback) bool {
	if stored.IsVote() || f.IsVote() {
		return stored.Key == f.Key
	}
	f.Key, f.UpdatedAt = stored.Key, stored.UpdatedAt
	return stored.SamePayload(f.Normalize())
}
