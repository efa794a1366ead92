package sqlite_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
)

// A latecomer hears late that its caller has gone.
type latecomer struct {
	context.Context
	hears time.Time
}

func (c latecomer) Err() error {
	if time.Now().Before(c.hears) {
		return nil
	}
	return context.Canceled
}

// A vote that has waited for another process undoes nothing that was acknowledged there,
// though it becomes known only a little later that its caller has gone to give that one.
func TestWhatWaitedForAnotherProcess(t *testing.T) {
	path := testserver.File(t)
	here, there := open(t, path, nil), open(t, path, nil)
	for _, st := range []store.Store{here, there} {
		create(t, st, record("before"))
	}
	want := create(t, there, vote("u", 0))
	if _, _, err := here.Put(latecomer{t.Context(), time.Now().Add(2 * time.Millisecond)}, vote("u", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("a vote whose caller has gone: %v, want context.Canceled", err)
	}
	if got, err := here.Get(t.Context(), scope, store.Ref{Key: want.Key}); err != nil || !got.Equal(want) {
		t.Errorf("it undid the newer vote: %v, %v", got.Score, err)
	}
}
