package redis_test

import (
	"context"
	"errors"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
)

// While the replica is away, nothing is acknowledged that it may not have, also when
// it is asked for again: neither what is found nor what is gone.
func TestARepetitionIsAcknowledgedWithItsReplica(t *testing.T) {
	t.Parallel()
	client, replica := startPair(t)
	patient, st := replicated(t, client, false), replicated(t, client, true)
	var erased, deleted, unvoted = vote(0, "erased"), record(1), vote(2, "unvoted")
	for _, f := range []store.Feedback{erased, deleted, unvoted} {
		create(t, patient, f)
	}
	added := record(3)
	calls := map[string]func(context.Context, store.Store) error{
		"Create": func(ctx context.Context, st store.Store) error { _, err := st.Create(ctx, added); return err },
		"Put":    func(ctx context.Context, st store.Store) error { _, _, err := st.Put(ctx, vote(4, "u")); return err },
		"Delete": func(ctx context.Context, st store.Store) error {
			_, err := st.Delete(ctx, scope, store.Ref{ID: deleted.ID})
			return err
		},
		"Delete by key": func(ctx context.Context, st store.Store) error {
			_, err := st.Delete(ctx, scope, store.Ref{Key: unvoted.Key})
			return err
		},
		"Erase": func(ctx context.Context, st store.Store) error {
			_, err := st.Erase(ctx, scope, store.Filter{UserID: "erased"})
			return err
		},
	}
	replica.Pause()
	for name, call := range calls {
		for range 2 {
			for _, st := range []store.Store{st, replicated(t, client, true)} {
				if err := call(t.Context(), st); !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%s while the replica is away: %v, want ErrUnavailable", name, err)
				}
			}
		}
	}
	replica.Resume()
	for name, want := range map[string]error{"Create": nil, "Put": nil, "Delete": store.ErrNotFound, "Delete by key": store.ErrNotFound, "Erase": nil} {
		if err := calls[name](t.Context(), patient); !errors.Is(err, want) {
			t.Errorf("%s when the replica is back: %v, want %v", name, err, want)
		}
	}
	if got := sound(t, patient); len(got) != 2 {
		t.Errorf("there is %+v, want what was created and put", got)
	}
}
