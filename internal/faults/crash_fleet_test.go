package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A fleet is clients who write and read at once, each on its own.
type fleet struct {
	t          *testing.T
	name       string // its assistants' and sessions'
	api        *api
	assistants int
	clients    []*client

	unbroken  bool                                    // the server that they call does not end, so neither do connections
	onlyVotes bool                                    // each client has one vote, and reads it again and again
	limit     func(method, path string) time.Duration // how long a request may take, if set
	calm      atomic.Int64                            // when the last trouble must be over, if none is under way
	eraseAll  bool                                    // every session is erased in the end, and then forgotten

	attempted, acknowledged, wrong, slowest atomic.Int64

	mu       sync.Mutex
	sessions map[string]*session
	accused  int

	stop func()
	wg   sync.WaitGroup
}

func newFleet(t *testing.T, name string, api *api, clients, assistants int) *fleet {
	f := &fleet{t: t, name: name, api: api, assistants: assistants, sessions: map[string]*session{}}
	for n := range clients {
		f.clients = append(f.clients, &client{fleet: f, n: n, random: rand.New(rand.NewPCG(1, uint64(n)))})
	}
	return f
}

// start has the clients begin. They are stopped when the test ends, at the
// latest.
func (f *fleet) start() {
	ctx, cancel := context.WithCancel(f.t.Context())
	f.stop = func() { cancel(); f.wg.Wait() }
	f.t.Cleanup(f.stop)
	for _, c := range f.clients {
		f.wg.Go(func() {
			for ctx.Err() == nil {
				c.step(ctx)
			}
		})
	}
}

func (f *fleet) newSession(client, n int) *session {
	s := &session{
		assistant: f.scope(client % f.assistants).Assistant, id: fmt.Sprintf("%s %d of client %d", f.name, n, client),
		user: fmt.Sprint("user", client), records: map[string]*record{},
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions[s.id] = s
	return s
}

// scope is that of the fleet's n-th assistant.
func (f *fleet) scope(n int) store.Scope {
	return store.Scope{Account: account, Assistant: fmt.Sprintf("aia_asst_%s_%d", f.name, n)}
}

// finished forgets a session that was erased, if nothing may follow.
func (f *fleet) finished(s *session) {
	if _, most := s.counts(); f.eraseAll && most == 0 {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.sessions, s.id)
	}
}

// accuse counts a wrong answer, and tells of the first few.
func (f *fleet) accuse(format string, args ...any) {
	f.wrong.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.accused++; f.accused <= 10 {
		f.t.Logf("wrong: "+format, args...)
	}
}

// judge counts an answer as wrong that is none of those wanted nor an honest 503,
// and one that comes too late.
func (f *fleet) judge(method, path string, r reply, want []int) {
	for took := int64(r.took); ; {
		if slowest := f.slowest.Load(); took <= slowest || f.slowest.CompareAndSwap(slowest, took) {
			break
		}
	}
	switch {
	case f.limit != nil && r.took > f.limit(method, path):
		f.accuse("%s %s: %d after %v, want an answer within %v", method, path, r.status, r.took, f.limit(method, path))
	case r.err != nil && f.unbroken: // or the server was killed, perhaps in the middle of an answer
		f.accuse("%s %s: %v", method, path, r.err)
	case r.ending != replied && f.isCalm(r.started):
		f.accuse("%s %s: %d, although the trouble is over", method, path, r.status)
	case r.err != nil:
	case r.status == http.StatusServiceUnavailable && r.retryAfter == "":
		f.accuse("%s %s: 503 without Retry-After", method, path)
	case r.ending == replied && !slices.Contains(want, r.status):
		f.accuse("%s %s: %d %s, want %v", method, path, r.status, r.body, want)
	}
}

// isCalm reports whether no trouble was under way since a time.
func (f *fleet) isCalm(since time.Time) bool {
	calm := f.calm.Load()
	return calm > 0 && since.UnixNano() > calm
}

// more waits until that many more writes are acknowledged.
func (f *fleet) more(n int) {
	f.t.Helper()
	target := f.acknowledged.Load() + int64(n)
	f.until(time.Minute, fmt.Sprint(n, " acknowledged writes"), func() bool { return f.acknowledged.Load() >= target })
}

// until waits until ok, or the test fails.
func (f *fleet) until(patience time.Duration, what string, ok func() bool) {
	f.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("no %s within %v", what, patience)
		}
	}
}

// back returns a function that waits until a write which started after the call
// of back is acknowledged: one of any client, or of every one. It returns when
// that was.
func (f *fleet) back(every bool) (wait func() time.Time) {
	since := time.Now().UnixNano()
	when := make(chan time.Time, 1)
	fresh := func(c *client) bool { return c.acked.Load() >= since }
	stale := func(c *client) bool { return !fresh(c) }
	go func() {
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if every && !slices.ContainsFunc(f.clients, stale) || !every && slices.ContainsFunc(f.clients, fresh) {
				when <- time.Now()
				return
			}
		}
		close(when)
	}()
	return func() time.Time {
		f.t.Helper()
		at, ok := <-when
		if !ok {
			f.t.Fatal("the service is not back after a minute")
		}
		return at
	}
}

// account compares all that is stored with what was acknowledged, when the
// clients have stopped, and the summaries with a recount.
func (f *fleet) account(st store.Store) row {
	f.t.Helper()
	stored := map[string][]feedback{}
	var v verdict
	for n := range f.assistants {
		scope := f.scope(n)
		for r, err := range store.All(f.t.Context(), st, scope, store.Query{}) {
			if err != nil {
				f.t.Fatal(err)
			}
			if r.SessionID != seeded {
				got := feedback{ID: r.ID, MessageID: r.MessageID, Score: r.Score, Text: r.Text, Tags: r.Tags}
				stored[r.SessionID] = append(stored[r.SessionID], got)
			}
		}
		v.merge(recount(f.t, st, scope))
	}
	for id, s := range f.sessions {
		v.merge(s.check(stored[id]))
		delete(stored, id)
	}
	for id := range stored {
		v.lost++
		v.say("the erasure of %s was acknowledged", id)
	}
	for _, why := range v.why {
		f.t.Log(why)
	}
	return row{
		Attempted: int(f.attempted.Load()), Acknowledged: int(f.acknowledged.Load()),
		Lost: v.lost, Duplicated: v.duplicated, Landed: v.landed, Wrong: v.wrong + int(f.wrong.Load()),
	}
}
