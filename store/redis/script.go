package redis

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

var (
	//go:embed lua/versions.lua
	versionsLua string
	//go:embed lua/record.lua
	recordLua string
	//go:embed lua/common.lua
	commonLua string
	//go:embed lua/count.lua
	countLua string
	//go:embed lua/write.lua
	writeLua string
	//go:embed lua/rebuild.lua
	rebuildLua string
	//go:embed lua/list.lua
	listLua string
	//go:embed lua/get.lua
	getLua string
	//go:embed lua/scopes.lua
	scopesLua string
	//go:embed lua/rollups.lua
	rollupsLua string
	//go:embed lua/replica.lua
	replicaLua string
	//go:embed lua/probe.lua
	probeLua string

	// the newest versions that this package understands, the limits, and what refuses others
	refuseLua = fmt.Sprintf("local known_record, known_carried, known_layout = %d, %d, %d\n", recordVersion, carried.Version, layoutVersion) +
		fmt.Sprintf("local max_day_tags, max_cost = %d, %d\n", store.MaxDayTags, maxCost) +
		fmt.Sprintf("local max_age = %d\n", maxAge.Microseconds()) +
		fmt.Sprintf("local record_cost, tag_cost, bytes_for_cost = %d, %d, %d\n", recordCost, tagCost, bytesForCost) + versionsLua

	writeScript   = newScript(refuseLua + replicaLua + recordLua + commonLua + countLua + writeLua)
	rebuildScript = goredis.NewScript(refuseLua + recordLua + commonLua + countLua + rebuildLua)
	listScript    = goredis.NewScript(replicaLua + listLua)
	getScript     = goredis.NewScript(replicaLua + getLua)
	scopesScript  = goredis.NewScript(replicaLua + scopesLua)
	rollupsScript = goredis.NewScript(refuseLua + replicaLua + rollupsLua)
	probeScript   = goredis.NewScript(probeLua)
)

// A script is one whose calls are made by hand, to be sent once.
type script struct{ source, sha1 string }

func newScript(source string) script {
	return script{source, goredis.NewScript(source).Hash()}
}

// A once is a command that the client does not send again after a timeout or a
// lost connection, whatever its MaxRetries: the server may have done it.
type once struct{ *goredis.Cmd }

func (once) NoRetry() bool { return true }

// Clone keeps the promise in copies that a client makes.
func (c once) Clone() goredis.Cmder {
	return once{c.Cmd.Clone().(*goredis.Cmd)}
}

// call returns a call of the script, by its source if the server does not know it
// yet.
func (s script) call(ctx context.Context, whole bool, keys []string, args []any) once {
	command, text := "evalsha", s.sha1
	if whole {
		command, text = "eval", s.source
	}
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, command, text, len(keys))
	for _, key := range keys {
		all = append(all, key)
	}
	return once{goredis.NewCmd(ctx, append(all, args...)...)}
}

// exec runs a pipeline, after which each command has its own error. A client that
// cannot sign in tells the pipeline alone.
func exec(ctx context.Context, pipe goredis.Pipeliner) []goredis.Cmder {
	cmds, err := pipe.Exec(ctx)
	if err != nil && !slices.ContainsFunc(cmds, func(c goredis.Cmder) bool { return c.Err() != nil }) {
		for _, cmd := range cmds {
			cmd.SetErr(err)
		}
	}
	return cmds
}

func isNoScript(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT")
}

// await returns what do returns, or the context's error as soon as it ends: the
// client may not notice before its ReadTimeout. A panic is the caller's.
func await[T any](ctx context.Context, do func(context.Context) (T, error)) (value T, err error) {
	if ctx.Done() == nil {
		return do(ctx)
	}
	type result struct {
		value    T
		err      error
		panicked any
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			r.panicked = recover()
			done <- r
		}()
		r.value, r.err = do(ctx)
	}()
	select {
	case r := <-done:
		if r.panicked != nil {
			panic(r.panicked)
		}
		return r.value, r.err
	case <-ctx.Done():
		return value, ctx.Err()
	}
}

// read calls a script that only reads and returns its reply, a list.
func (s *Store) read(ctx context.Context, script *goredis.Script, keys []string, args ...any) ([]any, error) {
	if err := s.probe(ctx); err != nil {
		return nil, err
	}
	reply, err := await(ctx, func(ctx context.Context) ([]any, error) {
		return script.Run(ctx, s.client, keys, args...).Slice()
	})
	return reply, s.readFailed(ctx, err)
}

// scriptOnMaster calls a script that may be repeated on the very server that has
// the scope's slot. The scripts that find out by themselves which keys they need
// go there: a cluster's client would follow a slot that is on its way to the next
// node, where keys that have not arrived yet look as if they did not exist.
func scriptOnMaster[T any](ctx context.Context, s *Store, base string, run func(context.Context, goredis.UniversalClient) (T, error)) (reply T, err error) {
	err = s.persist(ctx, false, func() (sent bool, err error) {
		client, err := s.master(ctx, base)
		if err != nil {
			return false, err
		}
		reply, err = await(ctx, func(ctx context.Context) (T, error) { return run(ctx, client) })
		if err != nil {
			err = writeFailed(err)
		}
		return false, err
	})
	return reply, err
}
