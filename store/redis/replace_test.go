package redis_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/redis"
)

// beforeReplace calls do before a client's first replacement is sent.
type beforeReplace struct{ do func() }

func (*beforeReplace) DialHook(next goredis.DialHook) goredis.DialHook          { return next }
func (*beforeReplace) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook { return next }
func (b *beforeReplace) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if do := b.do; do != nil && slices.ContainsFunc(cmds, func(c goredis.Cmder) bool { return slices.Contains(c.Args(), any("replace")) }) {
			b.do = nil
			do()
		}
		return next(ctx, cmds)
	}
}

// A record that is written after a Replace has looked at it is looked at again.
func TestAReplaceLooksAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		since func(st store.Store, f store.Feedback)
		want  error
	}{
		"in the same words": {func(st store.Store, f store.Feedback) { put(t, st, f) }, nil},
		"in other words": {func(st store.Store, f store.Feedback) {
			f.Text = "other"
			put(t, st, f)
		}, store.ErrConflict},
		"and is taken away": {func(st store.Store, f store.Feedback) {
			if _, err := st.Delete(t.Context(), scope, store.Ref{ID: f.ID}); err != nil {
				t.Error(err)
			}
		}, store.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			url, prefix := testserver.Redis(t), newPrefix()
			client := dial(t, url)
			st, others := redis.New(client, &redis.Options{Prefix: prefix}), redis.New(dial(t, url), &redis.Options{Prefix: prefix})
			was := put(t, st, vote(0, "u", "a"))
			hook := &beforeReplace{do: func() { c.since(others, was) }}
			client.AddHook(hook)
			if _, err := st.Replace(t.Context(), was, reviewed(was)); !errors.Is(err, c.want) || hook.do != nil {
				t.Errorf("Replace: %v, want %v", err, c.want)
			}
			if f, err := st.Get(t.Context(), scope, store.Ref{ID: was.ID}); c.want != store.ErrNotFound && (err != nil || f.Handled() != (c.want == nil)) {
				t.Errorf("the record is %+v, %v", f, err)
			}
			sound(t, st)
		})
	}
}
