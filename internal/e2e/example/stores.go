package example

import (
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	_ "github.com/humanfeedback/feedbacks/store/sqlite" // what the example is built with
)

// stores are the stores that the example can be started with, and what its
// -store is for each.
var stores = map[string]func(testing.TB) string{
	"memory":   func(testing.TB) string { return "memory" },
	"sqlite":   func(tb testing.TB) string { return "sqlite:" + testserver.File(tb) },
	"postgres": func(tb testing.TB) string { return testserver.Postgres(tb, "", nil) },
	"redis":    func(tb testing.TB) string { return testserver.Redis(tb) },
	"cluster": func(tb testing.TB) string {
		addrs := testserver.RedisCluster(tb)
		return "redis://" + addrs[0] + "?addr=" + strings.Join(addrs[1:], "&addr=")
	},
}

// OnEveryStore runs a test against the example on each of its stores.
func OnEveryStore(t *testing.T, test func(t *testing.T, s Server)) {
	for name, flag := range stores {
		t.Run(name, func(t *testing.T) { test(t, Start(t, "-store", flag(t))) })
	}
}
