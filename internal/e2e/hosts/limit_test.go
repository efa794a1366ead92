package hosts_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A visitor is who has a bucket of its own.
type visitor struct{ account, assistant, session, user string }

// Buckets hold a limiter for each visitor of late, and no more than twice max: when
// max have come, those who have not been seen meanwhile are forgotten, and begin
// anew with a full bucket.
type buckets struct {
	every time.Duration // what a request costs
	burst int
	max   int

	mu          sync.Mutex
	now, before map[visitor]*rate.Limiter
}

func (b *buckets) of(v visitor) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.now[v]
	if l != nil {
		return l
	}
	if l = b.before[v]; l == nil {
		l = rate.NewLimiter(rate.Every(b.every), b.burst)
	}
	if b.now == nil || len(b.now) >= b.max {
		b.before, b.now = b.now, map[visitor]*rate.Limiter{}
	}
	b.now[v] = l
	return l
}

// limit is an Options.Limit: visitors wait when their buckets are empty, and the
// host's own servers never do.
func (b *buckets) limit(_ *http.Request, _ handler.Operation, p handler.Principal) time.Duration {
	if p.Visitor == nil {
		return 0
	}
	r := b.of(visitor{p.Account, p.Visitor.Assistant, p.Visitor.Session, p.Visitor.User}).Reserve()
	wait := r.Delay()
	if wait > 0 {
		r.Cancel() // what is refused costs nothing
	}
	return wait
}

// A visitor may vote three times at once, and then once an hour.
func Example_limit() {
	b := &buckets{every: time.Hour, burst: 3, max: 10_000}
	tokens := handler.NewTokens(handler.TokenKey{ID: "1", Secret: []byte("32 bytes of crypto/rand, at least")})
	h := handler.New(memory.New(), &handler.Options{
		Authenticate: handler.BasicAuth(func(context.Context, string) ([]string, error) { return []string{"secret"}, nil }),
		Tokens:       tokens,
		Limit:        b.limit,
	})
	vote := func(user string) {
		token, _, err := tokens.Issue(handler.Principal{Account: "AC", Visitor: &handler.Visitor{Assistant: "bot", Session: "demo", User: user}}, 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		r := httptest.NewRequest("PUT", "/v1/Assistants/bot/Sessions/demo/Messages/m1/Feedback", strings.NewReader(`{"score":1}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Printf("%s %d, told when to retry: %v\n", user, w.Code, w.Header().Get("Retry-After") != "")
	}
	for range 4 {
		vote("ann")
	}
	vote("bob")
	// Output:
	// ann 201, told when to retry: false
	// ann 200, told when to retry: false
	// ann 200, told when to retry: false
	// ann 429, told when to retry: true
	// bob 201, told when to retry: false
}

func TestBucketsAreBounded(t *testing.T) {
	b := &buckets{every: time.Hour, burst: 1, max: 100}
	ask := func(user string) time.Duration {
		return b.limit(nil, handler.OpVote, handler.Principal{Visitor: &handler.Visitor{User: user}})
	}
	ask("ann")
	for i := range 10_000 {
		ask(fmt.Sprint(i))
		if n := len(b.now) + len(b.before); n > 200 {
			t.Fatalf("%d buckets, want at most 200", n)
		}
		if ask("ann") == 0 {
			t.Fatalf("after %d others ann has a new bucket, though she keeps asking", i)
		}
	}
}
