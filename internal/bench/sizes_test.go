package bench

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// A shape is what a record has besides a score: ids of 36 bytes, of which so many
// records share one. 0 is for none.
type shape struct {
	name                   string
	session, message, user int
}

var shapes = []shape{
	{"session of ten", 10, 0, 0},
	{"session each", 1, 0, 0},
	{"session of ten, message", 10, 1, 0},
	{"vote, session and user of ten", 10, 1, 10},
	{"vote, session and user each", 1, 1, 1},
}

// sizes is the memory that a record takes on Redis, by its shape: what the server
// says that it uses with a year's records, less what it used before, by their number.
var sizes = func() measurement {
	m := measurement{name: "Redis, size of a record", open: func(tb testing.TB) (contenders []contender) {
		for _, sh := range shapes {
			size := sync.OnceValue(func() float64 { return sizeOnRedis(tb, sh) })
			contenders = append(contenders, contender{sh.name, func(testing.TB, time.Duration) figures { return figures{"bytes": size()} }})
		}
		return contenders
	}}
	for i, sh := range shapes {
		m.rows = append(m.rows, row{unit: "bytes", of: sh.name, atMost: true, reach: []float64{350, 480, 570, 750, 1050}[i]})
	}
	return m
}()

func sizeOnRedis(tb testing.TB, sh shape) float64 {
	n := 100_000
	if *rounds == 0 {
		n = 1000
	}
	client := goredis.NewClient(&goredis.Options{Addr: testserver.StartRedis(tb).Addr})
	tb.Cleanup(func() { client.Close() })
	st := redis.New(client, nil)
	used := func() int {
		info, err := client.Info(tb.Context(), "memory").Result()
		_, rest, ok := strings.Cut(info, "used_memory:")
		line, _, _ := strings.Cut(rest, "\r\n")
		bytes, _ := strconv.Atoi(line)
		if err != nil || !ok || bytes == 0 {
			tb.Fatalf("no memory in %q (%v)", info, err)
		}
		return bytes
	}
	if _, err := st.Scopes(tb.Context(), store.Scope{}, 1); err != nil { // a first call
		tb.Fatal(err)
	}
	id := func(kind string, i, share int) string {
		if share == 0 {
			return ""
		}
		return fmt.Sprintf("%s%0*d", kind, 36-len(kind), i/share)
	}
	before := used()
	start, apart := time.Now().AddDate(-1, 0, 0), 365*24*time.Hour/time.Duration(n)
	const callers = 256
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := c; i < n && !tb.Failed(); i += callers {
				f := store.Feedback{
					Scope: scope, ID: store.NewID(start.Add(time.Duration(i) * apart)), Score: float64(i % 2),
					SessionID: id("session", i, sh.session), MessageID: id("message", i, sh.message), UserID: id("user", i, sh.user),
				}
				var err error
				if f.UserID != "" {
					f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
					_, _, err = st.Put(tb.Context(), f)
				} else {
					_, err = st.Create(tb.Context(), f)
				}
				if err != nil {
					tb.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return float64(used()-before) / float64(n)
}
