package redis

import (
	"context"
	"crypto/rand"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
)

// Rebuild counts the rollups of a scope anew from its records, and registers the
// scope if it holds any. Nobody needs it unless records or rollups were edited
// by other means than a Store. It works in chunks, while others read and write:
// each day's rollups are exchanged as a whole when its last record was counted. Of
// a day with more distinct tags than are counted it counts the first that came. It
// may be repeated; of several at once, the last to start goes on and the others
// fail. At a record of a newer version it stops, with [store.ErrNewerVersion].
func (s *Store) Rebuild(ctx context.Context, scope store.Scope) error {
	if err := begin(ctx, scope.Check()); err != nil {
		return err
	}
	base := s.base(scope)
	some, _, err := s.entries(ctx, scope, store.Query{}, 1)
	if err != nil {
		return err
	}
	keys := []string{base + recordsKey, base + idsKey, base + daysKey, base + stateKey, base + shadowKey}
	name, step := rand.Text(), "start"
	for {
		done, err := scriptOnMaster(ctx, s, base, func(ctx context.Context, master goredis.UniversalClient) (int, error) {
			return rebuildScript.Run(ctx, master, keys, base, name, step).Int()
		})
		if err != nil {
			return err
		}
		if done == 1 {
			break
		}
		step = "go on"
	}
	if len(some) > 0 {
		s.claimed.remove(base)
		_, err = s.claim(ctx, scope, base)
	}
	return err
}
