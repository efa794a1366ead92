package storetest_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

// A backend's whole test: these three functions, with its own New.
var newStore = func(testing.TB) store.Store { return memory.New() }

func ExampleRun() {
	_ = func(t *testing.T) { storetest.Run(t, newStore) } // func TestStore
}

func ExampleRunConcurrency() {
	_ = func(t *testing.T) { storetest.RunConcurrency(t, newStore) } // func TestConcurrency
}

func ExampleRunGivenUp() {
	open := func(_ testing.TB, dial storetest.Dial) (slow, fast store.Store) {
		shared := memory.New() // a database's test has two clients, the first of which dials by dial
		return shared, shared
	}
	_ = func(t *testing.T) { storetest.RunGivenUp(t, open) } // func TestGivenUp
}

func ExampleBenchmark() {
	_ = func(b *testing.B) { storetest.Benchmark(b, newStore) } // func BenchmarkStore
}

func ExampleInstances() {
	newStore := func(testing.TB) store.Store {
		shared := memory.New() // a database's test has a client for each
		return storetest.Instances(shared, shared)
	}
	_ = func(t *testing.T) { storetest.Run(t, newStore) } // func TestInstances
}
