package postgres_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

func Example() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL")) // postgres://user:password@host:5432/database
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	if err := postgres.Migrate(ctx, pool, nil); err != nil { // when the program is deployed, or each time it starts
		log.Fatal(err)
	}
	http.Handle("/v1/", handler.New(postgres.New(pool, nil), nil))
}

// Tables in a schema of their own.
func ExampleMigrate() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	opts := &postgres.Options{Schema: "feedback"}
	if err := postgres.Migrate(ctx, pool, opts); err != nil {
		log.Fatal(err)
	}
	st := postgres.New(pool, opts)
	_ = st
}

func ExampleNew() {
	pool, err := pgxpool.New(context.Background(), os.Getenv("DATABASE_URL")) // does not connect yet
	if err != nil {
		log.Fatal(err)
	}
	st := postgres.New(pool, &postgres.Options{Timeout: 3 * time.Second})
	http.Handle("/v1/", handler.New(st, nil))
}

// For a migration tool of your own.
func ExampleMigrations() {
	files, err := fs.Glob(postgres.Migrations(), "*.sql")
	fmt.Println(files, err)
	// Output: [001_feedbacks.sql] <nil>
}

// After changing rows by hand, count what they say.
func ExampleStore_Rebuild() {
	var st *postgres.Store // as in the example of New
	scope := store.Scope{Account: "AC0123456789abcdef0123456789abcdef", Assistant: "aia_asst_1"}
	if err := st.Rebuild(context.Background(), scope); err != nil {
		log.Fatal(err)
	}
}
