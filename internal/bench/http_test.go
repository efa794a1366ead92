package bench

import (
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/testserver"
)

var loopback = []measurement{{
	name: "POST over loopback, memory, 64 connections",
	open: func(tb testing.TB) []contender {
		return []contender{{"ours", posts(example(tb, "memory"), 64, same)}, {"bare", posts(rival(tb, "bare"), 64, same)}}
	},
	rows: []row{{unit: "calls/s", of: "ours", against: "bare", reach: 0.85, aim: 0.95}},
}}

// posts measures POST over connections to a process, and what it costs that one
// and others.
func posts(p process, connections int, what source, others ...int) func(testing.TB, time.Duration) figures {
	return func(tb testing.TB, d time.Duration) figures {
		return withCPU(tb, append(others, p.pid), func() figures { return load(tb, p.addr, connections, d, what) })
	}
}

// startPostgres starts a server with its defaults.
func startPostgres(tb testing.TB) *testserver.PostgresServer {
	return testserver.StartPostgres(tb, "shared_buffers=128MB")
}

// overPostgres measures both over HTTP on one server.
func overPostgres(connections int, what source) func(tb testing.TB) []contender {
	return func(tb testing.TB) []contender {
		pg := startPostgres(tb)
		return []contender{
			{"ours", posts(example(tb, pg.URL), connections, what, pg.Pid())},
			{"naive", posts(rival(tb, pg.URL), connections, what, pg.Pid())},
		}
	}
}

// overRedis measures both over HTTP, on servers of their own.
func overRedis(what source) func(tb testing.TB) []contender {
	return func(tb testing.TB) []contender {
		ours, naive := testserver.StartRedis(tb), testserver.StartRedis(tb)
		return []contender{
			{"ours", posts(example(tb, ours.URL), 64, what, ours.Pid())},
			{"naive", posts(rival(tb, naive.URL), 64, what, naive.Pid())},
		}
	}
}
