package example

import (
	"testing"

	"github.com/humanfeedback/feedbacks/internal/testserver"
)

// stores are the stores that the example can be started with, and what its
// -store is for each.
var stores = map[string]func(testing.TB) string{
	"memory":   func(testing.TB) string { return "memory" },
	"postgres": func(tb testing.TB) string { return testserver.Postgres(tb, "", nil) },
}

// OnEveryStore runs a test against the example on each of its stores.
func OnEveryStore(t *testing.T, test func(t *testing.T, s Server)) {
	for name, flag := range stores {
		t.Run(name, func(t *testing.T) { test(t, Start(t, "-store", flag(t))) })
	}
}
