package memory_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

func newStore(testing.TB) store.Store { return memory.New() }

func TestStore(t *testing.T)       { storetest.Run(t, newStore) }
func TestConcurrency(t *testing.T) { storetest.RunConcurrency(t, newStore) }
func TestGivenUp(t *testing.T) {
	storetest.RunGivenUp(t, func(testing.TB, storetest.Dial) (slow, fast store.Store) {
		st := memory.New()
		return st, st
	})
}

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, newStore) }
