package redis_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// callsOfScripts sees each call of a script, with its reply.
type callsOfScripts func(args []any, reply any)

func (callsOfScripts) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (s callsOfScripts) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		err := next(ctx, cmd)
		s.see(cmd)
		return err
	}
}

func (s callsOfScripts) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			s.see(cmd)
		}
		return err
	}
}

func (s callsOfScripts) see(cmd goredis.Cmder) {
	if c, ok := cmd.(interface{ Val() any }); ok && strings.HasPrefix(cmd.Name(), "eval") {
		s(cmd.Args(), c.Val())
	}
}

// most keeps the greatest of what several callers see.
type most struct {
	mu sync.Mutex
	n  int
}

func (m *most) see(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.n = max(m.n, n)
}

// atOnce has many callers do what do does with the numbers up to n.
func atOnce(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	const callers = 200
	var wg sync.WaitGroup
	for w := range callers {
		wg.Go(func() {
			for i := w; i < n; i += callers {
				if err := do(i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// Scripts do so much as takes milliseconds, however much is to be done at once.
func TestScriptsAreShort(t *testing.T) {
	t.Parallel()
	client := lone(t)
	st := redis.New(client, &redis.Options{Prefix: newPrefix()})
	var changes, bytes most // of a script; and of its reply
	client.AddHook(callsOfScripts(func(args []any, reply any) {
		if keys := args[2].(int); len(args) < 9 || args[3+keys] != "0" {
			return // it writes nothing
		}
		changes.see((len(args) - 9) / 4) // what comes first is once for all
		size := 0
		list, _ := reply.([]any)
		for _, item := range list {
			if record, ok := item.([]any); ok && len(record) == 3 {
				size += len(record[2].(string))
			}
		}
		bytes.see(size)
	}))
	tagged := func(i int) store.Feedback { return record(i*1440, crowd(i)...) }
	want := func(after string, most int) {
		t.Helper()
		if changes.n > most || changes.n < most/3 {
			t.Errorf("%s: a script made %d changes, want at most %d", after, changes.n, most)
		}
		if bytes.n > 2_000_000 {
			t.Errorf("%s: a script returned %d bytes", after, bytes.n)
		}
		changes.n, bytes.n = 0, 0
	}
	atOnce(t, 1000, func(i int) error { _, err := st.Create(t.Context(), tagged(i)); return err })
	want("Create", 30)
	atOnce(t, 1000, func(i int) error {
		_, _, err := st.Put(t.Context(), vote(i*1440, fmt.Sprint(i), crowd(i)...))
		return err
	})
	want("Put", 15)
	if _, err := st.Erase(t.Context(), scope, store.Filter{SessionID: "s"}); err != nil {
		t.Fatal(err)
	}
	want("Erase", 8)

	var fs []store.Feedback
	for i := range 200 {
		f := record(i)
		f.Text = strings.Repeat("x", 250_000)
		fs = append(fs, f)
	}
	atOnce(t, len(fs), func(i int) error { _, err := st.Create(t.Context(), fs[i]); return err })
	want("Create of large records", 6)
	atOnce(t, len(fs), func(i int) error { _, err := st.Create(t.Context(), fs[i]); return err })
	want("Create again", 6)
	atOnce(t, len(fs), func(i int) error { _, err := st.Delete(t.Context(), scope, store.Ref{ID: fs[i].ID}); return err })
	want("Delete of what was not known to be large", 30)
	if fs := all(t, st); len(fs) > 0 {
		t.Errorf("%d records are left", len(fs))
	}
}

func TestSummariesAndRebuildsAreDoneInPieces(t *testing.T) {
	t.Parallel()
	client := lone(t)
	st := redis.New(client, &redis.Options{Prefix: newPrefix()})
	const days = 8
	for i := range days * 30 {
		var tags []string
		for j := range 10 {
			tags = append(tags, fmt.Sprint(i, " ", j))
		}
		create(t, st, record(i%days*1440, tags...))
	}
	var rollups most
	rebuilds := 0
	client.AddHook(callsOfScripts(func(args []any, reply any) {
		if slices.Contains(args, any("go on")) {
			rebuilds++
		}
		n := 0
		list, _ := reply.([]any)
		for i := 1; i < len(list); i += 2 {
			n += (1 + strings.Count(list[i].(string), "\x00")) / 2
		}
		rollups.see(n)
	}))
	if s := sum(t, st, store.Filter{}); s.Count != days*30 || s.TagsComplete {
		t.Errorf("the summary is %+v", s)
	}
	if rollups.n < 1+store.MaxDayTags || rollups.n > 1000 {
		t.Errorf("a call returned %d rollups, want at most 1000", rollups.n)
	}
	if err := st.Rebuild(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	if rebuilds < days*30/30-1 {
		t.Errorf("%d calls rebuilt %d records of ten tags, want at most 30 in one", rebuilds, days*30)
	}
	soundCrowd(t, st)
}
