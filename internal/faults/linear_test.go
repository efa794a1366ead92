package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// linear: single votes are linearizable, whatever happens to the servers. What
// clients saw of a vote can be explained by calls that happened one after the
// other, each between its start and its end.
var linear = part{"linear", []string{"memory", "sqlite", "postgres", "redis", "cluster"}, runLinear}

const (
	linearVotes   = 40 // at once
	linearClients = 5  // of a vote
	linearCalls   = 10 // of a client
)

func runLinear(t *testing.T, on target) (r row) {
	s := startProxied(t, on.store)
	var instances []store.Store
	for range 3 {
		l := limits{}
		if on.store == "cluster" {
			l.replicas = 1 // by default a failover may lose what was acknowledged
		}
		instances = append(instances, s.openWith(t, l))
	}
	ts := s.troubles()
	rounds, unsettled := on.times(4, 45), 0
	for n := range rounds {
		var x trouble
		if len(ts) > 0 {
			x = ts[n%len(ts)]
		}
		all, calm, recovery := linearRound(t, instances, fmt.Sprint("round ", n), x)
		r.Recovery = max(r.Recovery, recovery)
		for _, h := range all {
			h.count(&r)
			if on.store == "cluster" {
				unsettled += h.settle(calm)
			}
			if err := h.check(); err != nil {
				if r.Wrong++; r.Wrong == 1 { // one says enough
					t.Errorf("%s, %s: %v", h.vote.MessageID, x.name, err)
				}
			}
		}
	}
	r.Note = fmt.Sprintf("%d histories, %d troubles", rounds*linearVotes, min(len(ts), 1)*rounds)
	if on.store == "cluster" {
		r.Note += fmt.Sprintf(", without %d reads of what was not acknowledged", unsettled)
	}
	return r
}

// linearRound has many votes come and go, each by several clients at once, while
// the trouble x comes over the servers. It returns what happened to each, when the
// trouble was over, and how long it took from then until all was well.
func linearRound(t *testing.T, instances []store.Store, name string, x trouble) (all []*history, calm, recovery time.Duration) {
	t.Helper()
	begun, over := make(chan struct{}), make(chan struct{})
	var waiting atomic.Int64
	var done sync.WaitGroup
	client := func(c int, h *history) {
		wait := rand.IntN(linearCalls) // for the trouble, so that there are calls before and after
		for n := range linearCalls {
			if n == wait {
				if waiting.Add(1) == linearVotes*linearClients/2 {
					close(begun)
				}
				<-begun
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+rand.IntN(1000))*time.Millisecond)
			if rand.IntN(8) == 0 { // as by a reload; the next call goes to another instance, likely
				time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
			}
			unknown := h.call(ctx, instances[rand.IntN(len(instances))], c, []string{"put", "put", "put", "get", "get", "delete"}[rand.IntN(6)])
			cancel()
			if unknown {
				select {
				case <-begun: // more would say no more
					<-over
				default:
				}
			}
		}
	}
	for i := range linearVotes {
		h := linearHistory(name, i)
		all = append(all, h)
		for c := range linearClients {
			done.Go(func() { client(c, h) })
		}
	}
	<-begun
	if x.do != nil {
		x.do()
	}
	calm = time.Since(linearEpoch)
	close(over)
	if x.do != nil {
		recovery = untilAllWrite(t, instances)
	}
	done.Wait()
	for _, h := range all {
		if h.call(t.Context(), instances[0], linearClients, "get") {
			h.odd = append(h.odd, errors.New("no answer after the trouble"))
		}
	}
	return all, calm, recovery
}

const linearScopes = 8 // so that a cluster's shards all have some

// linearHistory returns the history of a vote that nobody has given yet.
func linearHistory(session string, n int) *history {
	f := store.Feedback{Scope: store.Scope{Account: "AC1", Assistant: fmt.Sprint("linear", n%linearScopes)}, SessionID: session, MessageID: fmt.Sprint(n)}
	f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
	return &history{vote: f}
}

// untilAllWrite returns how long it takes until all instances take votes in all
// scopes.
func untilAllWrite(t *testing.T, instances []store.Store) time.Duration {
	t.Helper()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, st := range instances {
		for i := range linearScopes {
			h := linearHistory("spare", i)
			for h.call(ctx, st, 0, "put") && ctx.Err() == nil {
			}
		}
	}
	if ctx.Err() != nil {
		t.Error("the service has not recovered")
	}
	return time.Since(start)
}
