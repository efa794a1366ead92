package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// A cluster may lose the set of all scopes, or a part of it, and keep their
// records, which are on other nodes. Those who know of them put it right.
func TestALostRegistryHeals(t *testing.T) {
	t.Parallel()
	servers, client, prefix := startCluster(t)
	o := &redis.Options{Prefix: prefix}
	st, reader := redis.New(client, o), redis.New(client, o)
	first := func(n int) (f store.Feedback) {
		f = record(n)
		f.Scope.Assistant = fmt.Sprint("assistant", n)
		return f
	}
	for n := range 20 {
		create(t, st, first(n))
	}
	master := servers.Master(prefix + "scopes")
	replica := servers.Nodes[slices.Index(servers.Nodes, master)+3]
	master.Kill()
	replica.Kill()
	master.Start() // both are empty
	replica.Start()
	servers.WaitReady()

	var left []store.Scope
	until(t, "answers", func() bool {
		left = nil
		for n := range 20 {
			f := first(n)
			s, err := reader.Summarize(t.Context(), f.Scope, store.SummaryQuery{})
			if err != nil {
				return false
			}
			if s.Count > 0 {
				left = append(left, f.Scope)
			}
		}
		return true
	})
	if len(left) == 0 || len(left) == 20 {
		t.Fatalf("%d of 20 scopes have kept their records", len(left))
	}
	listed := func() []store.Scope {
		scopes, err := reader.Scopes(t.Context(), store.Scope{}, 100)
		if err != nil && !errors.Is(err, store.ErrUnavailable) {
			t.Fatal(err)
		}
		return scopes
	}
	until(t, "scope that somebody has read", func() bool {
		reader.List(t.Context(), left[0], store.Query{Limit: 1})
		return slices.Contains(listed(), left[0])
	})
	until(t, "scopes that somebody has written to", func() bool {
		f := record(0)
		f.Scope = left[0]
		st.Create(t.Context(), f) // to one of them
		scopes := listed()
		return !slices.ContainsFunc(left, func(s store.Scope) bool { return !slices.Contains(scopes, s) })
	})
}
