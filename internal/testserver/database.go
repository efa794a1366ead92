package testserver

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Postgres returns the URL of a database that only this test uses. It is a copy
// of the named template, which prepare has made out of an empty database when
// the process first asked for that name; prepare closes its connections. Without
// a name the database is empty, and prepare is not called. Nobody waits for a disk
// there: what is about crashes starts a server of its own.
func Postgres(tb testing.TB, template string, prepare func(ctx context.Context, url string) error) string {
	tb.Helper()
	server, err := sharedPostgres()
	check(tb, err)
	source := "template1"
	if template != "" {
		source, err = server.template(template, prepare)
		check(tb, err)
	}
	name, err := server.create(source)
	check(tb, err)
	tb.Cleanup(func() {
		if err := server.exec(`DROP DATABASE IF EXISTS "` + name + `" WITH (FORCE)`); err != nil {
			tb.Error(err)
		}
	})
	return server.database(name)
}

// databases are those which this process makes on one server.
type databases struct {
	url    string
	prefix string // of their names
	keeper *pgx.Conn
	count  atomic.Int64

	mu        sync.Mutex
	templates map[string]func() (string, error)
}

var sharedPostgres = sync.OnceValues(func() (*databases, error) {
	url := os.Getenv("FEEDBACKS_TEST_POSTGRES_URL")
	if url == "" {
		s, err := startPostgres(nil, "fsync=off", "full_page_writes=off")
		if err != nil {
			return nil, err
		}
		url = s.URL
	}
	return open(url)
})

func open(url string) (*databases, error) {
	d := &databases{
		url:       url,
		prefix:    "feedbacks_test_" + strings.ToLower(rand.Text()),
		templates: map[string]func() (string, error){},
	}
	return d, d.sweep()
}

// sweep drops what earlier processes have left on a server that was there
// before: their templates, or more if they were killed. A process which lives
// keeps a connection that bears the first part of its databases' names.
func (d *databases) sweep() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	config, err := pgx.ParseConfig(d.url)
	if err != nil {
		return err
	}
	config.RuntimeParams["application_name"] = d.prefix
	if d.keeper, err = pgx.ConnectConfig(ctx, config); err != nil {
		return err
	}
	rows, err := d.keeper.Query(ctx, `SELECT datname FROM pg_database d WHERE datname ~ '^feedbacks_test_[a-z2-7]{26}_'
		AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = substr(d.datname, 1, 41))`)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		_ = d.exec(`DROP DATABASE IF EXISTS "` + name + `"`) // or another process does
	}
	return err
}

// create copies a database.
func (d *databases) create(source string) (string, error) {
	name := fmt.Sprintf("%s_%d", d.prefix, d.count.Add(1))
	return name, d.exec(`CREATE DATABASE "` + name + `" TEMPLATE "` + source + `"`)
}

// template returns the database of a template, which it makes if need be.
func (d *databases) template(name string, prepare func(context.Context, string) error) (string, error) {
	d.mu.Lock()
	source, ok := d.templates[name]
	if !ok {
		source = sync.OnceValues(func() (string, error) {
			database, err := d.create("template1")
			if err == nil && prepare != nil {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				err = prepare(ctx, d.database(database))
			}
			return database, err
		})
		d.templates[name] = source
	}
	d.mu.Unlock()
	return source()
}

// database is the URL of a database.
func (d *databases) database(name string) string {
	u, err := url.Parse(d.url)
	if err != nil {
		panic(err) // sweep has parsed it
	}
	u.Path = "/" + name
	return u.String()
}

// exec runs a statement on a connection of its own, for tests run in parallel.
func (d *databases) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, d.url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}
