package postgres_test

import (
	"context"
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// Databases that others have set up, or use too.

func TestMigrateRefusesOtherEncodings(t *testing.T) {
	server := testserver.StartPostgres(t)
	admin := newPool(t, server.URL)
	locale := " LOCALE 'C'"
	if number(t, admin, "SELECT current_setting('server_version_num')::int") >= 150000 { // it may sort by ICU, which has fewer encodings
		locale += " LOCALE_PROVIDER libc"
	}
	for _, encoding := range []string{"LATIN1", "SQL_ASCII"} {
		exec(t, admin, "CREATE DATABASE "+encoding+" TEMPLATE template0 ENCODING '"+encoding+"'"+locale)
		pool := newPool(t, strings.Replace(server.URL, "/postgres?", "/"+strings.ToLower(encoding)+"?", 1))
		if err := postgres.Migrate(t.Context(), pool, nil); err == nil || !strings.Contains(err.Error(), "the database's encoding must be UTF8, and is "+encoding) {
			t.Errorf("%s: %v, want an error that names it", encoding, err)
		}
	}
	pool := newPool(t, server.URL+"&client_encoding=LATIN1")
	if err := postgres.Migrate(t.Context(), pool, nil); err == nil || !strings.Contains(err.Error(), "client_encoding") {
		t.Errorf("client_encoding: %v, want an error that names it", err)
	}
}

// In every query mode a record is read as it was written, whatever the host likes
// numbers and times to look like.
func TestSettingsOfTheHostsChangeNothing(t *testing.T) {
	url := migrated(t)
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		st := postgres.New(newPool(t, url+"&default_query_exec_mode="+mode+"&extra_float_digits=-15&DateStyle=SQL,DMY&IntervalStyle=sql_standard&bytea_output=escape"), nil)
		want := vote(mode, 1.0/3)
		want.UpdatedAt = time.Date(2026, 3, 4, 5, 6, 7, 891_000, time.UTC)
		if _, _, err := st.Put(t.Context(), want); err != nil {
			t.Errorf("%s: Put: %v", mode, err)
			continue
		}
		got, err := st.Get(t.Context(), scope, store.Ref{ID: want.ID})
		if err != nil || got.Score != want.Score || !got.UpdatedAt.Equal(want.UpdatedAt) {
			t.Errorf("%s: Get: %+v, %v; want %+v", mode, got, err, want)
		}
		if _, before, err := st.Put(t.Context(), vote(mode, 1)); err != nil || before == nil || !reflect.DeepEqual(*before, got) {
			t.Errorf("%s: Put: before it was %+v, %v; want %+v", mode, before, err, got)
		}
		if _, err := st.Delete(t.Context(), scope, store.Ref{ID: want.ID}); err != nil {
			t.Errorf("%s: Delete: %v", mode, err)
		}
	}
}

// Another program's tables, further down the search_path, are not shared.
func TestTablesAreThoseOfTheFirstSchema(t *testing.T) {
	url := migrated(t)
	other := newPool(t, url)
	exec(t, other, "CREATE SCHEMA app")
	pool := newPool(t, url+"&search_path=app,public")
	if err := postgres.Migrate(t.Context(), pool, nil); err != nil {
		t.Fatal(err)
	}
	f, err := postgres.New(pool, nil).Create(t.Context(), record(""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.New(other, nil).Get(t.Context(), scope, store.Ref{ID: f.ID}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the other program's: %v, want ErrNotFound", err)
	}
}

// Who migrates with a tool after Migrate is told, and nothing is changed.
func TestAToolAfterMigrate(t *testing.T) {
	pool := newPool(t, migrated(t))
	st := postgres.New(pool, nil)
	f, err := st.Create(t.Context(), record("kept"))
	if err != nil {
		t.Fatal(err)
	}
	files, _ := fs.Glob(postgres.Migrations(), "*.sql")
	for _, name := range files {
		sql, err := fs.ReadFile(postgres.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(t.Context(), "BEGIN;"+string(sql)+"COMMIT"); err == nil {
			t.Errorf("%s ran twice", name)
		}
		exec(t, pool, "ROLLBACK")
	}
	if err := postgres.Migrate(t.Context(), pool, nil); err != nil {
		t.Error(err)
	}
	if got, err := st.Get(t.Context(), scope, store.Ref{ID: f.ID}); err != nil || !got.Equal(f) {
		t.Errorf("%+v, %v; want %+v", got, err, f)
	}
}

// Policies that show what they do not let be changed.
func TestRowLevelSecurityThatHides(t *testing.T) {
	url := migrated(t)
	admin := newPool(t, url)
	owner := postgres.New(admin, nil)
	if _, _, err := owner.Put(t.Context(), vote("u", 0)); err != nil {
		t.Fatal(err)
	}
	const role = "feedbacks_reader"
	exec(t, admin, `DO $$ BEGIN CREATE ROLE `+role+`; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
	exec(t, admin, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+role)
	exec(t, admin, "ALTER TABLE feedbacks ENABLE ROW LEVEL SECURITY")
	exec(t, admin, "CREATE POLICY reads ON feedbacks FOR SELECT USING (true)")
	exec(t, admin, "CREATE POLICY adds ON feedbacks FOR INSERT WITH CHECK (true)")
	st := postgres.New(newPool(t, url, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["role"] = role }), nil)
	key := store.Ref{Key: vote("u", 0).Key}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // for who would wait for ever
	defer cancel()
	_, _, put := st.Put(ctx, vote("u", 1))
	_, del := st.Delete(ctx, scope, key)
	_, erase := st.Erase(ctx, scope, store.Filter{UserID: "u"})
	for name, err := range map[string]error{"Put": put, "Delete": del, "Erase": erase} {
		if err == nil || !strings.Contains(err.Error(), "row level security") || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want an error that says so", name, err)
		}
	}
	if f, err := owner.Get(t.Context(), scope, key); err != nil || f.Score != 0 {
		t.Errorf("%+v, %v: want it as it was", f, err)
	}
}
