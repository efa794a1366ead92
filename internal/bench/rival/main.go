// Command rival serves what Feedbacks is measured beside, each in a process of its
// own as the example is.
//
//	rival -addr 127.0.0.1:8080 -store bare|memory|sqlite:FILE|postgres://…|redis://…
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/bench/naive"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "`address` to listen on")
	store := flag.String("store", "bare", "bare, memory, sqlite:FILE, or the `URL` of a server")
	flag.Parse()
	h, err := open(context.Background(), *store)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(*addr, h))
}

func open(ctx context.Context, store string) (http.Handler, error) {
	switch scheme, path, _ := strings.Cut(store, ":"); scheme {
	case "bare":
		return naive.Bare(), nil
	case "memory":
		return naive.Memory(), nil
	case "sqlite":
		file, err := naive.OpenFile(ctx, path)
		if err != nil {
			return nil, err
		}
		return file.Handler(), nil
	case "postgres":
		pool, err := pgxpool.New(ctx, store)
		if err != nil {
			return nil, err
		}
		table, err := naive.NewTable(ctx, pool)
		if err != nil {
			return nil, err
		}
		return table.Handler(), nil
	}
	opts, err := goredis.ParseURL(store)
	if err != nil {
		return nil, err
	}
	return naive.NewKeys(goredis.NewClient(opts)).Handler(), nil
}
