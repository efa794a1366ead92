package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
)

// strangers: whoever calls, with whatever is somebody else's, learns and changes
// nothing of theirs. Random calls are sent to a store that all share, and to one
// that only the called assistant's records are in: no answer may tell which is
// which.
var strangers = part{"strangers", []string{"memory", "sqlite", "postgres", "redis", "cluster"}, runStrangers}

func runStrangers(t *testing.T, on target) row {
	seed := rand.Uint64()
	if s := os.Getenv("FEEDBACKS_FAULTS_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	r, problems := sendStrangers(t, start(t, on.store).open(t), seed, on.times(2000, 20_000))
	for _, problem := range problems {
		t.Error(problem)
	}
	if r.Wrong > 0 {
		t.Errorf("to repeat it set FEEDBACKS_FAULTS_SEED=%d", seed)
	}
	return r
}

// sendStrangers has several worlds of callers send that many calls between them,
// at once, so that what they write is committed together.
func sendStrangers(t *testing.T, st store.Store, seed uint64, calls int) (r row, problems []string) {
	t.Helper()
	const atOnce = 4
	worlds := make([]*world, atOnce)
	var done sync.WaitGroup
	for i := range worlds {
		w := newWorld(t, st, i, rand.New(rand.NewPCG(seed, uint64(i))))
		worlds[i] = w
		done.Go(func() {
			for range calls / atOnce {
				w.call()
			}
			w.compareAll()
		})
	}
	done.Wait()
	for _, w := range worlds {
		r.Attempted += w.calls
		r.Acknowledged += w.acknowledged
		r.Wrong += w.wrong
		problems = append(problems, w.problems...)
	}
	foreign, refused := 0, 0
	for _, w := range worlds {
		foreign += w.foreign
		refused += w.refused
	}
	r.Note = fmt.Sprintf("%d with what is another's, %d refused as nobody", foreign, refused)
	return r, problems[:min(len(problems), 10)]
}
