package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
)

// harmless is what commands of the probe say that are there and allowed: HSET,
// RENAME, and any whose key is something else than it expects.
var harmless = []string{"wrong number of arguments for", "no such key", "WRONGTYPE"}

// probe asks the server, before the first call, for each command that the store
// sends to it: without one, changes would be done half. Until all are there, every
// call fails and the next one asks again.
func (s *Store) probe(ctx context.Context) error {
	if s.probed.Load() {
		return nil
	}
	err := s.ask(ctx)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("redis: %w", ctx.Err())
	}
	s.probed.Store(err == nil)
	return err
}

func (s *Store) ask(ctx context.Context) error {
	key := s.prefix + "none"
	client, err := s.master(ctx, key)
	if err != nil {
		return err
	}
	cmds, err := await(ctx, func(ctx context.Context) ([]goredis.Cmder, error) {
		pipe := client.Pipeline()
		probeScript.Eval(ctx, pipe, []string{key})
		probeScript.EvalSha(ctx, pipe, []string{key})
		pipe.Time(ctx)
		if s.replicas > 0 {
			pipe.Do(ctx, "wait", 0, 0)
		}
		return exec(ctx, pipe), nil
	})
	if err != nil {
		return err
	}
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil {
			err = writeFailed(err)
			return notDone{err, isLasting(err)}
		}
	}
	failed, err := cmds[0].(*goredis.Cmd).StringSlice()
	if err != nil || len(failed)%2 != 0 {
		return errCorrupt
	}
	var missing []string
	var reason string
	for pair := range slices.Chunk(failed, 2) {
		if why := pair[1]; !isPassing(why) && !says(why, lasting) &&
			!slices.ContainsFunc(harmless, func(part string) bool { return strings.Contains(why, part) }) {
			missing, reason = append(missing, pair[0]), why
		}
	}
	if missing == nil {
		return nil
	}
	return notDone{fmt.Errorf("redis: %w: scripts may not run %s: %s", store.ErrUnavailable, strings.Join(missing, ", "), reason), true}
}

// doubt has the next call ask again if a command was forbidden since.
func (s *Store) doubt(err error) {
	if says(err.Error(), []string{"NOPERM"}) || strings.Contains(err.Error(), "The user executing the script") ||
		strings.Contains(err.Error(), "ACL failure in script") { // Redis 7.0, and from 7.2 on
		s.probed.Store(false)
	}
}
