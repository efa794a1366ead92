package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// What the server says no to, in the middle of its work or at its end.

// A statement that has returned its rows can still fail when it is committed.
func TestAFailureToCommitIsNotAcknowledged(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	for _, user := range []string{"a", "b", "c"} {
		if _, _, err := st.Put(t.Context(), vote(user, 0)); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, pool, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused at the end'; END $$`)
	exec(t, pool, `CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON feedbacks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`)
	for name, call := range map[string]func(ctx context.Context) error{
		"Create": func(ctx context.Context) error { _, err := st.Create(ctx, record("")); return err },
		"Put":    func(ctx context.Context) error { _, _, err := st.Put(ctx, vote("a", 1)); return err },
		"Delete": func(ctx context.Context) error {
			_, err := st.Delete(ctx, scope, store.Ref{Key: vote("b", 0).Key})
			return err
		},
		"Erase": func(ctx context.Context) error { _, err := st.Erase(ctx, scope, store.Filter{UserID: "c"}); return err },
	} {
		if err := call(t.Context()); err == nil || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want an error that is the host's to mend", name, err)
		}
	}
	exec(t, pool, "DROP TRIGGER refuse ON feedbacks")
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	if err != nil || s.Count != 3 || s.Positive != 0 {
		t.Errorf("%+v, %v: want what was there before", s, err)
	}
}
