package transfer_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A hesitant store takes its time over the first record.
type hesitant struct {
	store.Store
	created atomic.Int64
}

func (h *hesitant) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	if h.created.Add(1) == 1 {
		time.Sleep(time.Second)
	}
	return h.Store.Create(ctx, f)
}

func TestOfOneKeyTheFirstLineIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := all(t)[:3]
		key := store.IdempotencyKey("key")
		fs[0].Key, fs[2].Key = key, key
		lines := fs
		im := transfer.Importer{Store: &hesitant{Store: memory.New()}, Parse: func([]byte) (f store.Feedback, err error) {
			f, lines = lines[0], lines[1:]
			return f, nil
		}}
		r, err := im.Import(t.Context(), transfer.Lines(strings.NewReader("1\n2\n3\n"), 10))
		if err != nil || r.Created != 2 || r.Repeated != 1 {
			t.Errorf("Import returned %+v, %v", r, err)
		}
		got, err := im.Store.Get(t.Context(), fs[0].Scope, store.Ref{Key: key})
		if err != nil || !got.Equal(fs[0]) {
			t.Errorf("there is %+v, %v, want %+v", got, err, fs[0])
		}
	})
}
