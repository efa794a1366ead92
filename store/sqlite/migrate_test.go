package sqlite_test

import (
	"database/sql/driver"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// next returns the files of a made-up next version, whose second one does a change.
func next(t *testing.T, change string) fs.FS {
	t.Helper()
	first, err := fs.ReadFile(sqlite.Migrations(), "001_feedbacks.sql")
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"001_feedbacks.sql": {Data: first}, "002_next.sql": {Data: []byte(change)}}
}

// migrateWith opens and closes the file as another version would.
func migrateWith(path string, files fs.FS) error {
	st, err := sqlite.OpenWith(path, files)
	if err == nil {
		err = st.Close()
	}
	return err
}

// Who closes a file last has it alone for a moment: to fold its log into it.
func TestOpenWaitsForWhoHasTheFileAlone(t *testing.T) {
	path := testserver.File(t)
	if err := open(t, path, nil).Close(); err != nil {
		t.Fatal(err)
	}
	c := other(t, path)
	exec(t, c, "PRAGMA locking_mode = EXCLUSIVE")
	exec(t, c, "BEGIN EXCLUSIVE")
	exec(t, c, "UPDATE feedbacks_migrations SET version = version")
	exec(t, c, "COMMIT")
	waited := false
	sqlite.WhenWaiting(t, func() {
		waited = true
		c.Raw(func(any) error { return driver.ErrBadConn }) // which closes it
	})
	st, err := sqlite.Open(path, nil)
	if err != nil || !waited {
		t.Fatalf("Open: %v; it has waited: %v", err, waited)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

func TestManyOpenAtOnce(t *testing.T) {
	path := testserver.File(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			st, err := sqlite.Open(path, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := st.Create(t.Context(), record("")); err != nil {
				t.Error(err)
			}
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	st := open(t, path, nil)
	if n := count(t, st); n != 8 {
		t.Errorf("%d records, want 8", n)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %+v, %v", info, err)
	}
	intact(t, path, st)
}

func TestANewerSchemaThatFits(t *testing.T) {
	path := testserver.File(t)
	if err := migrateWith(path, next(t, "ALTER TABLE feedbacks ADD sentiment TEXT;\nINSERT INTO feedbacks_migrations (version, least) VALUES (2, 1);\n")); err != nil {
		t.Fatal(err)
	}
	for name, call := range calls(open(t, path, nil)) {
		if err := call(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A store that is open finds out by what its statements come to.
func TestANewerSchemaThatDoesNotFit(t *testing.T) {
	for change, met := range map[string][]string{
		"ALTER TABLE feedbacks RENAME user_id TO rater_id":                                   {"Create", "Put", "List", "Erase"},
		"ALTER TABLE feedbacks ADD sentiment TEXT NOT NULL DEFAULT 1 CHECK (sentiment <> 1)": {"Create", "Put"},
		"ALTER TABLE feedbacks_scopes RENAME TO feedbacks_assistants":                        {"Create", "Put", "Scopes"},
	} {
		path := testserver.File(t)
		st := open(t, path, nil)
		for name, call := range calls(st) { // so that its statements are prepared
			if err := call(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		c := other(t, path)
		exec(t, c, "DELETE FROM feedbacks")
		if err := migrateWith(path, next(t, "DROP VIEW feedbacks_view;\n"+change+";\nINSERT INTO feedbacks_migrations (version, least) VALUES (2, 2);\n")); err != nil {
			t.Fatal(err)
		}
		for _, name := range met {
			err := calls(st)[name](t.Context())
			if !errors.Is(err, store.ErrNewerVersion) || !errors.Is(err, sqlite.ErrNewerSchema) || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s after %s: %v, want ErrNewerSchema", name, change, err)
			}
		}
		blocked(t, c, 5, func(int) {
			if _, err := st.Create(t.Context(), record("")); !errors.Is(err, sqlite.ErrNewerSchema) {
				t.Errorf("one of many after %s: %v, want ErrNewerSchema", change, err)
			}
		})
		for _, opts := range []*sqlite.Options{nil, {ReadOnly: true}} {
			if _, err := sqlite.Open(path, opts); !errors.Is(err, sqlite.ErrNewerSchema) || !errors.Is(err, store.ErrNewerVersion) {
				t.Errorf("Open: %v, want ErrNewerSchema", err)
			}
		}
	}
}

func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	path := testserver.File(t)
	create(t, open(t, path, nil), record(""))
	for _, change := range []string{
		"ALTER TABLE feedbacks ADD sentiment TEXT;\n", // does not record itself
		"ALTER TABLE feedbacks ADD sentiment TEXT;\nINSERT INTO feedbacks_migrations (version, least) VALUES (2, 1);\nSELECT nonsense;\n",
	} {
		if err := migrateWith(path, next(t, change)); err == nil {
			t.Errorf("%q: no error", change)
		}
		if columns := one(t, other(t, path), "SELECT group_concat(name) FROM pragma_table_info('feedbacks')"); strings.Contains(columns, "sentiment") {
			t.Errorf("%q has left %s", change, columns)
		}
	}
	if n := count(t, open(t, path, nil)); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}

func TestAFileOfSomethingElseIsLeftAlone(t *testing.T) {
	path := testserver.File(t)
	if err := os.WriteFile(path, []byte("a letter to Ann, which is no database and longer than one's header: "+strings.Repeat("x", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path, nil); err == nil {
		t.Error("a letter was opened")
	}
	path = testserver.File(t)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	exec(t, other(t, path), "CREATE TABLE letters (text)")
	if _, err := sqlite.Open(path, nil); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("another program's database: %v", err)
	}
	if tables := one(t, other(t, path), "SELECT group_concat(name) FROM sqlite_master"); tables != "letters" {
		t.Errorf("it has %s", tables)
	}
}

func TestReadOnly(t *testing.T) {
	path := testserver.File(t)
	readOnly := &sqlite.Options{ReadOnly: true}
	if _, err := sqlite.Open(path, readOnly); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v, want fs.ErrNotExist", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path, readOnly); err == nil {
		t.Error("an empty file was opened")
	}
	st := open(t, path, nil)
	create(t, st, record(""))
	for range 2 { // beside one that writes, and alone
		r := open(t, path, readOnly)
		for name, call := range calls(r) {
			if err := call(t.Context()); writes[name] && !errors.Is(err, store.ErrUnavailable) || !writes[name] && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := count(t, r); n != 1 {
			t.Errorf("%d records, want 1", n)
		}
		st.Close()
	}
}

func TestAFileThatCannotBeMade(t *testing.T) {
	if _, err := sqlite.Open(testserver.File(t)+"/no/such/folder.db", nil); err == nil {
		t.Error("no error")
	}
	if name := sqlite.NetworkFilesystem(0x6969); name != "NFS" {
		t.Errorf("%q, want NFS", name)
	}
}

// Any name of a file will do.
func TestNamesOfFiles(t *testing.T) {
	for _, name := range []string{"a b", "50%", "what?mode=memory", "#1", "ä&b=c", ":memory:", "file:x"} {
		path := strings.TrimSuffix(testserver.File(t), "feedbacks.db") + name
		create(t, open(t, path, nil), record(""))
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
