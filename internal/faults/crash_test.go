package faults

import (
	"fmt"
	"testing"
	"time"
)

// crash kills the database and the example server in turns, or that alone if the
// database is its file, and the masters of a cluster one at a time, under a mix of
// writes and reads.
var crash = part{"crash", []string{"sqlite", "postgres", "redis", "cluster"}, func(t *testing.T, on target) row {
	if on.store == "cluster" {
		return failovers(t, on)
	}
	return kills(t, on)
}}

func kills(t *testing.T, on target) row {
	const clients, assistants = 24, 4
	s := start(t, on.store)
	st := s.open(t)
	app := startExample(t, s.url)
	f := newFleet(t, "crash", newAPI(app.base), clients, assistants)
	f.seed(st)
	f.start()
	var slowest time.Duration
	n, writes := on.times(6, 200), 1000
	if !on.long {
		writes = 150
	}
	for i := range n {
		f.more(writes)
		var victim interface {
			Kill()
			Start()
		} = s.host
		if i%2 == 1 || on.store == "sqlite" {
			victim = app
		}
		victim.Kill()
		back := f.back(false)
		victim.Start()
		accepts := time.Now()
		slowest = max(slowest, back().Sub(accepts))
	}
	f.more(writes)
	f.stop()
	r := f.account(st)
	r.Recovery = slowest
	r.Note = fmt.Sprintf("%d kills: the database and the example server in turns", n)
	if on.store == "sqlite" {
		s.host.(*file).intact(t)
		r.Note = fmt.Sprintf("%d kills of the example server; its file is intact", n)
	}
	return r
}

// failovers has the row of the durable mode. What the default mode loses is
// noted, and allowed: the long form tells.
func failovers(t *testing.T, on target) row {
	n := on.times(1, 20)
	r, slowest := failoversWith(t, n, 1)
	r.Recovery = slowest
	r.Note = fmt.Sprintf("%d failovers with Replicas: 1, recovery from the kill and for every client", n)
	if on.long {
		byDefault, back := failoversWith(t, n, 0)
		r.Note += fmt.Sprintf("; by default %d of %d lost in %d, recovery %s", byDefault.Lost, byDefault.Acknowledged, n, seconds(back))
		if byDefault.Duplicated > 0 {
			t.Errorf("by default %d duplicated", byDefault.Duplicated)
		}
	}
	return r
}

func failoversWith(t *testing.T, n, replicas int) (r row, slowest time.Duration) {
	const clients, assistants = 48, 12
	s := start(t, "cluster")
	st := s.openWith(t, limits{replicas: replicas})
	base, _ := serve(t, st)
	f := newFleet(t, "failover", newAPI(base), clients, assistants)
	f.seed(st)
	f.unbroken = true
	f.start()
	const writes = 2000 // before each failover
	for range n {
		f.more(writes)
		takenOver, restore := s.cluster.killMaster()
		killed := time.Now()
		back := f.back(true)
		takenOver()
		if replicas == 0 {
			slowest = max(slowest, back().Sub(killed))
		}
		restore()
		if replicas > 0 { // nothing is acknowledged without a replica
			slowest = max(slowest, back().Sub(killed))
		}
	}
	f.more(writes)
	f.stop()
	return f.account(st), slowest
}
