package redis_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
	"github.com/humanfeedback/feedbacks/store/storetest"
)

// leastRights returns the rules of the user that docs/stores.md has.
func leastRights(t *testing.T) []any {
	t.Helper()
	docs, err := os.ReadFile("../../docs/stores.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^redis-cli ACL SETUSER feedbacks ((?:\\\n|.)+)$`).FindSubmatch(docs)
	if m == nil {
		t.Fatal("docs/stores.md has no user")
	}
	rules := []any{"acl", "setuser", "feedbacks", "reset"}
	for _, rule := range strings.Fields(strings.NewReplacer("\\\n", " ", "'", "").Replace(string(m[1]))) {
		rules = append(rules, rule)
	}
	return rules
}

// restricted makes stores of a user that has these rights on the client's servers,
// which are the test's own, or a cluster: in database 0, where no other test may be.
func restricted(t *testing.T, client goredis.UniversalClient, rules []any, o redis.Options) func(testing.TB) store.Store {
	t.Helper()
	set := func(ctx context.Context, node *goredis.Client) error { return node.Do(ctx, rules...).Err() }
	var user goredis.UniversalClient
	var err error
	switch c := client.(type) {
	case *goredis.Client:
		err = set(t.Context(), c)
		user = open(t, &goredis.UniversalOptions{Addrs: []string{c.Options().Addr}, Username: "feedbacks", Password: "password"})
	case *goredis.ClusterClient:
		err = c.ForEachShard(t.Context(), set)
		user = open(t, &goredis.UniversalOptions{Addrs: c.Options().Addrs, Username: "feedbacks", Password: "password"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(testing.TB) store.Store {
		o := o // one for each of those that run at once
		o.Prefix = "feedbacks:" + rand.Text() + ":"
		return redis.New(user, &o)
	}
}

func TestStoreWithLeastRights(t *testing.T) {
	t.Parallel()
	rules := leastRights(t)
	for name, client := range map[string]goredis.UniversalClient{"server": dial(t, testserver.StartRedis(t).URL), "cluster": cluster(t)} {
		t.Run(name, func(t *testing.T) {
			st := restricted(t, client, rules, redis.Options{})
			storetest.Run(t, st, "Create", "Put", "GetDelete", "List", "Filter", "Summarize", "Tags", "Erase", "Scopes") // all commands
			storetest.RunConcurrency(t, st)
		})
	}
	t.Run("with a replica", func(t *testing.T) {
		st := restricted(t, cluster(t), rules, redis.Options{Replicas: 1})(t)
		f := put(t, st, vote(0, "u", "a"))
		if err := st.(*redis.Store).Rebuild(t.Context(), scope); err != nil {
			t.Error(err)
		}
		if got := sound(t, st); len(got) != 1 || !got[0].Equal(f) {
			t.Errorf("there is %+v, want %+v", got, f)
		}
	})
}

// Where a right is missing, no call does a part of its work, and each says which.
func TestAMissingRight(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	admin := dial(t, server.URL)
	there := redis.New(admin, nil)
	old := put(t, there, vote(0, "u", "a"))
	create(t, there, record(1, "b"))
	rules := leastRights(t)
	for _, rule := range rules[4:] {
		command, ok := strings.CutPrefix(rule.(string), "+")
		if !ok || strings.HasPrefix(command, "cluster") || command == "command" {
			continue // which a lone server is not asked for
		}
		t.Run(command, func(t *testing.T) {
			less := append(slices.Clone(rules), "-"+command)
			st := restricted(t, admin, less, redis.Options{Replicas: 1})(t)
			for call, do := range everyCall(st, old) {
				if err := do(t.Context()); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(strings.ToLower(err.Error()), command) {
					t.Errorf("%s without %s: %v", call, command, err)
				}
			}
		})
	}
}

// A right may be taken away later. The call that meets this fails, and those that
// follow do nothing until it is back.
func TestARightIsTakenAway(t *testing.T) {
	t.Parallel()
	admin := dial(t, testserver.StartRedis(t).URL)
	rules, old := leastRights(t), record(0)
	for command, meet := range map[string]func(store.Store) error{
		"zrem": func(st store.Store) error {
			_, err := st.Delete(t.Context(), scope, store.Ref{ID: old.ID})
			return err
		},
		"hgetall": func(st store.Store) error {
			_, err := st.Summarize(t.Context(), scope, store.SummaryQuery{})
			return err
		},
		"evalsha": func(st store.Store) error {
			_, err := st.Get(t.Context(), scope, store.Ref{ID: old.ID})
			return err
		},
	} {
		t.Run(command, func(t *testing.T) {
			st := restricted(t, admin, rules, redis.Options{})(t)
			create(t, st, old)
			right := func(sign string) {
				if err := admin.Do(t.Context(), "acl", "setuser", "feedbacks", sign+command).Err(); err != nil {
					t.Fatal(err)
				}
			}
			right("-")
			if err := meet(st); err == nil {
				t.Error("the call that needs the right succeeded")
			}
			for range 2 {
				if _, err := st.Create(t.Context(), record(2)); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(strings.ToLower(err.Error()), command) {
					t.Errorf("Create: %v, want ErrUnavailable for %s", err, command)
				}
			}
			right("+")
			create(t, st, record(2))
		})
	}
}

// The probe and the user in the docs have every command that any script has.
func TestTheProbeKnowsEveryCommand(t *testing.T) {
	add := func(to map[string]bool, pattern string, text []byte) {
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			to[strings.ToLower(string(m[1]))] = true
		}
	}
	files, err := filepath.Glob("lua/*.lua")
	if err != nil {
		t.Fatal(err)
	}
	used, probed := map[string]bool{"zrevrangebylex": true}, map[string]bool{} // which list.lua calls by a variable
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		add(used, `redis\.p?call\('([A-Z]+)'`, text)
		if strings.HasSuffix(name, "probe.lua") {
			add(probed, `\{'([A-Z]+)'`, text)
		}
	}
	if !maps.Equal(used, probed) {
		t.Errorf("scripts use %v, the probe asks for %v", used, probed)
	}
	for command := range used {
		if !slices.Contains(leastRights(t), any("+"+command)) {
			t.Errorf("the user of docs/stores.md may not run %s", command)
		}
	}
}
