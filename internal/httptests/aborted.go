package httptests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

// RunAborted has people vote, break off after 0 to 3 ms, as a reload does, and vote
// again or take it back through another server, while others vote. first and second
// are instances on one database. FEEDBACKS_ROUNDS is how often. A request that reaches
// the first server only after what is newer was sent is no older, for all that anybody
// can tell there; nor is one of which that server learns only after what is newer was
// acknowledged that nobody waits for it any more.
func RunAborted(t *testing.T, first, second store.Store) {
	rounds, _ := strconv.Atoi(os.Getenv("FEEDBACKS_ROUNDS"))
	if rounds == 0 {
		rounds = 80
	}
	var servers [2]string
	arrived := &arrivals{Store: first}
	for i, st := range []store.Store{arrived, second} {
		server := httptest.NewServer(handler.New(st, nil))
		t.Cleanup(server.Close)
		servers[i] = server.URL + "/v1/Assistants/a/Sessions/s/Messages/m/Feedback"
	}
	// call returns the status, and the vote's score.
	call := func(ctx context.Context, server int, method, user string, score float64) (int, float64, error) {
		body := ""
		if method == "PUT" {
			body = fmt.Sprintf(`{"user_id":%q,"score":%v}`, user, score)
		}
		r, err := http.NewRequestWithContext(ctx, method, servers[server]+"?UserId="+user, strings.NewReader(body))
		if err != nil {
			return 0, 0, err
		}
		if method == "PUT" {
			r.URL.RawQuery = ""
			r.Header.Set("Content-Type", "application/json")
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, 0, err
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		var f struct{ Score float64 }
		json.Unmarshal(b, &f) // there may be none
		return answer.StatusCode, f.Score, err
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var others, people sync.WaitGroup
	for w := range 12 {
		others.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if status, _, err := call(t.Context(), 0, "PUT", fmt.Sprint("other", w, "-", i%3), 1); err != nil || status/100 != 2 {
					t.Errorf("another voter: %d, %v", status, err)
					return
				}
			}
		})
	}
	user := func(w, i int) string { return fmt.Sprint("u", w, "-", i) }
	const at = 4 // once
	for w := range at {
		people.Go(func() {
			for i := range rounds / at {
				u := user(w, i)
				if _, _, err := call(t.Context(), 1, "PUT", u, 0.5); err != nil {
					t.Error(err)
				}
				aborted, abort := context.WithTimeout(t.Context(), time.Duration(rand.IntN(3000))*time.Microsecond)
				call(aborted, 0, "PUT", u, 1)
				abort()
				begun := time.Now()
				method, want := "PUT", 200
				if i%2 > 0 {
					method, want = "DELETE", 204
				}
				if status, _, err := call(t.Context(), 1, method, u, 0); err != nil || status != want {
					t.Errorf("%s after an aborted vote: %d, %v", method, status, err)
				}
				arrived.before(u, begun, time.Now())
			}
		})
	}
	people.Wait()
	stop()
	others.Wait()
	undone, newer := 0, 0
	for w := range at {
		for i := range rounds / at {
			status, score, err := call(t.Context(), 1, "GET", user(w, i), 0)
			if err != nil || i%2 == 0 && (status != 200 || score != 0) || i%2 > 0 && status != 404 {
				if arrived.since(user(w, i)) {
					newer++
				} else {
					undone++
				}
			}
		}
	}
	if undone > 0 {
		t.Errorf("%d of %d acknowledged votes were undone by one that was aborted before", undone, rounds)
	}
	t.Logf("%d rounds, %d undone, %d arrived later", rounds, undone, newer)
}

// arrivals are when votes have come to a store, and when it has learned that nobody
// waits for them any more.
type arrivals struct {
	store.Store
	came, gone  sync.Map // by user: time.Time
	sent, acked sync.Map // the same of what is newer
}

func (s *arrivals) Put(ctx context.Context, f store.Feedback) (now store.Feedback, before *store.Feedback, err error) {
	s.came.Store(f.UserID, time.Now())
	s.gone.Delete(f.UserID)
	context.AfterFunc(ctx, func() { s.gone.Store(f.UserID, time.Now()) })
	return s.Store.Put(ctx, f)
}

// before notes what is newer than a user's vote.
func (s *arrivals) before(user string, sent, acked time.Time) {
	s.sent.Store(user, sent)
	s.acked.Store(user, acked)
}

// since reports whether a user's vote is no older, for all that the store could tell.
func (s *arrivals) since(user string) bool {
	came, arrived := s.came.Load(user)
	gone, learned := s.gone.Load(user)
	sent, _ := s.sent.Load(user)
	acked, _ := s.acked.Load(user)
	return arrived && (came.(time.Time).After(sent.(time.Time)) || !learned || gone.(time.Time).After(acked.(time.Time)))
}
