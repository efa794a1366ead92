package redis

import (
	"context"
	"errors"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
)

// claims are the scopes, by base, that this process has registered in the set of
// all scopes.
type claims struct {
	mu    sync.Mutex
	bases map[string]bool
}

// maxClaims bounds the memory that claims take. A scope that was forgotten is
// registered again.
const maxClaims = 100_000

func (c *claims) has(base string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bases[base]
}

func (c *claims) add(base string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bases == nil || len(c.bases) >= maxClaims {
		c.bases = map[string]bool{}
	}
	c.bases[base] = true
}

func (c *claims) remove(base string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.bases, base)
}

// claim registers a scope in the set of all scopes, unless this process has done
// so before; it reports whether it did now. The set is in a slot of its own, so
// this is not atomic with the scope's records: it comes first, and write.lua adds
// no scope's first record unless it has just been done.
func (s *Store) claim(ctx context.Context, scope store.Scope, base string) (done bool, err error) {
	if s.claimed.has(base) {
		return false, nil
	}
	_, err = await(ctx, func(ctx context.Context) (bool, error) { return true, s.register(ctx, scope) })
	if err != nil {
		return false, err
	}
	s.claimed.add(base)
	return true, nil
}

func (s *Store) register(ctx context.Context, scope store.Scope) error {
	client, err := s.master(ctx, s.scopesKey())
	if err != nil {
		return err
	}
	pipe := client.Pipeline()
	add := pipe.ZAdd(ctx, s.scopesKey(), goredis.Z{Member: scopeMember(scope)})
	wait := s.waitForReplicas(ctx, pipe)
	exec(ctx, pipe)
	if err := add.Err(); err != nil {
		return writeFailed(err)
	}
	return wait()
}

// Scopes implements [store.Store].
func (s *Store) Scopes(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
	if err := s.begin(ctx, store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	members, err := s.read(ctx, scopesScript, []string{s.scopesKey()}, "("+scopeMember(after), limit)
	if err != nil {
		return nil, err
	}
	var scopes []store.Scope
	for _, member := range members {
		text, _ := member.(string)
		account, assistant, ok := strings.Cut(text, "\x00")
		if !ok {
			return nil, errors.New("redis: corrupt scope")
		}
		scopes = append(scopes, store.Scope{Account: account, Assistant: assistant})
	}
	return scopes, nil
}

// scopeMember orders scopes by account and then assistant: ids hold no NUL.
func scopeMember(s store.Scope) string { return s.Account + "\x00" + s.Assistant }
