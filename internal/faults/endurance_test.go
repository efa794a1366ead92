package faults

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// endurance has clients write, read and erase for long, with faults now and then.
// Afterwards nothing may be left over, and meanwhile the slow and the many may not
// hold up the others.
var endurance = part{"endurance", []string{"memory", "sqlite", "postgres", "redis", "cluster"}, func(t *testing.T, on target) row {
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	runtime.MemProfileRate = 1 // each allocation, for liveHeap
	if on.store == "sqlite" || !on.long {
		runtime.MemProfileRate = 4096 // SQLite works in this process, fifty times as slowly if each is noted
	}
	s := startProxied(t, on.store)
	left := watchLeftovers(t, s)
	// A small pool, to be full each time, and small buffers where it cannot be: a
	// cluster's masters change.
	st, closeStore := s.dial(t, limits{backlog: backlog, pool: 4, buffer: 4 << 10})
	base, closeServer := serve(t, st)
	endure(t, s, st, base, on.times(1, 3), on.lasting(time.Second, time.Minute))
	before := liveHeap()
	r := endure(t, s, st, base, 1, on.lasting(2*time.Second, 10*time.Minute))
	after := liveHeap()
	if was, is := before.bytes(), after.bytes(); is > was+max(was/10, on.slack()) {
		t.Errorf("the heap has grown from %d to %d bytes:%s", was, is, after.growth(before))
	}
	slowest := slowClients(t, base, st, on.lasting(time.Second, 30*time.Second))
	refused := overload(t, s, st)

	closeServer()
	closeStore()
	left.none()
	r.Note = fmt.Sprintf("heap %.1f MB, then %.1f MB; worst latency beside slow clients %.0f ms; %d of %d refused under overload",
		float64(before.bytes())/1e6, float64(after.bytes())/1e6, slowest.Seconds()*1e3, refused, crowd)
	return r
}}

// slack is the heap that is no growth: so short that not all servers have been
// connected to, only what is leaked with every request shows.
func (on target) slack() int64 {
	if on.long {
		return 0
	}
	return 4 << 20
}

// endure has a fleet at work for a while, with so many troubles at the least, checks
// what it left, and tidies up.
func endure(t *testing.T, s *servers, st store.Store, base string, least int, d time.Duration) row {
	t.Helper()
	f := newFleet(t, "spell", newAPI(base), 16, 12)
	f.unbroken, f.eraseAll = true, true
	f.seed(st)
	f.start()
	var recovery time.Duration
	end := time.Now().Add(d)
	for n := 0; n < least || time.Now().Before(end); n++ {
		f.more(500)
		if troubles := s.troubles(); troubles != nil {
			troubles[rand.IntN(len(troubles))].do()
			over := time.Now()
			recovery = max(recovery, f.back(true)().Sub(over))
		}
		pause := time.Now().Add(min(d/4, 5*time.Second))
		f.until(time.Minute, "pause", func() bool { return time.Now().After(pause) })
	}
	f.stop()
	r := f.account(st)
	r.Recovery = recovery
	f.tidy(st)
	return r
}

// tidy erases all that is left, and has the store open as many connections as it
// may, so that heaps can be compared.
func (f *fleet) tidy(st store.Store) {
	f.t.Helper()
	for n := range f.assistants {
		if _, err := st.Erase(f.t.Context(), f.scope(n), store.Filter{CreatedBefore: time.Now()}); err != nil {
			f.t.Error(err)
		}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := st.List(f.t.Context(), f.scope(n), store.Query{Limit: 1}); err != nil {
					f.t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	f.api.client.CloseIdleConnections()
	f.clients, f.sessions = nil, nil
}
