package postgres_test

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

func TestManyMigrateAtOnce(t *testing.T) {
	for _, opts := range []*postgres.Options{nil, {Schema: `My "feedback"`}} {
		pool := newPool(t, testserver.Postgres(t, "", nil)+"&default_transaction_isolation=serializable")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := postgres.Migrate(t.Context(), pool, opts); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		st := postgres.New(pool, opts)
		f, err := st.Create(t.Context(), record("kept"))
		if err != nil {
			t.Fatal(err)
		}
		if err := postgres.Migrate(t.Context(), pool, opts); err != nil {
			t.Error(err)
		}
		if got, err := st.Get(t.Context(), scope, store.Ref{ID: f.ID}); err != nil || !got.Equal(f) {
			t.Errorf("after another Migrate: %+v, %v", got, err)
		}
	}
}

func TestSchemasAreApart(t *testing.T) {
	pool := newPool(t, migrated(t))
	opts := &postgres.Options{Schema: "other"}
	if err := postgres.Migrate(t.Context(), pool, opts); err != nil {
		t.Fatal(err)
	}
	here, other := postgres.New(pool, nil), postgres.New(pool, opts)
	f, err := other.Create(t.Context(), record(""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := here.Get(t.Context(), scope, store.Ref{ID: f.ID}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the other schema's record: %v, want ErrNotFound", err)
	}
	if n, err := other.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); n != 1 || err != nil {
		t.Errorf("Erase: %d, %v", n, err)
	}
	if err := other.Rebuild(t.Context(), scope); err != nil {
		t.Error(err)
	}
}

func TestMigrateOfWhatIsUpToDateOnlyReads(t *testing.T) {
	pool := newPool(t, migrated(t)+"&default_transaction_read_only=on")
	if err := postgres.Migrate(t.Context(), pool, nil); err != nil {
		t.Error(err)
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	pool := newPool(t, migrated(t))
	exec(t, pool, "INSERT INTO feedbacks_migrations (version, least) VALUES (999, 999)")
	if err := postgres.Migrate(t.Context(), pool, nil); !errors.Is(err, postgres.ErrNewerSchema) {
		t.Errorf("%v, want ErrNewerSchema", err)
	}
}

func TestWithoutTables(t *testing.T) {
	st := postgres.New(newPool(t, testserver.Postgres(t, "", nil)), nil)
	_, err := st.Create(t.Context(), record(""))
	if err == nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrInvalid) {
		t.Errorf("%v, want an error that is the host's to mend", err)
	}
}

func TestMigrationsForOtherTools(t *testing.T) {
	pool := newPool(t, testserver.Postgres(t, "", nil))
	files, err := fs.Glob(postgres.Migrations(), "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		sql, err := fs.ReadFile(postgres.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, pool, string(sql))
	}
	if err := postgres.Migrate(t.Context(), pool, nil); err != nil {
		t.Errorf("Migrate after another tool: %v", err)
	}
	if _, err := postgres.New(pool, nil).Create(t.Context(), record("")); err != nil {
		t.Error(err)
	}
}

func TestTheViewHasTheAPIsNames(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	want := vote("u", 0.25)
	want.Metadata, want.Correction = map[string]string{"model": "m"}, "better"
	if _, _, err := st.Put(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	var got store.Feedback
	var isVote, sameTime bool
	if err := pool.QueryRow(t.Context(), `SELECT account_sid, assistant_id, id, session_id, message_id, user_id, score, metadata, correction, vote, created_at = $1
		FROM feedbacks_view`, want.CreatedAt()).Scan(&got.Scope.Account, &got.Scope.Assistant, &got.ID, &got.SessionID, &got.MessageID, &got.UserID, &got.Score, &got.Metadata, &got.Correction, &isVote, &sameTime); err != nil {
		t.Fatal(err)
	}
	got.Key, got.UpdatedAt = want.Key, want.UpdatedAt
	if !got.Equal(want) || !isVote || !sameTime {
		t.Errorf("%+v, vote %v, created_at the same: %v; want %+v", got, isVote, sameTime, want)
	}
}

func TestRebuildBesideWriters(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				v := vote(fmt.Sprint(w), float64(i%11)/10)
				v.Tags = []string{fmt.Sprint(i % 3)}
				if _, _, err := st.Put(t.Context(), v); err != nil {
					t.Error(err)
				}
				if _, err := st.Create(t.Context(), record("x")); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 20 {
				if err := st.Rebuild(t.Context(), scope); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	isRecount(t, st)
}

// isRecount asserts that the rollups are a recount.
func isRecount(t *testing.T, st store.Store) {
	t.Helper()
	rollups, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
	zero := 0.0
	scan, err2 := st.Summarize(t.Context(), scope, store.SummaryQuery{Filter: store.Filter{MinScore: &zero}})
	if err != nil || err2 != nil || !reflect.DeepEqual(rollups, scan) {
		t.Errorf("the rollups are %+v, %v; a recount %+v, %v", rollups, err, scan, err2)
	}
}

func TestRebuildCountsRowsChangedByHand(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	for _, user := range []string{"a", "b", "c"} {
		if _, _, err := st.Put(t.Context(), vote(user, 1)); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, pool, "UPDATE feedbacks SET score = 0, tags = '{by hand}' WHERE user_id = 'a'")
	exec(t, pool, "DELETE FROM feedbacks WHERE user_id = 'b'")
	exec(t, pool, "UPDATE feedbacks_rollups SET day = day - 1")
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	s, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Interval: store.Day})
	if err != nil || s.Count != 2 || s.Negative != 1 || *s.MeanScore != 0.5 || s.Tags["by hand"] != 1 || len(s.Series) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}
