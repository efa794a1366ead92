package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// How late an answer may be after its deadline, and how soon after a trouble no
// request may fail any more: after a server accepts connections again, or after a
// master of a cluster was killed.
const (
	lateness     = 250 * time.Millisecond
	backIn       = time.Second
	takenOverIn  = 5 * time.Second
	hostDeadline = deadline / 2
)

// network disturbs the connections to the database, and has it stand still. Some
// clients' requests have a deadline that the host gives them, others the store's
// own.
var network = part{"network", []string{"postgres", "redis", "cluster"}, func(t *testing.T, on target) row {
	s := startProxied(t, on.store)
	st := s.open(t)
	base, _ := serve(t, st)
	hurried, patient := newFleet(t, "hurried", newAPI(base), 8, 4), newFleet(t, "patient", newAPI(base), 8, 4)
	hurried.api.header.Set(deadlineHeader, hostDeadline.String())
	hurried.limit, patient.limit = func(string, string) time.Duration { return hostDeadline + lateness }, storeLimit[on.store]
	fleets := []*fleet{hurried, patient}
	for _, f := range fleets {
		f.unbroken = true
		f.seed(st)
		f.start()
	}

	var slowest time.Duration
	troubles := s.disturbances(on)
	for _, trouble := range troubles {
		wrong := hurried.wrong.Load() + patient.wrong.Load()
		calm(fleets, time.Time{})
		back := s.suffer(trouble, hurried, fleets)
		slowest = max(slowest, back)
		for _, f := range fleets {
			f.quiet()
		}
		if w := hurried.wrong.Load() + patient.wrong.Load() - wrong; w > 0 {
			t.Logf("%d wrong by %s", w, trouble.name)
		}
	}
	for _, f := range fleets {
		f.stop()
	}
	r := hurried.account(st)
	r.add(patient.account(st))
	if s.host != nil {
		r.add(s.standstills(t, base, st, on.times(5, 60)))
	}
	r.Recovery = slowest
	r.Note = fmt.Sprintf("%d disturbances; the slowest answers took %s with a deadline of %s, and %s without", len(troubles),
		seconds(time.Duration(hurried.slowest.Load())), seconds(hostDeadline), seconds(time.Duration(patient.slowest.Load())))
	return r
}}

// standstills pauses the server so shortly that voters who gave up and those who
// go on meet when it comes to itself: what was given up must not undo what is
// acknowledged.
func (s *servers) standstills(t *testing.T, base string, st store.Store, n int) row {
	t.Helper()
	const patience = deadline / 4
	f := newFleet(t, "voters", newAPI(base), 24, 4)
	f.unbroken, f.onlyVotes = true, true
	f.api.header.Set(deadlineHeader, patience.String())
	f.limit = func(string, string) time.Duration { return patience + lateness }
	f.seed(st)
	f.start()
	for i := range n {
		f.more(500)
		s.pause()
		time.Sleep(patience + patience*time.Duration(i%5)/2) // how long it stands still
		s.resume()
		f.back(true)()
	}
	f.stop()
	return f.account(st)
}

// disturbances are those to go through: in the long form all of them six times,
// in any order, in the short form some.
func (s *servers) disturbances(on target) (chosen []trouble) {
	all := s.troubles()
	switch {
	case s.cluster != nil:
		return slices.Repeat(all, on.times(1, 20))
	case !on.long:
		some := []string{"kill", "long pause", "half-open", "reset of some"}
		return slices.DeleteFunc(all, func(x trouble) bool { return !slices.Contains(some, x.name) })
	}
	longest := trouble{"longest pause", func() { s.pause(); time.Sleep(4 * deadline); s.resume() }}
	chosen = slices.Repeat(append(all, longest), on.times(1, 6))
	rand.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	return chosen
}

// storeLimit is how long a request may take without a deadline of its own. In
// PostgreSQL Options.Timeout bounds a statement, and the wait for the others' that
// a write shares. In Redis it bounds a write; the client's timeouts and repetitions
// bound a read, and an erasure, which reads first.
var storeLimit = map[string]func(method, path string) time.Duration{
	"postgres": func(method, _ string) time.Duration {
		if method == "GET" {
			return deadline + lateness
		}
		return 2*deadline + lateness
	},
	"redis":   redisLimit,
	"cluster": redisLimit,
}

func redisLimit(method, path string) time.Duration {
	switch {
	case method == "GET":
		return 4*deadline + lateness
	case method == "DELETE" && strings.HasSuffix(path, "/Feedbacks"):
		return 5*deadline + lateness
	}
	return deadline + lateness
}

// suffer goes through a trouble, and returns how long it takes from its end, or
// from a master's death, until a write is acknowledged.
func (s *servers) suffer(x trouble, f *fleet, fleets []*fleet) time.Duration {
	if s.cluster == nil {
		x.do()
		over := time.Now()
		back := f.back(false)
		calm(fleets, over.Add(backIn))
		return back().Sub(over)
	}
	takenOver, restore := s.cluster.killMaster()
	killed := time.Now()
	back := f.back(true)
	calm(fleets, killed.Add(takenOverIn))
	takenOver()
	took := back().Sub(killed)
	restore()
	return took
}

// calm tells fleets from when on no request may fail; never, if at is zero.
func calm(fleets []*fleet, at time.Time) {
	for _, f := range fleets {
		if f.calm.Store(0); !at.IsZero() {
			f.calm.Store(at.UnixNano())
		}
	}
}

// quiet waits until the time after a trouble has been watched for a while.
func (f *fleet) quiet() {
	f.t.Helper()
	end := time.Unix(0, f.calm.Load()).Add(deadline / 4)
	f.until(time.Minute, "quiet", func() bool { return time.Now().After(end) })
	f.more(50)
}

// add adds the counts of another row.
func (r *row) add(o row) {
	r.Attempted += o.Attempted
	r.Acknowledged += o.Acknowledged
	r.Lost += o.Lost
	r.Duplicated += o.Duplicated
	r.Landed += o.Landed
	r.Wrong += o.Wrong
}
